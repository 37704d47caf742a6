import { PreceptError } from "../../errors.ts";
import {
  type Comparison,
  compareSubjects,
  itemsOfAnswers,
  type Matching,
  type MeasuredSubject,
  type Paired,
  pairItems,
} from "../../evaluation/index.ts";
import { isOfPrinciple, metricName, splitName } from "../../report/index.ts";
import type { Phrase } from "../source.ts";
import type { ComparePage } from "../source-rooms.ts";
import { type Answer, type Side, subjectLabel } from "./answers.ts";
import { findAlarms } from "./compare-alarms.ts";
import { intervalOf, rateOf } from "./figures.ts";
import { betterOf } from "./verdict.ts";

type Pair = readonly [Answer, Answer];
type Row = Comparison["rows"][number];

/** As `precept compare` does unless told otherwise, where both were asked the same; else what both were asked. */
function matchItems(first: MeasuredSubject, second: MeasuredSubject): Paired & { readonly matching: Matching } {
  try {
    return { ...pairItems(first, second, "same"), matching: "same" };
  } catch (error) {
    if (!(error instanceof PreceptError) || error.code !== "input-invalid") throw error;
    return { ...pairItems(first, second, "prompt"), matching: "prompt" };
  }
}

/** Whether the words are the same is all that is read of them. */
const toMeasured = (side: Side): MeasuredSubject => ({
  name: nameOf(side),
  items: itemsOfAnswers(
    side.answers.map((answer) => ({ ...answer, messages: [{ role: "user" as const, content: answer.asked }] })),
  ),
});

/** Answers of both sides to the same prompt, in the order of A; the first sample of each. @throws PreceptError not-enough-evidence. */
export function pairAnswers(a: Side, b: Side): readonly Pair[] {
  const byKey = ({ answers }: Side): ReadonlyMap<string, Answer> =>
    new Map(
      [...answers]
        .reverse()
        .map((answer) => [`${answer.benchmark}/${answer.groups["split"] ?? "all"}/${answer.itemId}`, answer]),
    );
  const [ofA, ofB] = [byKey(a), byKey(b)];
  return matchItems(toMeasured(a), toMeasured(b)).pairs.flatMap(([first, second]): Pair[] => {
    const [one, other] = [ofA.get(first.id), ofB.get(second.id)];
    return one === undefined || other === undefined ? [] : [[one, other]];
  });
}

/** The table of `precept compare`, A being the baseline, with what should be seen before it. @throws PreceptError not-enough-evidence. */
export function comparePage(a: Side, b: Side): Omit<ComparePage, "facets"> {
  const [first, second] = [toMeasured(a), toMeasured(b)];
  const { matching, pairs: items } = matchItems(first, second);
  const options = { matching, by: ["benchmark", "split"], directions: betterOf };
  const { rows, pairs, leftOut } = compareSubjects(first, second, options);
  const told = rows.map((row) => ({ row, place: isOfPrinciple(row.metric) ? 1 : 0 })).sort((x, y) => rank(x) - rank(y));
  const benchmarks = [...new Set(items.map(([item]) => item.groups["benchmark"] ?? ""))];
  return {
    a: { name: nameOf(a), detail: null },
    b: { name: nameOf(b), detail: null },
    facts: [
      benchmarks.join(", "),
      `${count(pairs)} prompts that both answered`,
      ...(leftOut[0] + leftOut[1] === 0 ? [] : [`left out: ${count(leftOut[0])} of A, ${count(leftOut[1])} of B`]),
      readersOf([...a.answers, ...b.answers]),
    ],
    sentence: tellSentence(rows),
    alarms: findAlarms(a, b),
    rows: told.map(({ row }) => {
      const own = items.filter(([item]) =>
        Object.entries(row.group).every(([key, value]) => item.groups[key] === value),
      );
      const both = own.filter(([x, y]) => x.values[row.metric] != null && y.values[row.metric] != null);
      const sides = [both.map(([x]) => x), both.map(([, y]) => y)];
      const isRate = sides.flat().every(({ values }) => typeof values[row.metric] === "boolean");
      const [ofA = null, ofB = null] = sides.map((side) =>
        isRate ? rateOf(side, row.metric) : intervalOf(side, row.metric, "mean"),
      );
      const only = (which: 0 | 1): number =>
        both.filter((pair) => pair[which].values[row.metric] === true && pair[1 - which]?.values[row.metric] === false)
          .length;
      return {
        label: [metricName(row.metric).label, whereOf(row, rows)].filter((part) => part !== "").join(", "),
        ...{
          metric: row.metric,
          better: row.better,
          isRate,
          isMain: row.group["split"] === undefined && !isOfPrinciple(row.metric),
          a: ofA,
          b: ofB,
        },
        difference:
          row.difference === null
            ? null
            : { estimate: row.difference.estimate, low: row.difference.low, high: row.difference.high },
        onlyA: isRate ? only(0) : null,
        onlyB: isRate ? only(1) : null,
        ...{ n: row.n, adjustedP: row.adjustedP, verdict: row.verdict },
      };
    }),
    methods: `95 % intervals: Wilson for rates, Newcombe for differences of rates, Student's t for means. p: McNemar's exact test on the pairs that differ, a paired test for means; Holm over all ${count(rows.length)} figures.`,
  };
}

const nameOf = ({ run, subject }: Side): string => `${run} ${subjectLabel(subject)}`;
const count = (n: number): string => n.toLocaleString("en-US");

/** What differs first, principle by principle behind. */
function rank({ row, place }: { readonly row: Row; readonly place: number }): number {
  return (row.verdict === "cannot tell" ? 2 : 0) + place;
}

/** What the items of a row have in common, as far as not all rows have it. */
function whereOf({ group }: Row, rows: readonly Row[]): string {
  return Object.entries(group)
    .flatMap(([key, value]) => {
      if (rows.every((row) => row.group[key] === value)) return [];
      return [key === "split" ? splitName(value).label.toLowerCase() : value];
    })
    .join(", ");
}

function readersOf(answers: readonly Answer[]): string {
  const judges = [...new Set(answers.flatMap(({ judge }) => judge ?? []))];
  return judges.length === 0 ? "scored by the suites' rules, no judge model" : `read by ${judges.join(", ")}`;
}

function tellSentence(rows: readonly Row[]): Phrase {
  const told = (["better", "worse", "different", "cannot tell"] as const).flatMap((word) => {
    const n = rows.filter(({ verdict }) => verdict === word).length;
    return n === 0 ? [] : [`${word === "cannot tell" ? "not to be told" : word} in ${count(n)}`];
  });
  return [{ strong: "B against A" }, `, of ${count(rows.length)} figures on the same prompts: ${told.join(", ")}.`];
}
