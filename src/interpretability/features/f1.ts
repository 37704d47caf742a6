import { rng } from "../../rng.ts";
import type { Maxima, Side } from "./maxima.ts";

/** Something that holds of some texts and not of others. */
export interface Attribute {
  readonly group: string;
  readonly name: string;
  readonly side: Side;
  /** (N). */
  readonly holds: Uint8Array;
}

/** The unit whose threshold tells best whether an attribute holds: chosen on one half of the texts, measured on the other. */
export interface BestUnit {
  readonly unit: number;
  readonly threshold: number;
  readonly f1: number;
  /** 95 % of bootstrap samples over texts. */
  readonly low: number;
  readonly high: number;
  /** Texts of the measured half, and of how many of them the attribute holds. */
  readonly n: number;
  readonly positives: number;
}

/** F1 of a threshold: 2 TP / (2 TP + FP + FN); 0 without a true positive. */
export const f1Of = (truePositives: number, falsePositives: number, falseNegatives: number): number =>
  truePositives === 0 ? 0 : (2 * truePositives) / (2 * truePositives + falsePositives + falseNegatives);

const isChosen = (text: number): boolean => text % 2 === 0;

/** A unit and the threshold that tell an attribute best on the half of the texts that chooses, with its F1 there. */
export type ChosenUnit = Pick<BestUnit, "unit" | "threshold" | "f1">;

/** For every attribute the best of all units. Texts of even number choose unit and threshold, the others measure. */
export function findBestUnits(maxima: Maxima, attributes: readonly Attribute[]): BestUnit[] {
  return chooseUnits(maxima, attributes).map((chosen, index) => measureUnit(maxima, attributes[index]!, chosen, index));
}

/** What a chosen unit is worth on the half that did not choose it. */
export function measureUnit({ units, of }: Maxima, attribute: Attribute, chosen: ChosenUnit, seed: number): BestUnit {
  const { holds, side } = attribute;
  const { unit, threshold } = chosen;
  const decide = (text: number): boolean => of[side][text * units + unit]! > threshold;
  return { unit, threshold, ...measureF1(holds, decide, seed) };
}

/** The choice alone, on texts of even number. */
export function chooseUnits({ units, of }: Maxima, attributes: readonly Attribute[]): ChosenUnit[] {
  const texts = attributes[0]?.holds.length ?? 0;
  const choosing = Array.from({ length: texts }, (_, text) => text).filter(isChosen);
  const best = attributes.map(() => ({ unit: 0, threshold: Number.POSITIVE_INFINITY, f1: 0 }));
  const totals = attributes.map(({ holds }) => choosing.reduce((sum, text) => sum + holds[text]!, 0));
  const order = Float64Array.from(choosing);
  for (const side of ["request", "answer"] as const) {
    const own = [...attributes.keys()].filter((index) => attributes[index]!.side === side);
    if (own.length === 0) continue;
    for (let unit = 0; unit < units; unit++) {
      const readValue = (text: number): number => of[side][text * units + unit]!;
      order.sort((a, b) => readValue(b) - readValue(a));
      for (const index of own) {
        const { holds } = attributes[index]!;
        let found = 0;
        for (let rank = 0; rank < order.length; rank++) {
          found += holds[order[rank]!]!;
          const value = readValue(order[rank]!);
          // A threshold lies between two values that differ; features that are not active stand at 0.
          const next = rank + 1 < order.length ? readValue(order[rank + 1]!) : Number.NEGATIVE_INFINITY;
          if (next === value) continue;
          const f1 = f1Of(found, rank + 1 - found, totals[index]! - found);
          if (f1 > best[index]!.f1)
            best[index] = { unit, threshold: next === Number.NEGATIVE_INFINITY ? next : (value + next) / 2, f1 };
        }
      }
    }
  }
  return best;
}

/** F1 on the measured half, with its bootstrap interval. */
export function measureF1(
  holds: Uint8Array,
  decide: (text: number) => boolean,
  seed: number,
): Omit<BestUnit, "unit" | "threshold"> {
  const measured = [...holds.keys()].filter((text) => !isChosen(text));
  const kinds = measured.map((text) => (holds[text] === 1 ? (decide(text) ? 0 : 2) : decide(text) ? 1 : 3));
  const count = (sample: readonly number[]): number => {
    const counts = [0, 0, 0, 0];
    for (const kind of sample) counts[kind]!++;
    return f1Of(counts[0]!, counts[1]!, counts[2]!);
  };
  const random = rng(seed, "f1");
  const samples = Array.from({ length: 400 }, () => count(kinds.map(() => kinds[random.integer(kinds.length)]!)));
  samples.sort((a, b) => a - b);
  return {
    f1: count(kinds),
    low: samples[Math.floor(0.025 * samples.length)]!,
    high: samples[Math.ceil(0.975 * samples.length) - 1]!,
    n: measured.length,
    positives: measured.reduce((sum, text) => sum + holds[text]!, 0),
  };
}
