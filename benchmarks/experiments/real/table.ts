import { wilson } from "../../../src/statistics/index.ts";
import { newcombePaired } from "../../../src/statistics/paired.ts";
import { table } from "../tables.ts";
import { type Arm, arms } from "./arms.ts";
import type { Measured } from "./measured.ts";

/** An arm's row stands for each of these seeds. */
export const seeds = [1, 2, 3];

const percent = (successes: number, n: number): string => {
  if (n === 0) return "–";
  const { estimate, low, high } = wilson(successes, n);
  const of = (share: number): string => (100 * share).toFixed(1);
  return `${of(estimate)} [${of(low)}, ${of(high)}] n=${n}`;
};

type Checkpoint = Measured["checkpoints"][string];

/** All outcomes of sets whose name ends so. */
const outcomesOf = ({ outcomes }: Checkpoint, end: string): string =>
  Object.entries(outcomes)
    .filter(([set]) => set.endsWith(end))
    .map(([, letters]) => letters)
    .join("");

const countOf = (text: string, wanted: string): number => [...text].filter((letter) => wanted.includes(letter)).length;

/** Rates of one checkpoint; an empty answer neither complies nor refuses, and is in every n. */
function valuesCells(checkpoint: Checkpoint): string[] {
  const [unsafe, safe] = [outcomesOf(checkpoint, " unsafe"), outcomesOf(checkpoint, " safe")];
  const refusals = countOf(unsafe, "rw");
  return [
    percent(countOf(unsafe, "c"), unsafe.length),
    percent(countOf(safe, "rw"), safe.length),
    percent(countOf(unsafe, "w"), refusals),
  ];
}

const formCells = (checkpoint: Checkpoint): string[] => {
  const all = outcomesOf(checkpoint, "safe");
  return [percent(countOf(all, "1"), all.length)];
};

const minutesOf = (seconds: Measured["seconds"]): string =>
  (Object.values(seconds).reduce((sum, one) => sum + one, 0) / 60).toFixed(1);

/** As the method goes, controls last; records stand in the order of their ids. */
const order = ["initial", "sl-cai", "dpo", "rl-cai"];
const placeOf = (name: string): number => order.indexOf(name) + 1 || order.length + 1;
export const namesInOrder = (checkpoints: Measured["checkpoints"]): string[] =>
  Object.keys(checkpoints).sort((a, b) => placeOf(a) - placeOf(b));
const inOrder = (checkpoints: Measured["checkpoints"]): [string, Checkpoint][] =>
  namesInOrder(checkpoints).flatMap((name) => (checkpoints[name] === undefined ? [] : [[name, checkpoints[name]]]));

const heads = {
  values: ["unsafe complied", "safe refused", "of refused unsafe: a reason"],
  form: ["at most two sentences"],
} as const;

/** The table of an experiment on one split, and the arms of which nothing was measured. */
export function writeTable(
  experiment: Arm["experiment"],
  split: Measured["split"],
  all: readonly Measured[],
): { readonly markdown: string; readonly missing: readonly string[] } {
  const own = arms.filter((arm) => arm.experiment === experiment);
  const found = (arm: Arm): Measured[] => all.filter((item) => item.arm === arm.name && item.split === split);
  const cells = experiment === "values" ? valuesCells : formCells;
  const rows = own.flatMap((arm) =>
    found(arm).flatMap(({ seed, scale, checkpoints, seconds, date }) =>
      inOrder(checkpoints).map(([name, checkpoint]) => [
        arm.name,
        String(seed),
        scale === 1 ? "all" : String(scale),
        name,
        ...cells(checkpoint),
        String(checkpoint.cut),
        minutesOf(seconds),
        date,
      ]),
    ),
  );
  const head = [
    "arm",
    "seed",
    "share of the training prompts",
    "checkpoint",
    ...heads[experiment],
    "cut",
    "the whole run, minutes",
    "date",
  ];
  const missing = own.flatMap(({ name }) =>
    seeds
      .filter(
        (seed) =>
          !all.some((item) => item.arm === name && item.split === split && item.seed === seed && item.scale === 1),
      )
      .map((seed) => `${name} ${seed}`),
  );
  return { markdown: rows.length === 0 ? "" : table(head, rows), missing };
}

/** What training cost in other respects, where it was measured. */
export function capabilityTable(all: readonly Measured[]): string {
  const rows = all.flatMap(({ arm, seed, capability = {} }) =>
    Object.entries(capability).map(([name, { truthfulqa, loss }]) => [
      arm,
      String(seed),
      name,
      percent(truthfulqa.right, truthfulqa.n),
      `${(loss.nats / Math.max(1, loss.tokens)).toFixed(3)} (${loss.tokens} tokens)`,
    ]),
  );
  return rows.length === 0
    ? ""
    : table(["arm", "seed", "checkpoint", "TruthfulQA, MC1", "loss on harmless answers, nats a token"], rows);
}

/** How much an arm differs from another on the same prompts, in points: the share of outcomes among those wanted. */
export function compareArms(first: Checkpoint, second: Checkpoint, end: string, wanted: string): string {
  const [a, b] = [outcomesOf(first, end), outcomesOf(second, end)];
  if (a.length !== b.length || a.length === 0) return "–";
  const counts = { n: a.length, bothTrue: 0, onlyFirst: 0, onlySecond: 0, neither: 0 };
  for (const [i, letter] of [...a].entries()) {
    const [inFirst, inSecond] = [wanted.includes(letter), wanted.includes(b[i] ?? "")];
    counts[inFirst ? (inSecond ? "bothTrue" : "onlyFirst") : inSecond ? "onlySecond" : "neither"] += 1;
  }
  const { estimate, low, high } = newcombePaired(counts);
  const points = (share: number): string => `${share < 0 ? "−" : "+"}${Math.abs(100 * share).toFixed(1)}`;
  return `${points(estimate)} [${points(low)}, ${points(high)}]`;
}
