import { PreceptError } from "../errors.ts";
import { findUnreachable } from "./connectivity.ts";
import { eloPerNat } from "./elo.ts";
import type { Estimate } from "./estimate.ts";
import { notEnough } from "./evidence.ts";
import { z95 } from "./intervals.ts";
import { invertPositive, multiply } from "./linear.ts";

/** One comparison; `score` is the first player's: 1 won, 0 lost, ½ a tie. `cluster`: what it shares with others, e.g. its prompt. */
export interface Game {
  readonly first: string;
  readonly second: string;
  readonly score: 0 | 0.5 | 1;
  readonly cluster?: string | undefined;
}

export interface BradleyTerryOptions {
  /** "half": a tie is half a win for each. "davidson": ties have a parameter of their own (Davidson 1970). Default "half". */
  readonly ties?: "half" | "davidson";
  /** The player at 0 Elo; without one the mean of all is 0. */
  readonly anchor?: string;
  /** Games drawn that are added between every two players (0 by default): they keep a player who never lost finite. */
  readonly prior?: number | undefined;
  /** Default: whether any game names a cluster. Then the covariance is the clustered (sandwich) one. */
  readonly clustered?: boolean;
}

export interface Rating {
  readonly player: string;
  readonly elo: number;
  readonly standardError: number;
  readonly low: number;
  readonly high: number;
  readonly games: number;
}

export interface BradleyTerry {
  /** In the order in which players first occur. */
  readonly ratings: readonly Rating[];
  /** Lead of one player over another, Elo, with its 95 % interval from the full covariance. */
  difference(player: string, other: string): Estimate & { readonly standardError: number };
  /** Elo², in the order of `ratings`. */
  readonly covariance: readonly Float64Array[];
  /** Davidson's ν: odds of a tie between equals; absent with half wins and where there were no ties. */
  readonly tieParameter?: number;
  readonly games: number;
  readonly ties: number;
  readonly clusters?: number | undefined;
}

/**
 * Bradley & Terry 1952 by maximum likelihood (Newton): P(i beats j) = 1 / (1 + e^(θ_j − θ_i)), on the Elo scale 400/ln 10.
 * Covariance: inverse information, or Σ_c g_c g_cᵀ between two of them where games share clusters.
 * @throws PreceptError not-enough-evidence for fewer than two players, or when somebody never lost or never won against
 * the others, so that no finite rating fits best; input-invalid for a player against itself.
 */
export function bradleyTerry(games: readonly Game[], options: BradleyTerryOptions = {}): BradleyTerry {
  const { ties = "half", prior = 0 } = options;
  const tally = tallyOf(games, prior);
  const { players } = tally;
  if (players.length < 2) throw notEnough(attempted, `${players.length} players`, "two players or more");
  const anchor = options.anchor === undefined ? undefined : players.indexOf(options.anchor);
  if (anchor === -1) {
    throw new PreceptError("input-invalid", {
      attempted,
      found: `the anchor ${options.anchor}`,
      expected: `one of ${players.join(", ")}`,
    });
  }
  checkConnected(tally);
  const tied = tally.pairs.reduce((sum, pair) => sum + pair.ties, 0);
  if (ties === "davidson" && tied === games.length) throw notEnough(attempted, "ties only", "a game that somebody won");
  const model: Model = { tally, hasTies: ties === "davidson" && tied > 0 };
  const { parameters, inverse } = maximise(model);
  const isClustered = options.clustered ?? games.some(({ cluster }) => cluster !== undefined);
  const robust = isClustered ? sandwich(games, model, parameters, inverse) : undefined;
  return describe(games, model, parameters, { inverse, ...robust }, { ties: tied, anchor });
}

const attempted = "Fitting Bradley–Terry ratings";

interface Pair {
  readonly i: number;
  readonly j: number;
  winsI: number;
  winsJ: number;
  ties: number;
  /** Prior draws: half a win for each, in either model. */
  prior: number;
}

interface Tally {
  readonly players: readonly string[];
  readonly index: ReadonlyMap<string, number>;
  readonly pairs: readonly Pair[];
}

