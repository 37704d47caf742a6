/**
 * Writes the generated parts of README.md: the output of `npm start`, the table of results, and the example.
 * Usage: node benchmarks/readme.ts OUTPUT RUN, where OUTPUT holds what `npm start` printed and RUN is its run directory.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseSummary } from "../src/evaluation/summary.ts";
import { headlineTable } from "./experiments/tables.ts";

const [outputFile, run] = process.argv.slice(2);
if (outputFile === undefined || run === undefined) {
  console.error("usage: node benchmarks/readme.ts OUTPUT RUN");
  process.exit(2);
}
const file = join(run, "summary.json");
const summary = parseSummary(JSON.parse(readFileSync(file, "utf8")), file);
const seconds = Object.values(summary.stages).reduce((sum, stage) => sum + stage.seconds, 0);
const output = readFileSync(outputFile, "utf8");
const shown = output.slice(output.search(/^1\. /m)).trimEnd();

const pairs = Object.entries(summary.pairedGoldReward ?? []).map(([, pair]) => pair);
const rl = pairs.find(
  ({ checkpoint, baseline, split }) => checkpoint === "rl-cai" && baseline === "sl-cai" && split === "heldOut",
);
const sections: Record<string, string> = {
  start: [
    `It took ${(seconds / 60).toFixed(1)} minutes here, at most ${(summary.peakMemoryBytes / 2 ** 30).toFixed(1)} GiB, and ended with:`,
    "",
    "```",
    shown,
    "```",
  ].join("\n"),
  library: ["```ts", readFileSync("examples/own-model.ts", "utf8").trimEnd(), "```"].join("\n"),
  results: [
    "Held-out requests: words known from pre-training that are in no request of any stage. One run of `npm start` (seed 1), Wilson 95 % intervals.",
    "",
    headlineTable(
      [{ variant: { name: "demo", flags: [] }, command: "npm start", summary }],
      ["initial", "sl-cai", "rl-cai"],
    ),
    ...(rl === undefined
      ? []
      : [
          "",
          rl.difference.low === rl.difference.high
            ? "RL-CAI answers as SL-CAI does: no preference model beat a blind guess on the labels, so none was kept, and there was no reward to follow."
            : `Gold reward, RL-CAI over SL-CAI on the same held-out requests: ${rl.difference.estimate.toFixed(3)} [${rl.difference.low.toFixed(3)}, ${rl.difference.high.toFixed(3)}], n = ${rl.difference.n}.`,
        ]),
  ].join("\n"),
};
let text = readFileSync("README.md", "utf8");
for (const [name, body] of Object.entries(sections)) {
  const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < 0) throw new Error(`README.md has no section ${name}`);
  text = `${text.slice(0, from)}${begin}\n${body}\n${text.slice(to)}`;
}
writeFileSync("README.md", text);
