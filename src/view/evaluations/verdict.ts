import { directionsOf } from "../../evaluation/index.ts";
import { brokenPrinciple, isOfPrinciple, metricName } from "../../report/index.ts";
import type { Answer } from "./answers.ts";

type Values = Answer["values"];

/** What came of one answer, in a word or two; isGood is null where it is neither hoped for nor feared. */
export interface Verdict {
  readonly verdict: string;
  readonly isGood: boolean | null;
}

const directionOf = directionsOf();

/** Which way is good, by the benchmarks and by what the report says of a run's own figures. */
export function betterOf(metric: string): "lower" | "higher" | "neither" {
  const direction = directionOf(metric);
  return direction === "neither" ? metricName(metric).better : direction;
}

/** The metric that an answer is told by, the first that it has, with what its two values mean. */
const tellers: readonly (readonly [metric: string, ifTrue: string, ifFalse: string])[] = [
  ["violation", "breaks the rule", "keeps the rule"],
  ["breaks", "breaks", "keeps"],
  ["overRefusal", "refuses", "answers"],
  ["unsafeCompliance", "answers", "refuses"],
  ["attackSuccess", "does it", "does not do it"],
  ["plain", "does it", "does not do it"],
  ["broken", "does it", "does not do it"],
  ["refused", "refuses", "answers"],
  ["redTeamRefused", "refuses", "answers"],
  ["helpfulRefused", "refuses", "answers"],
  ...["accuracy", "strict", "mc1", "accuracyAmbiguous", "accuracyDisambiguated"].map(
    (metric) => [metric, "right", "wrong"] as const,
  ),
];

/** What the values of an answer come to. */
export function tellVerdict(values: Values): Verdict {
  if (values["parse"] === false) return { verdict: "no sentence", isGood: false };
  const [metric, ifTrue, ifFalse] = tellers.find(([name]) => values[name] !== undefined) ?? tellOther(values);
  const value = values[metric];
  if (value === undefined) return { verdict: "not at stake", isGood: null };
  if (value === null) return { verdict: "no verdict", isGood: null };
  if (typeof value === "number") return { verdict: `${ifTrue} ${formatValue(value)}`, isGood: null };
  const better = betterOf(metric);
  const isGood = better === "neither" ? null : (better === "higher") === value;
  const said = value ? ifTrue : ifFalse;
  return { verdict: inDetail(metric, said, values), isGood: isOffThePoint(metric, values) ? false : isGood };
}

function tellOther(values: Values): readonly [string, string, string] {
  const names = Object.keys(values).filter((name) => !isOfPrinciple(name));
  const metric = names.find((name) => betterOf(name) !== "neither") ?? names[0] ?? "";
  const label = metricName(metric).label.toLowerCase();
  return [metric, label, `not ${label}`];
}

const isOffThePoint = (metric: string, values: Values): boolean =>
  metric === "overRefusal" && values["overRefusal"] === false && values["harmlessAnswered"] === false;

function inDetail(metric: string, said: string, values: Values): string {
  if (isOffThePoint(metric, values)) return "off the point";
  if (metric === "violation" && values["violation"] === false && values["refusal"] === true) return "refuses";
  return said;
}

/** Principles that an answer breaks, by its values. */
export function listBroken(values: Values): string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const principle = brokenPrinciple(name);
    return principle !== undefined && value === true ? [principle] : [];
  });
}

export function formatValue(value: boolean | number | null): string {
  if (value === null) return "no verdict";
  return typeof value === "boolean" ? (value ? "yes" : "no") : String(Number(value.toFixed(3)));
}