/** Player 0 stands at 0; parameters are θ of the others and, with a tie parameter, log ν. */
interface Model {
  readonly tally: Tally;
  readonly hasTies: boolean;
}

function tallyOf(games: readonly Game[], prior: number): Tally {
  const index = new Map<string, number>();
  for (const { first, second } of games) {
    if (first === second) {
      throw new PreceptError("input-invalid", {
        attempted,
        found: `${first} against itself`,
        expected: "two players a game",
      });
    }
    for (const player of [first, second]) if (!index.has(player)) index.set(player, index.size);
  }
  const size = index.size;
  const pairs = new Map<number, Pair>();
  const pairOf = (i: number, j: number): Pair => {
    const key = i * size + j;
    const pair = pairs.get(key) ?? { i, j, winsI: 0, winsJ: 0, ties: 0, prior: 0 };
    pairs.set(key, pair);
    return pair;
  };
  for (const { first, second, score } of games) {
    const [a, b] = [index.get(first) ?? 0, index.get(second) ?? 0];
    const pair = pairOf(Math.min(a, b), Math.max(a, b));
    if (score === 0.5) pair.ties += 1;
    else if ((score === 1) === a < b) pair.winsI += 1;
    else pair.winsJ += 1;
  }
  if (prior > 0) for (let i = 0; i < size; i++) for (let j = i + 1; j < size; j++) pairOf(i, j).prior += prior;
  return { players: [...index.keys()], index, pairs: [...pairs.values()] };
}

/** @throws PreceptError not-enough-evidence when no finite rating fits best. */
function checkConnected({ players, pairs }: Tally): void {
  const edges = pairs.flatMap(({ i, j, winsI, winsJ, ties, prior }): [number, number][] => [
    ...(winsI + ties + prior > 0 ? [[i, j] satisfies [number, number]] : []),
    ...(winsJ + ties + prior > 0 ? [[j, i] satisfies [number, number]] : []),
  ]);
  const missing = findUnreachable(players.length, edges);
  if (missing.size === 0) return;
  const listPlayers = (isMissing: boolean): string => players.filter((_, i) => missing.has(i) === isMissing).join(", ");
  throw notEnough(
    attempted,
    `${listPlayers(true)} against ${listPlayers(false)}: one side won every game, or there was none`,
    "wins in both directions between any two groups of players",
  );
}

/** Probabilities of i winning, j winning and a tie. */
function chances(model: Model, parameters: ArrayLike<number>, i: number, j: number): readonly [number, number, number] {
  const lead = theta(parameters, i) - theta(parameters, j);
  const nu = model.hasTies ? Math.exp(parameters[model.tally.players.length - 1] ?? 0) : 0;
  // Divided by √(ab): e^(lead/2), e^(−lead/2), ν.
  const a = Math.exp(lead / 2);
  const total = a + 1 / a + nu;
  return [a / total, 1 / a / total, nu / total];
}

function theta(parameters: ArrayLike<number>, player: number): number {
  return player === 0 ? 0 : (parameters[player - 1] ?? 0);
}

interface Slope {
  readonly logLikelihood: number;
  readonly gradient: Float64Array;
  readonly information: Float64Array[];
}

