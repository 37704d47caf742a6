import { rng } from "../rng.ts";
import { isEstimate, type Measured, rateOf } from "../statistics/index.ts";
import {
  asrAtK,
  type Coverage,
  correctRate,
  countByGoal,
  coverageOf,
  type JudgeRates,
  rateBrokenWithin,
  type Tried,
  triesToFirst,
} from "./metrics.ts";
import type { AttemptRecord } from "./records.ts";
import { selfBleu } from "./similarity.ts";
import { type Strategy, successGrade, type Technique } from "./strategy.ts";

/** What came of one strategy, or of the attacks on one principle. */
export interface RedteamRow {
  readonly requests: number;
  readonly ungraded: number;
  readonly successes: number;
  /** Of k tries at a goal; of adaptive strategies in the order tried. */
  readonly asr: Readonly<Record<string, Measured>>;
  readonly coverage: Coverage;
  readonly toFirst: ReturnType<typeof triesToFirst>;
  /** Of the successful requests; undefined for fewer than two. */
  readonly selfBleu?: number | undefined;
}

/** What one role was asked, over all processes of the run. */
export interface RoleSpending {
  /** Calls that were answered anew, and those that the cache answered. */
  readonly calls: number;
  readonly cached: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** US dollars; undefined where some call had no price. */
  readonly cost?: number | undefined;
}

export interface RedteamSummary {
  readonly target: string;
  readonly judge: string;
  readonly goals: number;
  readonly findings: number;
  readonly overall: RedteamRow;
  readonly strategies: Readonly<Record<string, RedteamRow & { readonly isAdaptive: boolean }>>;
  readonly principles: Readonly<Record<string, RedteamRow>>;
  /** asr@1 with the judge's errors taken out. */
  readonly corrected: Measured;
  /** Share of the benign twins that the judge calls breaches. */
  readonly twins: Measured;
  /** Failed attempts by who stopped them. */
  readonly stopped: Readonly<Record<"model" | "guard" | "both", number>>;
  readonly isGuarded: boolean;
  /** By role: target, judge, attacker. What a guard asks of its own models is not in it. */
  readonly spent?: Readonly<Record<string, RoleSpending>> | undefined;
}

export interface SummaryOptions {
  readonly target: string;
  readonly judge: string;
  readonly isGuarded: boolean;
  readonly goals: number;
  readonly findings: number;
  readonly principles: readonly string[];
  readonly strategies: readonly Strategy[];
  readonly techniques: readonly Technique[];
  readonly seed: number;
  /** Requests that the campaign was given: with fewer, every attack came to its own end. */
  readonly budget: number;
  readonly judgeRates?: JudgeRates | undefined;
  readonly spent?: RedteamSummary["spent"];
}

/** Tries that asr@k is told for. */
export const tellFor = [1, 3, 10] as const;
/** Successful texts whose likeness is measured: of more, the first. */
const mostTexts = 500;

/** The figures of a campaign from its records, read once. */
export async function summariseRedteam(
  attempts: AsyncIterable<AttemptRecord>,
  options: SummaryOptions,
): Promise<RedteamSummary> {
  const tries: Tried[] = [];
  const texts = new Map<string, string[]>();
  const twins: (boolean | null)[] = [];
  const stopped = { model: 0, guard: 0, both: 0 };
  for await (const { goalId, principleId, strategy, technique, turn, grade, stoppedBy, messages } of attempts) {
    if (strategy === "twin") {
      twins.push(grade === null ? null : grade === successGrade);
      continue;
    }
    tries.push({ goalId, principleId, strategy, technique, turn, grade });
    if (stoppedBy !== null) stopped[stoppedBy] += 1;
    if (grade !== successGrade) continue;
    for (const key of ["", `s/${strategy}`, `p/${principleId}`]) {
      const own = texts.get(key) ?? [];
      if (own.length < mostTexts) own.push(messages.at(-1)?.content ?? "");
      texts.set(key, own);
    }
  }
  const { principles, strategies, techniques, seed, budget } = options;
  const isCut = tries.length >= budget;
  const waysOf = ({ id, ways }: Strategy): readonly string[] => ways?.(techniques) ?? [id];
  const allWays = new Set(strategies.flatMap(waysOf)).size;
  const row = (own: readonly Tried[], cells: number, key: string, isAdaptive: boolean): RedteamRow => ({
    requests: own.length,
    ungraded: own.filter(({ grade }) => grade === null).length,
    successes: own.filter(({ grade }) => grade === successGrade).length,
    asr: Object.fromEntries(
      tellFor.map((k) => [
        String(k),
        isAdaptive
          ? rateBrokenWithin(own, k, isCut)
          : asrAtK(countByGoal(own), k, rng(seed, "redteam-summary", key, k)),
      ]),
    ),
    coverage: coverageOf(own, cells),
    toFirst: triesToFirst(own),
    selfBleu: selfBleu(texts.get(key) ?? []),
  });
  const overall = row(tries, principles.length * allWays, "", false);
  const graded = twins.filter((twin) => twin !== null);
  const noTwins = { estimate: null, low: null, high: null, n: 0, note: "no twins" } as const;
  return {
    target: options.target,
    judge: options.judge,
    goals: options.goals,
    findings: options.findings,
    overall,
    strategies: Object.fromEntries(
      strategies.map((strategy) => {
        const { id, isAdaptive } = strategy;
        const own = tries.filter((one) => one.strategy === id);
        return [id, { ...row(own, principles.length * waysOf(strategy).length, `s/${id}`, isAdaptive), isAdaptive }];
      }),
    ),
    principles: Object.fromEntries(
      principles.map((id) => [
        id,
        row(
          tries.filter((one) => one.principleId === id),
          allWays,
          `p/${id}`,
          false,
        ),
      ]),
    ),
    corrected: correctFor(overall.asr["1"], options.judgeRates),
    twins: rateOf(graded) ?? noTwins,
    stopped,
    isGuarded: options.isGuarded,
    spent: options.spent,
  };
}

function correctFor(raw: Measured | undefined, rates: JudgeRates | undefined): Measured {
  const none = (note: string): Measured => ({ estimate: null, low: null, high: null, n: raw?.n ?? 0, note });
  if (rates === undefined) return none("no certificate of the judge");
  return isEstimate(raw) ? correctRate(raw, rates) : none("no rate to correct");
}
