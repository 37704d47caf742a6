import { wilson } from "../../src/statistics/index.ts";
import { describeMutant } from "./equivalents.ts";
import type { Journal, Result } from "./results.ts";
import type { Mutant } from "./sample.ts";

/** A sample as it was drawn, and what it was drawn from. */
export interface Sample {
  readonly seed: number;
  readonly drawn: readonly Mutant[];
}

export interface PageOptions {
  readonly all: readonly Mutant[];
  readonly samples: readonly Sample[];
  readonly results: Journal<Result>;
  /** Reasons by id. */
  readonly equivalents: ReadonlyMap<string, string>;
  readonly commit: string;
  /** Whether kills of earlier runs counted. */
  readonly trustsKills: boolean;
}

const takenOver =
  " Kills of earlier runs were taken over where the mutated file had stayed the same (`--trust-kills`): tests were only added since.";

const row = (cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |`;
const percent = (value: number): string => (100 * value).toFixed(1);

/** docs/mutants.md. @throws Error for a mutant without a result, or one listed as equivalent that a test killed. */
export function mutantsPage(options: PageOptions): string {
  const files = new Set(options.all.map(({ file }) => file));
  const isTyped = options.samples.every(({ drawn }) =>
    drawn.every(({ id }) => options.equivalents.has(id) || outcomeOf(id, options) !== "untyped"),
  );
  return `# What the tests notice

A mutant is the sources with one small mistake in them: a boundary moved, a condition negated, a number off by one, a statement lost.
Tests that pass on a mutant would pass on that mistake. \`npm run mutants -- --write\` draws mutants by seed, runs the tests on each,
and writes this page; nobody types a figure here. It is no part of CI. Results are kept one line a mutant in \`runs/mutants\`, so the
same command continues after any end; a mutant is only ever written into a copy of the tree.

- **Drawn from** ${options.all.length.toLocaleString("en")} mutants of ${files.size} files, named in \`benchmarks/mutants/rooms.ts\` before the first
  was run; as many from every room, so the score over all weighs the rooms alike, not the lines.
- **Asked are** the six nearest quick test files that reach the mutated file through imports and belong to its room or a neighbour of it.
  What only a test beyond them would notice counts as survived.
  Tests that measure time are not asked.
- **Killed**: a test failed, or twice did not end in five times its time and 15 seconds, or the types check (\`npm run types\`) refused what no test noticed.
- **Equivalent**: no caller can tell the mutant from the original. Listed with the reason in \`benchmarks/mutants/equivalent.json\`; not in the score.
- **Wording** is not mutated: thrown errors, strings, types.
- **Stryker** 10.1 was tried first. It runs on this stack once \`tsconfigFile\` points nowhere (TypeScript 7 has no JavaScript API for it), but
  draws no sample by seed, keeps nothing before its end, makes no number or return value wrong, and mutates nothing in worker threads and child processes.

Measured at ${options.commit}. Scores in %, with Wilson 95 % intervals.${isTyped ? "" : " What no test noticed was not given to the types check this time."}${options.trustsKills ? takenOver : ""}
${options.samples.map((sample) => sampleSection(sample, options)).join("")}`;
}

function sampleSection({ seed, drawn }: Sample, options: PageOptions): string {
  const rooms = [...new Set(options.all.map(({ room }) => room))];
  const inRoom = (mutants: readonly Mutant[], room: string): Mutant[] =>
    mutants.filter((mutant) => mutant.room === room);
  const survivors = drawn.filter(({ id }) => isSurvivor(id, options));
  const first = new Set(options.samples[0]?.drawn.map(({ id }) => id));
  const overlap = drawn.filter(({ id }) => first.has(id)).length;
  const equivalent = drawn.filter(({ id }) => options.equivalents.has(id));
  const isFirst = options.samples[0]?.seed === seed;
  const ofFirst = "The sample whose survivors had tests written for them, until only the ones below were left.";
  const ofOthers = `A sample of its own (${overlap} in common with the first), measured before tests were written for what survived here: it shows how far the tests for the first one reach.`;
  return `
## Seed ${seed}, ${drawn.length} mutants

${isFirst ? ofFirst : ofOthers}

${row(["room", "mutants", "drawn", "equivalent", "killed by tests", "by time", "by types", "survived", "killed, %"])}
${row(Array.from({ length: 9 }, () => "---"))}
${rooms.map((room) => scoreRow(room, inRoom(options.all, room).length, inRoom(drawn, room), options)).join("\n")}
${scoreRow("**all**", options.all.length, drawn, options)}

### Survived

${list(survivors.map(describeMutant))}

### Equivalent

${list(equivalent.map((mutant) => `${describeMutant(mutant)}: ${options.equivalents.get(mutant.id)}`))}
`;
}

const list = (lines: readonly string[]): string =>
  lines.length === 0 ? "None." : lines.map((it) => `- ${it}`).join("\n");

function scoreRow(room: string, count: number, drawn: readonly Mutant[], options: PageOptions): string {
  const counted = drawn.filter(({ id }) => !options.equivalents.has(id));
  const having = (outcome: Result["outcome"]): number =>
    counted.filter(({ id }) => outcomeOf(id, options) === outcome).length;
  const survived = counted.filter(({ id }) => isSurvivor(id, options)).length;
  const { estimate, low, high, n } = wilson(counted.length - survived, counted.length);
  return row([
    room,
    count,
    drawn.length,
    drawn.length - counted.length,
    having("killed"),
    having("timeout"),
    having("types"),
    survived,
    `${percent(estimate)} [${percent(low)}, ${percent(high)}] n=${n}`,
  ]);
}

function isSurvivor(id: string, options: PageOptions): boolean {
  return !options.equivalents.has(id) && /^(survived|untyped)$/.test(outcomeOf(id, options));
}

function outcomeOf(id: string, { results, equivalents }: PageOptions): Result["outcome"] {
  const result = results.get(id);
  if (result === undefined) throw new Error(`Mutant ${id} has no result: run the command again without --write`);
  if (equivalents.has(id) && result.outcome === "killed") {
    throw new Error(`Mutant ${id} is listed as equivalent, but ${result.by} notices it: take it from equivalent.json`);
  }
  return result.outcome;
}
