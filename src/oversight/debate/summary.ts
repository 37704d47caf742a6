import { rng } from "../../rng.ts";
import {
  attempt,
  clusterBootstrap,
  type Measured,
  mean,
  pairedDifference,
  wilsonShare,
} from "../../statistics/index.ts";
import { type Condition, conditions, type HearingRecord } from "./records.ts";

/** How often the judge picked the right answer under one condition. */
export interface ConditionFigures {
  readonly accuracy: Measured;
  /** Questions without a verdict in one of their hearings, by the reason; they are in no rate. */
  readonly undetermined: Readonly<Record<string, number>>;
}

/** Turns of those who argued for the right, or for the wrong answer. */
export interface SpeakerFigures {
  readonly turns: number;
  readonly silent: number;
  readonly quotes: number;
  readonly verified: number;
}

export interface DebateFigures {
  readonly questions: number;
  readonly conditions: Readonly<Partial<Record<Condition, ConditionFigures>>>;
  /** Of consultancy, by what the consultant argued for. */
  readonly consultants: { readonly right: Measured; readonly wrong: Measured } | null;
  /** Debate − consultancy, question by question. */
  readonly gain: Measured | null;
  /** (debate − blind) / (full sight − blind). */
  readonly way: Measured | null;
  readonly speakers: { readonly right: SpeakerFigures; readonly wrong: SpeakerFigures };
}

/** Of one question under one condition: how much of it was judged rightly, or why nothing can be said. */
type Verdict = { readonly score: number } | { readonly missing: string };

type ScoreOf = ReadonlyMap<string, number>;

/** What the hearings say; pure, and the same for records in any order. */
export function summariseHearings(records: readonly HearingRecord[], seed: number): DebateFigures {
  const sorted = [...records].sort((a, b) => (a.id < b.id ? -1 : 1));
  const questions = new Set(sorted.map(({ questionId }) => questionId));
  const held = conditions.filter((condition) => sorted.some((record) => record.condition === condition));
  const verdicts = new Map(held.map((condition) => [condition, verdictsOf(sorted, condition)]));
  const scores = new Map([...verdicts].map(([condition, own]) => [condition, scoresOf(own)]));
  const consulted = sorted.filter(({ condition }) => condition === "consultancy");
  const consultantsOf = (isRight: boolean): Measured =>
    accuracyOf(
      scoresOf(
        verdictsOf(
          consulted.filter(({ advocates, right }) => (advocates === right) === isRight),
          "consultancy",
        ),
      ),
    );
  return {
    questions: questions.size,
    conditions: Object.fromEntries(
      [...verdicts].map(([condition, own]) => [
        condition,
        { accuracy: accuracyOf(scores.get(condition) ?? new Map()), undetermined: countMissing(own) },
      ]),
    ),
    consultants: consulted.length === 0 ? null : { right: consultantsOf(true), wrong: consultantsOf(false) },
    gain: gainOf(scores.get("debate"), scores.get("consultancy")),
    way: wayOf([scores.get("blind"), scores.get("debate"), scores.get("full-sight")], seed),
    speakers: { right: speakersOf(sorted, true), wrong: speakersOf(sorted, false) },
  };
}

function verdictsOf(records: readonly HearingRecord[], condition: Condition): Map<string, Verdict> {
  const byQuestion = Map.groupBy(
    records.filter((record) => record.condition === condition),
    ({ questionId }) => questionId,
  );
  return new Map([...byQuestion].map(([id, own]) => [id, verdictOf(own)]));
}

/**
 * P(right) is averaged over orders and assignments, so that a preference for a letter cancels; a consultancy is a hearing of its own
 * for either answer, and the question's score is the mean of the two.
 */
function verdictOf(hearings: readonly HearingRecord[]): Verdict {
  const missing = hearings.find((hearing) => hearing.probability === null)?.missing;
  if (missing !== undefined) return { missing: missing ?? "unparsable" };
  const apart = [...Map.groupBy(hearings, ({ advocates }) => advocates).values()];
  return { score: mean(apart.map((own) => scoreOf(mean(own.map(probabilityOfRight))))) };
}

const probabilityOfRight = ({ probability, right }: HearingRecord): number => {
  const first = probability ?? 0.5;
  return right === 0 ? first : 1 - first;
};

/** An even verdict is a coin's: half right. */
const scoreOf = (probability: number): number => (Math.abs(probability - 0.5) < 1e-9 ? 0.5 : probability > 0.5 ? 1 : 0);

const scoresOf = (verdicts: ReadonlyMap<string, Verdict>): ScoreOf =>
  new Map([...verdicts].flatMap(([id, verdict]) => ("score" in verdict ? [[id, verdict.score] as const] : [])));

function countMissing(verdicts: ReadonlyMap<string, Verdict>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const verdict of verdicts.values())
    if ("missing" in verdict) counts[verdict.missing] = (counts[verdict.missing] ?? 0) + 1;
  return counts;
}

const none = (n: number, note: string): Measured => ({ estimate: null, low: null, high: null, n, note });

/** Wilson's interval over questions; halves make it a little too wide, never too narrow. */
function accuracyOf(scores: ScoreOf): Measured {
  const n = scores.size;
  return n === 0 ? none(0, "no verdict") : { ...wilsonShare(mean([...scores.values()]), n), n };
}

function gainOf(debate: ScoreOf | undefined, consultancy: ScoreOf | undefined): Measured | null {
  if (debate === undefined || consultancy === undefined) return null;
  const both = [...debate.keys()].filter((id) => consultancy.has(id));
  if (both.length === 0) return none(0, "no question has a verdict in both");
  const of = (scores: ScoreOf): number[] => both.map((id) => scores.get(id) ?? 0);
  const found = attempt(() => pairedDifference(of(debate), of(consultancy)));
  return found.outcome === "estimated" ? found.value : none(both.length, found.reason);
}

function wayOf([blind, debate, full]: readonly (ScoreOf | undefined)[], seed: number): Measured | null {
  if (blind === undefined || debate === undefined || full === undefined) return null;
  const shared = [...blind.keys()].filter((id) => debate.has(id) && full.has(id));
  const rows = shared.map((id) => [blind.get(id) ?? 0, debate.get(id) ?? 0, full.get(id) ?? 0] as const);
  if (rows.length === 0) return none(0, "no question has a verdict in all three");
  const found = attempt(() => {
    const { estimate, low, high, n } = clusterBootstrap(rows, shared, shareOfWay, { rng: rng(seed, "debate-way") });
    return { estimate, low, high, n };
  });
  if (found.outcome === "estimated") return found.value;
  const isWorse = Number.isNaN(shareOfWay(rows));
  return none(
    rows.length,
    isWorse ? "full sight is no better than blind" : "full sight is not surely better than blind",
  );
}

function shareOfWay(rows: readonly (readonly [number, number, number])[]): number {
  const at = (place: 0 | 1 | 2): number => mean(rows.map((row) => row[place]));
  const whole = at(2) - at(0);
  return whole > 0 ? (at(1) - at(0)) / whole : Number.NaN;
}

function speakersOf(records: readonly HearingRecord[], isRight: boolean): SpeakerFigures {
  const turns = records.flatMap(({ turns: own, isSwapped, right }) => {
    const rightSide = (right === 0) === isSwapped ? "B" : "A";
    return own.filter(({ side }) => (side === rightSide) === isRight);
  });
  const quotes = turns.flatMap((turn) => turn.quotes);
  return {
    turns: turns.length,
    silent: turns.filter(({ text }) => text === "").length,
    quotes: quotes.length,
    verified: quotes.filter(({ isVerified }) => isVerified).length,
  };
}
