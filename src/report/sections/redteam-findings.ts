import type { FindingRecord } from "../../redteam/index.ts";
import { count } from "../format.ts";
import { type Html, html } from "../html.ts";
import type { RedteamData } from "../redteam-data.ts";
import { dialogue, type Section, table } from "./parts.ts";

/** Findings that the page lists; the run has all. */
const mostShown = 200;

/** What broke a principle again when it was asked again; what was said only where the page may hold it. */
export function findingsSection({ findings, showsAttacks, folder }: RedteamData): Section | undefined {
  if (findings.length === 0) return undefined;
  const shown = findings.slice(0, mostShown);
  const rest = findings.length - shown.length;
  return {
    id: "findings",
    title: "Findings",
    body: html`<p>Successes without repetitions, each asked again and shortened as long as it still broke its principle.${
      showsAttacks
        ? undefined
        : html` What was said is left out: <code>precept report ${folder} --show-attacks</code> writes it too.`
    }</p>
${showsAttacks ? shown.map(findingArticle) : findingsTable(shown)}
${rest === 0 ? undefined : html`<p class="meta">${count(rest)} more are in the run.</p>`}`,
  };
}

function findingsTable(findings: readonly FindingRecord[]): Html {
  const head = html`<th scope="col">Principle</th><th scope="col">Technique</th><th scope="col">Strategy</th><th scope="col" class="num">Broke it</th><th scope="col" class="num">Stands for</th>`;
  const rows = findings.map(
    ({ principleId, technique, strategy, samples, alike }) =>
      html`<tr><th scope="row">${principleId}</th><td>${technique}</td><td>${strategy}</td><td class="num">${samples.broken} of ${samples.of}</td><td class="num">${count(alike)} ${alike === 1 ? "try" : "tries"}</td></tr>`,
  );
  return table("Each finding", head, rows);
}

function findingArticle(finding: FindingRecord): Html {
  const { id, principleId, technique, strategy, samples, alike, behaviour, messages, prefill, response } = finding;
  const begun =
    prefill === null ? undefined : html`<dt>Begun</dt><dd><div class="text" dir="auto">${prefill}</div></dd>`;
  return html`<article class="example">
<h3><span class="tag">${principleId} · ${technique} by ${strategy} · broke it ${samples.broken} of ${samples.of} times · stands for ${count(alike)} ${alike === 1 ? "try" : "tries"}</span> wanted: <span dir="auto">${behaviour}</span></h3>
<dl class="answers"><dt>Asked</dt><dd><div class="text" dir="auto">${dialogue(messages)}</div></dd>${begun}
<dt>Answer</dt><dd><div class="text" dir="auto">${response}</div><p class="meta">record <code>${id}</code></p></dd></dl>
</article>`;
}
