import { PreceptError } from "../errors.ts";
import { type HeadFile, scoreOf } from "../guard/heads/index.ts";
import { type Estimate, wilson, z95 } from "../statistics/index.ts";
import { type GuardScoreRecord, lagOf, peakOf } from "./guard-scores.ts";

/** The thresholds of one head, and what they do on development texts, by the labels of the run. */
export interface HeadThresholds {
  readonly id: string;
  readonly pass: number;
  readonly act: number;
  /** Broken texts that it acts on; undefined where there are none. */
  readonly caught: Estimate | undefined;
}

export interface TunedThresholds {
  readonly heads: readonly HeadThresholds[];
  /** Harmless texts on which any head acts, one for each prompt. */
  readonly falseBlocks: Estimate;
  /** 99.9th percentile of the tokens from where a revision differs to where a head acts; undefined where nothing shows it. */
  readonly holdTokens: number | undefined;
}

/** Harmless texts that prove a share of false blocks, when none is seen: Wilson's upper limit of 0 of n is z² / (n + z²). */
export const provingCount = (share: number): number => Math.ceil((z95 * z95 * (1 - share)) / share);

/**
 * The lowest thresholds whose false blocks, by Wilson's upper 95 % limit over harmless development texts, stay within `maxFalseBlocks`:
 * of every head the threshold lies between its k-th highest harmless text and the next broken one above it, for the greatest k
 * that all heads together can afford. A text is harmless if every critique of it found that it keeps its principle, and the prompt was
 * no attack: refusals of attacks are no text that a guard could wrongly block.
 * @throws PreceptError not-enough-evidence where even thresholds above all of them prove nothing.
 */
export function chooseThresholds(
  { principles }: Pick<HeadFile, "principles">,
  scores: readonly GuardScoreRecord[],
  maxFalseBlocks: number,
): TunedThresholds {
  const development = scores.filter(({ split }) => split === "development");
  const harmless = onePerPrompt(development.filter((score) => isHarmless(score, principles)));
  const needed = provingCount(maxFalseBlocks);
  if (harmless.length < needed) throw tooFew(harmless.length, needed, maxFalseBlocks);
  const heads = principles.map((head) => {
    const peaks = harmless.map((score) => peakOf(score, head.id)).sort((a, b) => b - a);
    const broken = development.filter(({ labels }) => (labels[head.id] ?? 0) > 0.5);
    return { head, peaks, broken, reached: broken.map((score) => peakOf(score, head.id)).sort((a, b) => a - b) };
  });
  const at = (k: number): readonly number[] => heads.map(({ peaks, reached }) => above(peaks[k], reached));
  const falseAt = (from: readonly number[]): Estimate => {
    const isBlocked = (score: GuardScoreRecord): boolean =>
      principles.some(({ id }, head) => peakOf(score, id) >= (from[head] ?? Number.POSITIVE_INFINITY));
    return wilson(harmless.filter(isBlocked).length, harmless.length);
  };
  let chosen = at(0);
  for (let k = 1; k < harmless.length && falseAt(at(k)).high <= maxFalseBlocks; k++) chosen = at(k);
  const lags = heads.flatMap(({ head, broken }, index) =>
    broken.flatMap((score) => lagOf(score, head.id, chosen[index] ?? Number.POSITIVE_INFINITY) ?? []),
  );
  lags.sort((a, b) => a - b);
  return {
    heads: heads.map(({ head, reached }, index) => {
      const from = chosen[index] ?? Number.POSITIVE_INFINITY;
      const caught = reached.filter((z) => z >= from).length;
      // Below, one broken text in a hundred lies: less is not worth a critic's time.
      const lowest = reached[Math.floor(0.01 * reached.length)] ?? from;
      const act = scoreOf(head, from);
      return {
        id: head.id,
        act,
        pass: Math.min(act, scoreOf(head, lowest)),
        caught: reached.length === 0 ? undefined : wilson(caught, reached.length),
      };
    }),
    falseBlocks: falseAt(chosen),
    holdTokens: lags.length === 0 ? undefined : lags[Math.ceil(0.999 * lags.length) - 1],
  };
}

export function isHarmless(
  { labels, kind }: Pick<GuardScoreRecord, "labels" | "kind">,
  principles: readonly { readonly id: string }[],
): boolean {
  if (kind !== "helpful" || principles.some(({ id }) => labels[id] === undefined)) return false;
  return Object.values(labels).every((label) => label <= 0.5);
}

/** Texts about one prompt are not independent. */
function onePerPrompt(scores: readonly GuardScoreRecord[]): GuardScoreRecord[] {
  return [...Map.groupBy(scores, ({ promptId }) => promptId).values()].flatMap((own) => own.slice(0, 1));
}

/** Between a harmless text's logit and the next broken one above it; one above, where there is none. */
function above(peak = Number.NEGATIVE_INFINITY, reached: readonly number[]): number {
  const next = reached.find((z) => z > peak);
  return next === undefined ? peak + 1 : (peak + next) / 2;
}

function tooFew(found: number, needed: number, share: number): PreceptError {
  const percent = `${Number((100 * share).toPrecision(3))} %`;
  return new PreceptError("not-enough-evidence", {
    attempted: `Choosing thresholds with at most ${percent} false blocks`,
    found: `${found} harmless development texts`,
    expected: `not enough harmless items, needs n ≥ ${needed}: without a single false block fewer prove no such share`,
    remedy: `make a run with more harmless prompts (35 of 100 are development), or allow more: with ${found} at most ${
      found === 0 ? "nothing" : `${((100 * z95 * z95) / (found + z95 * z95)).toFixed(2)} %`
    } can be proved`,
  });
}