function slopeAt(model: Model, parameters: Float64Array): Slope {
  const size = parameters.length;
  const last = size - 1;
  const gradient = new Float64Array(size);
  const information = Array.from({ length: size }, () => new Float64Array(size));
  const add = (row: number, column: number, value: number): void => {
    const target = information[row];
    if (row >= 0 && column >= 0 && target !== undefined) target[column] = (target[column] ?? 0) + value;
  };
  let logLikelihood = 0;
  for (const { i, j, winsI, winsJ, ties, prior } of model.tally.pairs) {
    const n = winsI + winsJ + ties + prior;
    const [pI, pJ, pT] = chances(model, parameters, i, j);
    const half = prior / 2 + (model.hasTies ? 0 : ties / 2);
    const tied = model.hasTies ? ties : 0;
    logLikelihood +=
      (winsI + half) * Math.log(pI) + (winsJ + half) * Math.log(pJ) + (tied > 0 ? tied * Math.log(pT) : 0);
    // Scores: 1, 0, ½; d/dθ_i = score − expected, d/dθ_j the opposite; d/dlog ν = ties − expected.
    const surplus = winsI + half + tied / 2 - n * (pI + pT / 2);
    const variance = n * (pI + pT / 4 - (pI + pT / 2) ** 2);
    for (const [row, sign] of [[i - 1, 1] as const, [j - 1, -1] as const]) {
      if (row < 0) continue;
      gradient[row] = (gradient[row] ?? 0) + sign * surplus;
      add(row, i - 1, sign * variance);
      add(row, j - 1, -sign * variance);
      if (model.hasTies) {
        const covariance = sign * n * (pT / 2 - pT * (pI + pT / 2));
        add(row, last, covariance);
        add(last, row, covariance);
      }
    }
    if (model.hasTies) {
      gradient[last] = (gradient[last] ?? 0) + tied - n * pT;
      add(last, last, n * pT * (1 - pT));
    }
  }
  return { logLikelihood, gradient, information };
}

/** Newton's steps, halved while the likelihood falls; it is concave, so they end at the maximum. */
function maximise(model: Model): { parameters: Float64Array; inverse: Float64Array[] } {
  const size = model.tally.players.length - 1 + (model.hasTies ? 1 : 0);
  let parameters = new Float64Array(size);
  let slope = slopeAt(model, parameters);
  for (let round = 0; round < 100; round++) {
    const inverse = invertPositive(slope.information);
    const step = multiply(inverse, slope.gradient);
    const last = parameters;
    if (step.every((value) => Math.abs(value) < 1e-9)) {
      return { parameters: last.map((value, k) => value + (step[k] ?? 0)), inverse };
    }
    const move = (scale: number): Float64Array<ArrayBuffer> => last.map((value, k) => value + scale * (step[k] ?? 0));
    let scale = 1;
    parameters = move(scale);
    let next = slopeAt(model, parameters);
    const enough = slope.logLikelihood - 1e-9 * Math.abs(slope.logLikelihood);
    while (!(next.logLikelihood >= enough) && scale > 1e-6) {
      scale /= 2;
      parameters = move(scale);
      next = slopeAt(model, parameters);
    }
    slope = next;
  }
  throw new PreceptError("not-finite", {
    attempted,
    found: "no maximum of the likelihood after 100 steps",
    expected: "ratings that settle",
  });
}

/** C/(C−1) · A⁻¹ (Σ_c g_c g_cᵀ) A⁻¹ with g_c the gradient of a cluster's games. @throws for one cluster. */
function sandwich(
  games: readonly Game[],
  model: Model,
  parameters: Float64Array,
  inverse: readonly Float64Array[],
): { covariance: Float64Array[]; clusters: number } {
  const size = parameters.length;
  const sums = new Map<string, Float64Array>();
  for (const [number, { first, second, score, cluster = `game ${number}` }] of games.entries()) {
    const [i, j] = [model.tally.index.get(first) ?? 0, model.tally.index.get(second) ?? 0];
    const [pI, , pT] = chances(model, parameters, i, j);
    const sum = sums.get(cluster) ?? new Float64Array(size);
    sums.set(cluster, sum);
    const surplus = score - (pI + pT / 2);
    if (i > 0) sum[i - 1] = (sum[i - 1] ?? 0) + surplus;
    if (j > 0) sum[j - 1] = (sum[j - 1] ?? 0) - surplus;
    if (model.hasTies) sum[size - 1] = (sum[size - 1] ?? 0) + (score === 0.5 ? 1 : 0) - pT;
  }
  const clusters = sums.size;
  if (clusters < 2) throw notEnough(attempted, "one cluster", "two clusters or more");
  const covariance = Array.from({ length: size }, () => new Float64Array(size));
  for (const sum of sums.values()) {
    const moved = multiply(inverse, sum);
    for (const [row, target] of covariance.entries()) {
      for (let k = 0; k < size; k++) {
        target[k] = (target[k] ?? 0) + (clusters / (clusters - 1)) * (moved[row] ?? 0) * (moved[k] ?? 0);
      }
    }
  }
  return { covariance, clusters };
}

