import { hash32 } from "../../rng.ts";
import type { Ballots } from "./ballots.ts";

export interface SlateOptions {
  /** How many statements are chosen, at most. */
  readonly size: number;
  readonly seed: number;
  /**
   * What a statement counts for somebody who never saw it: "group" is the share of the own group that agrees, (A + 1) / (S + 2),
   * so that whoever saw few statements is represented too and late statements are not behind; "nothing" counts votes alone.
   */
  readonly unseen?: "group" | "nothing";
}

/** A statement of the slate, in the order of choice, with what its choice added to the score. */
export interface Seat {
  readonly statement: string;
  readonly gain: number;
}

export interface Slate {
  readonly seats: readonly Seat[];
  /**
   * Statements left out that a part of the public as large as one seat (participants / seats) agrees with, of whom nobody
   * agrees with anything chosen (justified representation: Aziz et al. 2017). Empty: no such part was passed over.
   */
  readonly unrepresented: readonly { readonly statement: string; readonly voters: number }[];
}

/**
 * A slate by sequential proportional approval (Thiele 1895): each seat goes to the statement of the largest
 * Σᵢ aᵢⱼ / (1 + uᵢ), uᵢ the sum of aᵢₖ over the seats already given. Ties go by the seed and the statement's id, never by the
 * order of the input. O(votes) per seat.
 */
export function chooseSlate(candidates: readonly string[], ballots: Ballots, options: SlateOptions): Slate {
  const { size, seed, unseen = "group" } = options;
  const groupCount = ballots.groups.reduce((most, group) => Math.max(most, group), -1) + 2;
  const shares = new Map(candidates.map((id) => [id, sharesOf(id, ballots, groupCount, unseen)]));
  const satisfaction = new Float64Array(ballots.participants.length);
  const left = new Set([...candidates].sort((a, b) => tie(seed, a) - tie(seed, b) || (a < b ? -1 : 1)));
  const seats: Seat[] = [];
  while (seats.length < size && left.size > 0) {
    const weights = satisfaction.map((sum) => 1 / (1 + sum));
    const groupWeights = new Float64Array(groupCount);
    for (const [index, weight] of weights.entries()) add(groupWeights, (ballots.groups[index] ?? -1) + 1, weight);
    let best: Seat | undefined;
    for (const statement of left) {
      const gain = gainOf(statement, ballots, shares.get(statement), weights, groupWeights);
      // Sums of the same terms differ in their last digits: that is a tie.
      if (best === undefined || gain > best.gain * (1 + 1e-9)) best = { statement, gain };
    }
    if (best === undefined || best.gain <= 0) break;
    seats.push(best);
    left.delete(best.statement);
    satisfy(satisfaction, best.statement, ballots, shares.get(best.statement));
  }
  return { seats, unrepresented: findUnrepresented(seats, [...left].sort(), ballots, size) };
}

const tie = (seed: number, id: string): number => hash32(`${seed}\u001f${id}`);

function add(array: Float64Array, index: number, value: number): void {
  array[index] = (array[index] ?? 0) + value;
}

/** By group, those without one first: what the statement counts for members who did not see it. */
function sharesOf(
  id: string,
  { votes, groups }: Ballots,
  groupCount: number,
  unseen: "group" | "nothing",
): Float64Array {
  const shares = new Float64Array(groupCount);
  if (unseen === "nothing") return shares;
  const [agree, seen] = [new Float64Array(groupCount), new Float64Array(groupCount)];
  const own = votes.get(id);
  for (const [at, voter] of (own?.voters ?? []).entries()) {
    const group = (groups[voter] ?? -1) + 1;
    add(seen, group, 1);
    if (own?.agrees[at] === true) add(agree, group, 1);
  }
  return shares.map((_, group) => ((agree[group] ?? 0) + 1) / ((seen[group] ?? 0) + 2));
}

/** Σ over those who agree of their weights, and over those who never saw it of their group's share of theirs. */
function gainOf(
  id: string,
  { votes, groups }: Ballots,
  shares: Float64Array | undefined,
  weights: Float64Array,
  groupWeights: Float64Array,
): number {
  let gain = groupWeights.reduce((sum, weight, group) => sum + weight * (shares?.[group] ?? 0), 0);
  const own = votes.get(id);
  for (const [at, voter] of (own?.voters ?? []).entries()) {
    const share = shares?.[(groups[voter] ?? -1) + 1] ?? 0;
    gain += (weights[voter] ?? 0) * ((own?.agrees[at] === true ? 1 : 0) - share);
  }
  return gain;
}

function satisfy(
  satisfaction: Float64Array,
  id: string,
  { votes, groups }: Ballots,
  shares: Float64Array | undefined,
): void {
  const own = votes.get(id);
  for (const index of satisfaction.keys()) add(satisfaction, index, shares?.[(groups[index] ?? -1) + 1] ?? 0);
  for (const [at, voter] of (own?.voters ?? []).entries()) {
    const share = shares?.[(groups[voter] ?? -1) + 1] ?? 0;
    add(satisfaction, voter, (own?.agrees[at] === true ? 1 : 0) - share);
  }
}

/** As `Slate.unrepresented`. */
export function findUnrepresented(
  seats: readonly Pick<Seat, "statement">[],
  left: readonly string[],
  { votes, participants }: Ballots,
  size: number,
): Slate["unrepresented"] {
  const hasSeat = new Set<number>();
  for (const { statement } of seats) for (const voter of agreeing(statement, votes)) hasSeat.add(voter);
  return left.flatMap((statement) => {
    const voters = agreeing(statement, votes).filter((voter) => !hasSeat.has(voter)).length;
    return voters > 0 && voters >= participants.length / size ? [{ statement, voters }] : [];
  });
}

function agreeing(statement: string, votes: Ballots["votes"]): number[] {
  const own = votes.get(statement);
  return (own?.voters ?? []).filter((_, at) => own?.agrees[at] === true);
}
