import { orderedStages } from "../../runs/index.ts";
import type { ReportData } from "../data.ts";
import { bytes, count, duration, number } from "../format.ts";
import { type Html, html } from "../html.ts";
import { type Section, showNothing, table } from "./parts.ts";

/** What the columns of a cost table count. */
export const costNote =
  "Tokens: all that went through a model, prompts and completions, sampled, scored or trained on. GFLOP/s: 2 operations per weight and token, 6 in training.";

/** What each stage cost, and how much of everything it made. */
export function costSection({ summary, manifest, counts }: ReportData): Section {
  const names = [
    ...new Set([...orderedStages(manifest), ...Object.keys(summary?.stages ?? {}), ...Object.keys(counts)]),
  ];
  if (names.length === 0)
    return { id: "cost", title: "Stages and their cost", body: showNothing("No stage of this run was begun.") };
  const rows = names.map((name) => {
    const cost = summary?.stages[name];
    const entry = Object.entries(manifest.stages).find(([stage]) => stage === name)?.[1];
    const seconds = cost?.seconds ?? entry?.seconds;
    const tokens = cost?.tokens;
    return html`<tr><th scope="row">${name}${entry?.status === "running" ? html`<span class="meta">not finished</span>` : undefined}</th>
<td class="num">${seconds === undefined ? "–" : duration(seconds)}</td><td class="num">${tokens === undefined ? "–" : count(tokens)}</td>
<td class="num">${cost === undefined ? "–" : count(cost.tokensPerSecond)}</td><td class="num">${cost?.gflops === undefined ? "–" : number(cost.gflops)}</td></tr>`;
  });
  const head = html`<th scope="col">Stage</th><th scope="col" class="num">Time</th><th scope="col" class="num">Tokens</th><th scope="col" class="num">Tokens/s</th><th scope="col" class="num">GFLOP/s</th>`;
  const peak = summary?.peakMemoryBytes;
  return {
    id: "cost",
    title: "Stages and their cost",
    body: html`${table("Cost of the stages", head, rows)}<p class="meta">${costNote}</p>${peak === undefined ? undefined : html`<p class="meta">Peak memory ${bytes(peak)}.</p>`}
${names.map((name) => sampleCounts(name, counts[name] ?? {}, summary?.stages[name]?.counts ?? {}))}`,
  };
}

function sampleCounts(
  stage: string,
  records: Readonly<Record<string, number>>,
  stated: Readonly<Record<string, number>>,
): Html | undefined {
  const lines = [
    ...Object.entries(records).map(
      ([name, n]) => [`${name} records`.replace(/^(.*): (.*) records$/u, "$1 records, $2"), n] as const,
    ),
    ...Object.entries(stated).map(([name, n]) => [name, n] as const),
  ];
  if (lines.length === 0) return undefined;
  const rows = lines.map(([name, n]) => html`<tr><th scope="row">${name}</th><td class="num">${count(n)}</td></tr>`);
  return html`<details><summary>What ${stage} made</summary>${table(`Counts of ${stage}`, html`<th scope="col">What</th><th scope="col" class="num">Count</th>`, rows)}</details>`;
}

/** Hashes, seeds, versions, settings: enough to make the run again. */
export function provenanceSection(data: ReportData): Section {
  const { manifest, templateVersions, constitutionHashes, suites, constitution } = data;
  const hashes = [
    ...new Set([...constitutionHashes, ...(data.summary === undefined ? [] : [data.summary.constitutionHash])]),
  ];
  const inputs = Object.entries(manifest.inputs).map(
    ([name, hash]) => html`<tr><th scope="row">${name}</th><td><code>${hash}</code></td></tr>`,
  );
  const files = Object.entries(manifest.stages).flatMap(([stage, entry]) =>
    Object.entries(entry.records).map(
      ([name, hash]) => html`<tr><th scope="row">${stage}/${name}.jsonl</th><td><code>${hash}</code></td></tr>`,
    ),
  );
  const weights = Object.entries(data.checkpointHashes).map(
    ([name, hash]) => html`<tr><th scope="row">${name}</th><td><code>${hash}</code></td></tr>`,
  );
  const head = html`<th scope="col">What</th><th scope="col">SHA-256</th>`;
  return {
    id: "provenance",
    title: "Provenance",
    body: html`<dl class="provenance">
${term("Command", html`<code>precept ${manifest.command}</code>`)}
${Object.entries(manifest.models ?? {}).map(([role, name]) => term(`Model, ${role}`, html`<code>${name}</code>`))}
${term("Seed", html`${manifest.seed}`)}
${term("Version", html`precept ${manifest.version}${manifest.gitCommit === null ? "" : html`, commit <code>${manifest.gitCommit}</code>`}, Node ${manifest.node}, ${manifest.platform}`)}
${term(hashes.length > 1 ? "Constitutions (more than one: this run mixes them)" : "Constitution", hashes.length === 0 ? undefined : html`${constitution === undefined ? "" : `${constitution.name}, `}${hashes.map((hash, i) => html`${i > 0 ? ", " : ""}<code>${hash}</code>`)}`)}
${term("Templates", templateVersions.length === 0 ? undefined : templateVersions.join(", "))}
${term("Suite", suites.length === 0 ? undefined : suites.join(", "))}
</dl>
${inputs.length === 0 ? undefined : table("Hashes of the inputs", head, inputs, "Inputs")}
${files.length === 0 ? undefined : table("Hashes of the records", head, files, "Records, as the closed stages left them")}
${weights.length === 0 ? undefined : table("Hashes of the trained weights", head, weights, "Trained weights")}
<details><summary>Settings</summary><pre class="scroll"><code>${JSON.stringify(manifest.config, null, 2)}</code></pre></details>`,
  };
}

/** Nothing is said of what a run does not have. */
function term(name: string, value: Html | string | undefined): Html | undefined {
  return value === undefined ? undefined : html`<dt>${name}</dt><dd>${value}</dd>`;
}
