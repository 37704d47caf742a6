/**
 * How many small mistakes the tests notice: `npm run mutants -- [flags]`
 *   --sample 1:416          a seed and how many mutants it draws, as many from every room of benchmarks/mutants/rooms.ts; repeatable
 *   --workers 2             trees and Vitests side by side
 *   --folder runs/mutants   results, one JSON line a mutant; the same command continues after any end
 *   --trust-kills           takes a kill for good while its own file stays, whatever became of the tests: while tests are being added
 *   --no-types              leaves out the types check of what no test noticed
 *   --write                 puts the figures into docs/mutants.md
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { gitCommit, takeLock } from "../src/storage/index.ts";
import { describeMutant, readEquivalents } from "./mutants/equivalents.ts";
import { checkTypes, type MeasureOptions, measureMutants } from "./mutants/measure.ts";
import { mutantsPage, type Sample } from "./mutants/page.ts";
import { rooms } from "./mutants/rooms.ts";
import { drawSample, mutantsOf } from "./mutants/sample.ts";

const { values } = parseArgs({
  allowNegative: true,
  options: {
    sample: { type: "string", multiple: true, default: ["1:416"] },
    workers: { type: "string", default: "2" },
    folder: { type: "string", default: "runs/mutants" },
    "trust-kills": { type: "boolean", default: false },
    types: { type: "boolean", default: true },
    write: { type: "boolean", default: false },
  },
});

/** "1:416": seed 1, 416 mutants. @throws Error for anything else. */
function parseSample(text: string): { readonly seed: number; readonly count: number } {
  const [, seed, count] = /^(\d+):([1-9]\d*)$/.exec(text) ?? [];
  if (seed === undefined || count === undefined) throw new Error(`--sample ${text}: expected SEED:COUNT, as 1:416`);
  return { seed: Number(seed), count: Number(count) };
}

const root = process.cwd();
const all = mutantsOf(root, rooms);
const samples: Sample[] = values.sample.map((text) => {
  const { seed, count } = parseSample(text);
  return { seed, drawn: drawSample(all, count, seed) };
});
const mutants = [...new Map(samples.flatMap(({ drawn }) => drawn).map((mutant) => [mutant.id, mutant])).values()];
let finished = 0;
const options: MeasureOptions = {
  root,
  folder: values.folder,
  rooms,
  mutants,
  workers: Number(values.workers),
  trustsKills: values["trust-kills"],
  onResult: (mutant, { outcome, seconds, by = "" }) => {
    finished++;
    console.error(`${finished} ${outcome} ${mutant.id} ${seconds.toFixed(1)} s ${describeMutant(mutant)} ${by}`);
  },
};
mkdirSync(values.folder, { recursive: true });
const lock = takeLock(values.folder, "mutants");
const results = await measureMutants(options);
if (values.types) await checkTypes(options, results);
lock.release();
const equivalents = readEquivalents("benchmarks/mutants/equivalent.json");
const page = mutantsPage({
  all,
  samples,
  results,
  equivalents,
  commit: gitCommit() ?? "an unknown commit",
  trustsKills: values["trust-kills"],
});
console.log(page.slice(page.indexOf("\n## ") + 1));
if (values.write) writeFileSync("docs/mutants.md", page);
