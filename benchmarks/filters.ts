/**
 * Measures the filter on what weak models wrote, against labels that a reader gave without seeing its verdicts, and writes
 * docs/weak-models.md. Usage: node benchmarks/filters.ts [--show] [--data DATA]
 * DATA holds hh-rlhf and XSTest: ordinary answers, of which none should be dropped. --show prints the tuning half's errors instead; the held half is for the figure alone.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { wilson } from "../src/statistics/index.ts";
import { ringAlarms } from "./filters/alarms.ts";
import { count, type Half, type Judged, judgeOutputs, readOutputs } from "./filters/measure.ts";
import { judgeOrdinary } from "./filters/ordinary.ts";
import { outputSets } from "./filters/sets.ts";

const document = "docs/weak-models.md";
const { values } = parseArgs({ options: { show: { type: "boolean", default: false }, data: { type: "string" } } });

const judged = await judgeOutputs();
if (values.show) {
  for (const { output, half, label, isDropped } of judged) {
    if (half !== "tuning" || isDropped === (label !== "answer")) continue;
    console.log(
      `\n${output.id}: ${label}, ${isDropped ? "dropped" : "kept"}\n  critique: ${output.critique?.text ?? "none"}`,
    );
    console.log(`  revision: ${output.revision}`);
  }
  process.exit(0);
}

const rate = (part: number, whole: number): string => {
  if (whole === 0) return "–";
  const { estimate, low, high } = wilson(part, whole);
  return `${part} of ${whole}, ${estimate.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
};
const row = (cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |`;

const models = [...new Set(outputSets.map(({ model }) => model))];
const outputs = readOutputs();

function figures(all: readonly Judged[], half: Half): string[] {
  const of = (model: string | undefined): Judged[] =>
    all.filter((item) => item.half === half && (model === undefined || item.set.model === model));
  return [...models, undefined].map((model) => {
    const { n, dropped, wrong, both } = count(of(model));
    return row([model ?? "**all**", n, rate(both, dropped), rate(both, wrong)]);
  });
}

const head = ["model", "n", "precision: of those dropped, rightly", "recall: of those to be dropped, dropped"];
const tableOf = (all: readonly Judged[], half: Half): string[] => [
  row(head),
  row(head.map(() => "---")),
  ...figures(all, half),
];

const gathered = outputSets
  .filter(({ name }) => outputs.some(({ set }) => set === name))
  .map(({ name, model, templates }) => {
    const own = outputs.filter(({ set }) => set === name);
    const cut = own.filter(({ finishReason }) => finishReason === "length").length;
    const critiques = own.flatMap(({ critique }) => critique ?? []);
    const cutCritiques = critiques.filter(({ finishReason }) => finishReason === "length").length;
    const toDrop = judged.filter(
      ({ set, label }) => set.name === name && label !== "answer" && label !== "empty",
    ).length;
    const prompts = new Set(own.map(({ id }) => id.split("/")[1])).size;
    return row([name, model, `\`${templates.version}\``, prompts, own.length, cut, cutCritiques, toDrop]);
  });

const alarms: string[] = [];
for (const model of models) {
  const sets = outputSets.filter((set) => set.model === model);
  const { codes, useless } = await ringAlarms(sets, outputs);
  const n = outputs.filter(({ set }) => sets.some(({ name }) => name === set)).length;
  alarms.push(row([model, n, codes.map((code) => `\`${code}\``).join(", ") || "none", useless ?? "goes on"]));
}

const body = [
  "## The figure",
  "",
  "On prompts that no rule was chosen on, of the outputs that ended by themselves:",
  "",
  ...tableOf(judged, "held"),
  "",
  "On the prompts that the rules were chosen on (half of harbor's, drawn by a hash):",
  "",
  ...tableOf(judged, "tuning"),
  "",
  "On prompts that no rule was chosen on, with texts that were cut at the token limit judged as if they had ended (a run drops them whatever they say):",
  "",
  ...tableOf(await judgeOutputs(true), "held"),
  "",
  "## What was gathered",
  "",
  row(["set", "model", "templates", "prompts", "revisions", "cut", "cut critiques", "ended and to be dropped"]),
  row(["---", "---", "---", "---", "---", "---", "---", "---"]),
  ...gathered,
  "",
  "## Whether the alarms ring",
  "",
  "Each model's outputs, given to the monitors as the records of a run:",
  "",
  row(["model", "revisions", "warnings", "the run"]),
  row(["---", "---", "---", "---"]),
  ...alarms,
].join("\n");

/** Puts a section between its marks. */
function writeSection(name: string, section: string): void {
  const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`];
  const text = readFileSync(document, "utf8");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < 0) throw new Error(`${document} has no section ${name}`);
  writeFileSync(document, `${text.slice(0, from)}${begin}\n${section}\n${text.slice(to)}`);
}

writeSection("measured", body);
if (values.data !== undefined) {
  const rows = Object.entries(judgeOrdinary(values.data)).map(([source, all]) => {
    const dropped = all.filter(({ outcome }) => outcome === "meta-text" || outcome === "copy").length;
    return row([source, rate(dropped, all.length)]);
  });
  writeSection("ordinary", [row(["answers", "dropped"]), row(["---", "---"]), ...rows].join("\n"));
}
console.log(`wrote ${document}`);