/** Inverse information, and the clustered covariance where there is one. */
interface Spread {
  readonly inverse: readonly Float64Array[];
  readonly covariance?: readonly Float64Array[];
  readonly clusters?: number | undefined;
}

/** Ratings on the Elo scale, measured from the anchor or from the mean. */
function describe(
  games: readonly Game[],
  { tally: { players, index }, hasTies }: Model,
  parameters: Float64Array,
  { inverse, covariance = inverse, clusters }: Spread,
  { ties, anchor }: { readonly ties: number; readonly anchor: number | undefined },
): BradleyTerry {
  const size = players.length;
  // origin[k]: weight of player k in the zero point.
  const origin = players.map((_, k) => (anchor === undefined ? 1 / size : k === anchor ? 1 : 0));
  const zero = origin.reduce((sum, weight, k) => sum + weight * theta(parameters, k), 0);
  const elo2 = eloPerNat ** 2;
  const robust = centre(covariance, origin);
  const plain = centre(inverse, origin);
  // Where every game was a tie nothing varies: the model's own variance, since that is no certainty.
  const spread = (pick: (matrix: readonly Float64Array[]) => number): number =>
    elo2 * Math.max(0, pick(robust) > 1e-12 ? pick(robust) : pick(plain));
  const at = (matrix: readonly Float64Array[], a: number, b: number): number => matrix[a]?.[b] ?? 0;
  const played = players.map(() => 0);
  for (const { first, second } of games) {
    for (const player of [first, second]) {
      const k = index.get(player) ?? 0;
      played[k] = (played[k] ?? 0) + 1;
    }
  }
  const ratings = players.map((player, k): Rating => {
    const elo = k === anchor ? 0 : eloPerNat * (theta(parameters, k) - zero);
    const standardError = k === anchor ? 0 : Math.sqrt(spread((matrix) => at(matrix, k, k)));
    const margin = z95 * standardError;
    return { player, elo, standardError, low: elo - margin, high: elo + margin, games: played[k] ?? 0 };
  });
  return {
    ratings,
    covariance: robust.map((row) => row.map((value) => elo2 * value)),
    games: games.length,
    ties,
    ...(hasTies ? { tieParameter: Math.exp(parameters[size - 1] ?? 0) } : {}),
    clusters,
    difference(player, other) {
      const [a, b] = [player, other].map((name) => index.get(name) ?? -1);
      if (a === undefined || b === undefined || a < 0 || b < 0) {
        throw new PreceptError("input-invalid", {
          attempted: "Comparing two ratings",
          found: `${player} and ${other}`,
          expected: `two of ${players.join(", ")}`,
        });
      }
      const estimate = eloPerNat * (theta(parameters, a) - theta(parameters, b));
      const standardError = Math.sqrt(spread((matrix) => at(matrix, a, a) - 2 * at(matrix, a, b) + at(matrix, b, b)));
      const margin = z95 * standardError;
      return { estimate, low: estimate - margin, high: estimate + margin, n: clusters ?? games.length, standardError };
    },
  };
}

/** The covariance of all players measured from the zero point; player 0 stands fixed in `covariance`. Nats². */
function centre(covariance: readonly Float64Array[], origin: readonly number[]): Float64Array[] {
  const nats = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : (covariance[a - 1]?.[b - 1] ?? 0));
  const toOrigin = origin.map((_, a) => origin.reduce((sum, weight, k) => sum + weight * nats(a, k), 0));
  const ofOrigin = origin.reduce((sum, weight, k) => sum + weight * (toOrigin[k] ?? 0), 0);
  return origin.map((_, a) =>
    Float64Array.from(origin, (_, b) => nats(a, b) - (toOrigin[a] ?? 0) - (toOrigin[b] ?? 0) + ofOrigin),
  );
}
