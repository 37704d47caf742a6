/**
 * Repeats the controls of docs/experiments.md and writes their measured tables there.
 * Usage: node benchmarks/experiments.ts [NAME …] [--preset control|smoke] [--parallel N] [--root FOLDER] [--only VARIANT,…]
 * Without names, all of them. --only measures some of an experiment's runs and says which are missing. Runs are resumed, never
 * repeated: delete a folder under the root to measure it again.
 *
 * node benchmarks/experiments.ts real [--only ARM,…] [--seeds 1,2,3] [--split development|test] [--scale SHARE] [--tables]
 * measures real models on public data (docs/real-experiments.md); each finished arm is a file, and is not measured again.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { experiments } from "./experiments/definitions.ts";
import { measureReal } from "./experiments/real/command.ts";
import { runVariants } from "./experiments/runs.ts";
import { writeSection } from "./experiments/section.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    preset: { type: "string" },
    parallel: { type: "string", default: "2" },
    root: { type: "string", default: join("runs", "experiments") },
    only: { type: "string" },
    seeds: { type: "string" },
    split: { type: "string" },
    scale: { type: "string" },
    tables: { type: "boolean", default: false },
  },
});
if (positionals.includes("real")) {
  const isAlone = positionals.length === 1 && values.preset === undefined;
  if (!isAlone) console.error("real stands alone, and takes --only, --seeds, --split, --scale, --root and --tables");
  process.exit(isAlone ? await measureReal(values) : 2);
}
const unknown = positionals.filter((name) => !experiments.some((experiment) => experiment.name === name));
if (unknown.length > 0) {
  console.error(`no experiment ${unknown.join(", ")}; there are ${experiments.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}
for (const experiment of experiments) {
  if (positionals.length > 0 && !positionals.includes(experiment.name)) continue;
  const preset = values.preset ?? experiment.preset ?? "control";
  const options = { root: values.root, preset, parallel: Number(values.parallel) };
  const only = values.only?.split(",");
  const variants = experiment.variants.filter(({ name }) => only === undefined || only.includes(name));
  const results = await runVariants(variants, options);
  const missing = experiment.variants.filter((variant) => !variants.includes(variant)).map(({ name }) => name);
  const { title, question, name } = experiment;
  writeSection(
    name,
    [
      `## ${title}`,
      "",
      question,
      "",
      experiment.render(results),
      "",
      ...(missing.length === 0 ? [] : [`Not measured yet: ${missing.join(", ")}.`, ""]),
      `Measured ${new Date().toISOString().slice(0, 10)}, preset ${preset}, by \`node benchmarks/experiments.ts ${name}\`, which runs:`,
      "",
      "```",
      ...results.map(({ command }) => command),
      "```",
    ].join("\n"),
  );
}
