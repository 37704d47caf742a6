/**
 * Repeats the controls of docs/experiments.md and writes their measured tables there.
 * Usage: node benchmarks/experiments.ts [NAME …] [--preset control|smoke] [--parallel N] [--root FOLDER] [--only VARIANT,…]
 * Without names, all of them. --only measures some of an experiment's runs and says which are missing. Runs are resumed, never
 * repeated: delete a folder under the root to measure it again.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { experiments } from "./experiments/definitions.ts";
import { runVariants } from "./experiments/runs.ts";

const document = "docs/experiments.md";
const marks = (name: string): readonly [string, string] => [`<!-- begin ${name} -->`, `<!-- end ${name} -->`];

/** Replaces one experiment's section, or appends it. */
function writeSection(name: string, body: string): void {
  const text = existsSync(document) ? readFileSync(document, "utf8") : "# Experiments\n";
  const [begin, end] = marks(name);
  const section = `${begin}\n${body}\n${end}`;
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  mkdirSync(dirname(document), { recursive: true });
  writeFileSync(
    document,
    from < 0 ? `${text.trimEnd()}\n\n${section}\n` : text.slice(0, from) + section + text.slice(to + end.length),
  );
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    preset: { type: "string" },
    parallel: { type: "string", default: "2" },
    root: { type: "string", default: join("runs", "experiments") },
    only: { type: "string" },
  },
});
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
  console.error(`${document}: ${name}`);
}
