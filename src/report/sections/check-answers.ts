import type { Finding } from "../../evaluation/index.ts";
import type { CheckData, CheckExample, CheckExampleKind } from "../check-data.ts";
import { type Html, html } from "../html.ts";
import { changedText, earlierTurns, lastRequest, markQuotes } from "./answer-text.ts";
import { wordPart } from "./check-rates.ts";
import type { Section } from "./parts.ts";

const titles: Readonly<Record<CheckExampleKind, string>> = {
  mended: "Broken before, kept after",
  still: "Broken before and after",
  new: "Kept before, broken after",
  broken: "Broken",
};

/** Three requests with the answers to them, the words marked that break a principle. */
export function checkAnswersSection({ examples, columns }: CheckData): Section | undefined {
  if (examples.length === 0) return undefined;
  return {
    id: "answers",
    title: columns.length > 1 ? "Answers before and after" : "Answers that broke a principle",
    body: html`<p>Nobody picked these: requests come in the order of a hash of their ids, of as many principles as there are. Marked are the
words that the judge points to.</p>
${examples.map(exampleArticle)}`,
  };
}

function exampleArticle({ kind, messages, answers }: CheckExample): Html {
  const broke = answers.flatMap(({ findings }) =>
    findings.flatMap(({ principleId, verdict }) => (verdict === "breaks" ? [principleId] : [])),
  );
  return html`<article class="example">
<h3><span class="tag">${titles[kind]}: ${[...new Set(broke)].join(", ")}</span> <span dir="auto">${lastRequest(messages)}</span></h3>
${earlierTurns(messages)}
<dl class="answers">${answers.map(
    (answer, i) => html`<dt>${answers.length === 1 ? "Answer" : i === 0 ? "Before" : "After"}</dt>
<dd><div class="text" dir="auto">${answerText(answer, i === 0 ? undefined : answers[0])}</div>${answer.findings.map(findingPart)}
<p class="meta">${answer.subject}, record <code>${answer.id}</code></p></dd>`,
  )}</dl>
</article>`;
}

type Answer = CheckExample["answers"][number];

/** As what became of the answer before where it is that, else as it is. */
function answerText({ response, findings }: Answer, before: Answer | undefined): Html {
  const broken = findings.filter(({ verdict }) => verdict === "breaks");
  const changed = before === undefined || broken.length > 0 ? undefined : changedText(before.response, response);
  return (
    changed ??
    markQuotes(
      response,
      broken.flatMap(({ quote }) => quote ?? []),
    )
  );
}

function findingPart({ principleId, verdict, why = "" }: Finding): Html {
  const said =
    verdict === "breaks"
      ? wordPart("broken")
      : verdict === "undetermined"
        ? wordPart("cannot tell")
        : verdict === "keeps"
          ? html`<span class="word fine">✓ kept</span>`
          : html`<span class="word">not at stake</span>`;
  return html`<p class="finding">${said} <strong>${principleId}</strong>${why === "" ? undefined : html`: ${why}`}</p>`;
}
