import type { BenchmarkPlan, ExpectedWidth, PlannedSubjects } from "../evaluation/index.ts";
import { count } from "../progress/index.ts";
import { pricesAsOf, totalOf } from "../spending/index.ts";
import { type Page, table } from "./layout.ts";
import { cells, range } from "./show-plan.ts";

/** Items and the width to expect, benchmark by benchmark; calls, tokens, cost and time by role; then what they rest on. */
export function showBenchmarkPlan(plans: readonly BenchmarkPlan[], models: PlannedSubjects, page: Page): string {
  const dim = (texts: readonly string[]): string[] => texts.map((text) => page.paint("dim", text));
  const suites = plans.map(({ benchmark, items, available, widths }) => {
    const widest = widths.reduce<ExpectedWidth | undefined>(
      (most, own) => (most === undefined || own.halfWidth.high > most.halfWidth.high ? own : most),
      undefined,
    );
    const width = widest === undefined ? "–" : `± ${range(widest.halfWidth, points)} points`;
    return [
      benchmark,
      count(items),
      count(available),
      width,
      widest === undefined ? "" : `${widest.metric}, n = ${widest.n}`,
    ];
  });
  const all = plans.flatMap(({ roles }) => roles);
  const roles = [...Map.groupBy(all, ({ role }) => role)].map(([role, own]) => [
    role,
    own[0]?.model ?? "",
    ...cells(totalOf(own)),
  ]);
  const total = roles.length < 2 ? [] : [["total", "", ...cells(totalOf(all))].map((cell) => page.paint("bold", cell))];
  return [
    table([dim(["benchmark", "items", "of", "95 % interval of a rate near ½", ""]), ...suites], "lrrll"),
    "",
    table([dim(["role", "model", "calls", "tokens in", "tokens out", "cost", "time"]), ...roles, ...total], "llrrrrr"),
    "",
    ...dim(basis(plans, models).map((line) => `   ${line}`)),
  ].join("\n");
}

const points = (share: number): string => (100 * share).toFixed(1);

function basis(plans: readonly BenchmarkPlan[], { count: _, ...models }: PlannedSubjects): string[] {
  const isClustered = plans.some(({ widths }) => widths.some(({ n, clusters }) => clusters < n));
  const used = Object.values(models).filter((model) => model !== undefined);
  const unpriced = new Set(used.flatMap(({ name, price }) => (price === undefined ? [name] : [])));
  return [
    ...(isClustered
      ? ["The narrower interval is for independent answers, the wider where those of one cluster say the same."]
      : []),
    "Tokens are estimated, a third more or less; answers between an eighth of their limit and all of it.",
    ...(used.every(({ isLocal }) => isLocal)
      ? ["Models in this process cost nothing; how long they take is not predicted."]
      : []),
    ...(used.some(({ price }) => price?.from === "table")
      ? [`Prices are list prices as of ${pricesAsOf}; --price goes before them.`]
      : []),
    ...[...unpriced].map(
      (name) => `No price is known for ${name}: --price ${name}=IN,OUT, in dollars per million tokens.`,
    ),
  ];
}
