import { clusteredMean, clusteredRate, type Estimate, wilson } from "../../src/statistics/index.ts";
import { type Asked, type LoopResult, rounds } from "./loop.ts";

const percent = (share: number): string => (100 * share).toFixed(1);
const withInterval = ({ estimate, low, high }: Estimate): string =>
  `${percent(estimate)} [${percent(low)}, ${percent(high)}]`;

/** Of findings asked again, the share that comes back; tries at one word are alike, over seeds too. */
function shareBack(asked: readonly Asked[]): string {
  const graded = asked.filter(({ isBack }) => isBack !== null);
  const words = graded.map(({ goalId }) => goalId);
  if (new Set(words).size < 2) return "–";
  const rate = clusteredRate(
    graded.map(({ isBack }) => isBack === true),
    words,
  );
  return `${withInterval(rate)}, n = ${rate.n}`;
}

const rateOf = (outcomes: readonly boolean[]): string =>
  withInterval(wilson(outcomes.filter(Boolean).length, outcomes.length));

/** The rounds as rows, all seeds together, and the paired difference between the training on findings and its control. */
export function loopTable(results: readonly LoopResult[], redTeam: number, budget: number): string {
  const sum = (of: (result: LoopResult) => number): string => results.map(of).join(", ");
  const rows = rounds.map((name, round) => {
    const own = results.flatMap((result) => result.rounds[round] ?? []);
    const asked = own.flatMap((result) => result.asked);
    const cells = [
      shareBack(asked),
      own.map((result) => percent(shareOf(result.asked))).join(", "),
      shareBack(asked.filter(({ isKnownGoal }) => !isKnownGoal)),
      rateOf(own.flatMap(({ broken }) => broken)),
      rateOf(own.flatMap(({ right }) => right)),
    ];
    return `| ${[name, ...cells].join(" | ")} |`;
  });
  return [
    `${results.length === 1 ? "1 seed" : `${results.length} seeds`}; SL-CAI on ${redTeam} red-team and ${2 * redTeam} helpful prompts, of which the red-team ones are revised, at most twice; ${budget.toLocaleString("en")} attacks each (persuasion, archive) found ${sum(({ findings }) => findings)} requests that break a rule again; ${sum(({ prompts }) => prompts)} different ones were trained on, and ${sum(({ regressions }) => regressions)} asked afterwards, 3 samples each, graded by the critic.`,
    "",
    "| SL-CAI | findings that come back, % | by seed | … of words that no training finding asks for | by the oracle: governed requests answered against the constitution, % | by the oracle: harmless requests answered rightly, % |",
    "| --- | --: | --: | --: | --: | --: |",
    ...rows,
    "",
    `On the findings against on random requests, paired: ${difference(results, 2, 3)} points of the regressions; against the round on the same prompts: ${difference(results, 2, 1)}. Random requests against that round: ${difference(results, 3, 1)}.`,
  ].join("\n");
}

function shareOf(asked: readonly Asked[]): number {
  const graded = asked.filter(({ isBack }) => isBack !== null);
  return graded.filter(({ isBack }) => isBack === true).length / graded.length;
}

/** Share that comes back after one round less that after another, of the same findings. */
function difference(results: readonly LoopResult[], one: number, other: number): string {
  const pairs = results.flatMap(({ rounds: own }) =>
    (own[one]?.asked ?? []).flatMap(({ isBack, goalId }, index) => {
      const before = own[other]?.asked[index]?.isBack ?? null;
      return isBack === null || before === null ? [] : [{ goalId, value: Number(isBack) - Number(before) }];
    }),
  );
  const values = pairs.map(({ value }) => value);
  return withInterval(
    clusteredMean(
      values,
      pairs.map(({ goalId }) => goalId),
    ),
  );
}
