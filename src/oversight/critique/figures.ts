import type { Finding } from "../../feedback/index.ts";
import { type Estimate, mcnemar, rateOf } from "../../statistics/index.ts";

/** An answer with a principle, whether it breaks it, and what every level found. */
export interface JudgedAnswer {
  readonly principle: string;
  readonly isFlawed: boolean;
  /** From level 1 on. */
  readonly findings: readonly Finding[];
}

/** What a level's findings are worth. A rate is undefined where there is nothing to count. */
export interface LevelFigures {
  readonly level: number;
  /** Flaws that were found. */
  readonly recall: Estimate | undefined;
  /** Findings that are flaws. */
  readonly precision: Estimate | undefined;
  /** Answers without a flaw in which one was found. */
  readonly falseAlarms: Estimate | undefined;
  /** Critiques without a finding: no flaw found, and no answer cleared. */
  readonly unclear: number;
}

const isFoundAt =
  (level: number) =>
  ({ findings }: JudgedAnswer): boolean =>
    findings[level - 1] === "breaks";

export function figuresOf(judged: readonly JudgedAnswer[], level: number): LevelFigures {
  const found = isFoundAt(level);
  const flawed = judged.filter(({ isFlawed }) => isFlawed);
  return {
    level,
    recall: rateOf(flawed.map(found)),
    precision: rateOf(judged.filter(found).map(({ isFlawed }) => isFlawed)),
    falseAlarms: rateOf(judged.filter(({ isFlawed }) => !isFlawed).map(found)),
    unclear: judged.filter(({ findings }) => (findings[level - 1] ?? "unclear") === "unclear").length,
  };
}

/** What a level adds to the one below it, on the same answers. */
export interface LevelGain {
  readonly level: number;
  /** Recall above less recall below, and the same of false alarms; undefined where there is nothing to count. */
  readonly recall: Estimate | undefined;
  readonly falseAlarms: Estimate | undefined;
  /** Precision above less below: two points, without an interval. */
  readonly precision: number | undefined;
  readonly isKept: boolean;
}

/** A level is kept where recall rises, its whole interval above 0, and precision is not lower. */
export function gainOf(judged: readonly JudgedAnswer[], level: number): LevelGain {
  const [above, below] = [isFoundAt(level), isFoundAt(level - 1)];
  const difference = (rows: readonly JudgedAnswer[]): Estimate | undefined =>
    rows.length === 0 ? undefined : mcnemar(rows.map(above), rows.map(below)).difference;
  const recall = difference(judged.filter(({ isFlawed }) => isFlawed));
  const [upper, lower] = [figuresOf(judged, level).precision, figuresOf(judged, level - 1).precision];
  const precision = upper && lower && upper.estimate - lower.estimate;
  return {
    level,
    recall,
    falseAlarms: difference(judged.filter(({ isFlawed }) => !isFlawed)),
    precision,
    isKept: recall !== undefined && recall.low > 0 && (precision === undefined || precision >= 0),
  };
}
