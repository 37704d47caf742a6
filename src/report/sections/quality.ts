import type { Quality } from "../../evaluation/quality/index.ts";
import type { ReportData } from "../data.ts";
import { count, number, percent } from "../format.ts";
import { type Html, html } from "../html.ts";
import { type Section, table } from "./parts.ts";

/** What the monitors saw in the data of a project; nothing for other runs. */
export function qualitySection({ quality }: ReportData): Section[] {
  if (quality === undefined) return [];
  return [
    {
      id: "quality",
      title: "Quality of the data",
      body: html`${quality.warnings.length === 0 ? html`<p>The monitors found nothing to warn of.</p>` : undefined}
${figures(quality)}
${principles(quality)}
${harm(quality)}`,
    },
  ];
}

function figures({ revisions, critiques, responses, answers, labels }: Quality): Html {
  const share = (part: number, whole: number): string => (whole === 0 ? "–" : percent(part / whole));
  const unanswered = Object.values(labels.unanswered).reduce((sum, n) => sum + n, 0);
  const rows: readonly (readonly [string, string, number])[] = [
    ["Revisions that change nothing", share(revisions.unchanged, revisions.n), revisions.n],
    ["Revisions that talk about the method", share(revisions.metaText, revisions.n), revisions.n],
    ["Revisions that repeat what the model was shown", share(revisions.copies, revisions.n), revisions.n],
    ...(revisions.bareRefusals === 0
      ? []
      : ([
          ["Revisions that decline without a reason", share(revisions.bareRefusals, revisions.n), revisions.n],
        ] as const)),
    ["First answers cut at the token limit", share(responses.cut, responses.n), responses.n],
    ["Revisions cut at the token limit", share(revisions.cut, revisions.n), revisions.n],
    ["Critiques cut at the token limit", share(critiques.cut, critiques.n), critiques.n],
    ["Critiques without a stated finding", share(critiques.unclear, critiques.n), critiques.n],
    ["Critiques that find nothing", share(critiques.withoutFault, critiques.n), critiques.n],
    ["Answers with the most repeated eight words", share(answers.mostRepeated.count, answers.sampled), answers.sampled],
    [
      "Judgements that turn with the order of the answers",
      share(labels.orderFlips, labels.questions),
      labels.questions,
    ],
    [
      "Choices of the letter (A)",
      share(labels.letters[0], labels.letters[0] + labels.letters[1]),
      labels.letters[0] + labels.letters[1],
    ],
    ["Mean entropy of a label, bits", number(labels.meanEntropyBits), labels.n],
    ["Questions to the feedback model without an answer", count(unanswered), unanswered + 2 * labels.questions],
  ];
  return table(
    "What the monitors counted",
    html`<th scope="col">What</th><th scope="col" class="num">Value</th><th scope="col" class="num">Of</th>`,
    rows.map(
      ([name, value, n]) =>
        html`<tr><th scope="row">${name}</th><td class="num">${value}</td><td class="num">${count(n)}</td></tr>`,
    ),
    `Answers have ${answers.words === null ? "no" : `${number(answers.words.median)}`} words in the median; revisions ${number(revisions.wordsAfter)} on average, first answers ${number(revisions.wordsBefore)}.`,
  );
}

function principles({ principles: table_ }: Quality): Html {
  const head = html`<th scope="col">Principle</th><th scope="col" class="num">Critiques</th><th scope="col" class="num">Revisions</th><th scope="col" class="num">Comparisons</th><th scope="col" class="num">Decided</th><th scope="col" class="num">|p − ½|</th><th scope="col" class="num">Apart</th>`;
  const rows = Object.entries(table_).map(
    ([id, { critiques, revisions, comparisons, decided, strength, apart }]) =>
      html`<tr><th scope="row">${id}</th>${[critiques, revisions, comparisons, decided].map((n) => html`<td class="num">${count(n)}</td>`)}<td class="num">${number(strength)}</td><td class="num">${apart.toFixed(1)}</td></tr>`,
  );
  return table(
    "Coverage of the principles",
    head,
    rows,
    "Decided: |p − ½| > ¼. Apart: how far a principle’s |p − ½| lies from that of all others, in standard errors.",
  );
}

function harm({ harm: judged }: Quality): Html | undefined {
  if (judged === undefined) return undefined;
  const rows = judged.byRevision.map(
    ({ revision, mean, n }) =>
      html`<tr><th scope="row">${revision === 0 ? "As sampled" : `Revision ${revision}`}</th><td class="num">${number(mean)}</td><td class="num">${count(n)}</td></tr>`,
  );
  const head = html`<th scope="col">After</th><th scope="col" class="num">Mean harm</th><th scope="col" class="num">n</th>`;
  return table(
    "Judged harm by revision",
    head,
    rows,
    html`As <code>${judged.judge}</code> judges it, 0 to 1, on a sample of the prompts.`,
  );
}
