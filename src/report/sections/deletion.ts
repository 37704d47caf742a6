import { z } from "zod";
import type { Manifest } from "../../runs/index.ts";
import type { Deletion, ReportData } from "../data.ts";
import { findDeleted } from "../deletions.ts";
import { count, formatPoints } from "../format.ts";
import { type Html, html } from "../html.ts";
import { checkpointLabel, splitName } from "../names.ts";
import { table } from "./parts.ts";

/** What runs without a principle do otherwise, or the command that makes such a run. */
export function deletionPart(id: string, data: ReportData): Html {
  const { deletions, manifest } = data;
  const own = deletions.filter(({ principle }) => principle === id);
  if (own.length > 0) return html`${own.map((deletion) => risesPart(deletion))}`;
  if (findDeleted(manifest) === id)
    return html`<p class="meta">This run is made without it: show it beside a full run.</p>`;
  return html`<p class="meta">Not shown: it takes a run without it. ${commands(id, data)}</p>`;
}

const harborSchema = z.object({ name: z.literal("harbor"), preset: z.string().default("demo") });

/** What makes the same run without a principle; undefined where no one command does. */
export function deletionCommand(id: string, { config, seed }: Pick<Manifest, "config" | "seed">): string | undefined {
  const world = harborSchema.safeParse(config["world"]).data;
  if (world === undefined) return undefined;
  return `precept demo --preset ${world.preset} --seed ${seed} --delete ${id} --out ${folderWithout(id)}`;
}

const folderWithout = (id: string): string => `runs/without-${id}`;

function commands(id: string, { manifest, folder }: ReportData): Html {
  const command = deletionCommand(id, manifest);
  const other = folderWithout(id);
  const report = html`<code>precept report ${folder} --deleted ${id}=${other}</code>`;
  if (command === undefined) {
    return html`Take it out of a copy of the constitution, make and evaluate a run with that, then ${report}.`;
  }
  return html`<code>${command}</code>, then ${report}.`;
}

function risesPart({ principle, run, checkpoint, pairs, leftOut, differs, rows }: Deletion): Html {
  const splits = [...new Set(rows.map(({ group }) => group["split"] ?? ""))];
  const ids = [...new Set(rows.map((row) => row.principle))].sort(
    (a, b) => Number(b === principle) - Number(a === principle),
  );
  const head = html`<th scope="col">Violations of</th>${splits.map((split) => html`<th scope="col" class="num">${splitName(split).label}</th>`)}`;
  const body = ids.map(
    (id) =>
      html`<tr><th scope="row">${id === principle ? html`<strong>${id}</strong> (deleted)` : id}</th>${splits.map(
        (split) => riseCell(rows.find((row) => row.principle === id && (row.group["split"] ?? "") === split)),
      )}</tr>`,
  );
  return html`<p>In <code>${run}</code>, which does without it, at ${checkpointLabel(checkpoint)}: rise of each principle’s violations over this run.</p>
${table(
  `Rises without ${principle}`,
  head,
  body,
  `Percentage points, paired over the requests to which the principle applies in both runs, 95 % intervals. Bold: told from no change after Holm over the ${count(rows.length)} figures of this table.`,
)}
<p class="meta">${count(pairs)} requests that both were asked${leftOut[0] + leftOut[1] === 0 ? "" : `, left out ${count(leftOut[0])} and ${count(leftOut[1])}`}.${
    differs.length === 0
      ? " The two runs have the same settings otherwise; one pair of runs does not say how much of a rise is the training’s own chance."
      : html` <strong>They also differ in ${differs.join(", ")}</strong>, so the deletion is not all that was changed.`
  }</p>`;
}

function riseCell(row: Deletion["rows"][number] | undefined): Html {
  if (row === undefined) return html`<td class="num"><span class="n" title="not measured">–</span></td>`;
  const { difference, verdict, n, note } = row;
  if (difference === null) return html`<td class="num"><span class="n" title="${note ?? "cannot tell"}">–</span></td>`;
  const rise = formatPoints(difference.estimate);
  return html`<td class="num">${verdict === "cannot tell" ? rise : html`<strong>${rise}</strong>`}<span class="ci">${formatPoints(difference.low)} to ${formatPoints(difference.high)} <span class="n">n ${count(n)}</span></span></td>`;
}
