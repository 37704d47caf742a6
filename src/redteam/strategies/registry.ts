import { PreceptError } from "../../errors.ts";
import { findNearest } from "../../nearest.ts";
import type { Strategy } from "../strategy.ts";
import { archive } from "./archive.ts";
import { bestOfN } from "./best-of-n.ts";
import { crescendo } from "./crescendo.ts";
import { encoding } from "./encoding.ts";
import { fewShot } from "./few-shot.ts";
import { manyShot } from "./many-shot.ts";
import { pair } from "./pair.ts";
import { persuasion } from "./persuasion.ts";
import { plain } from "./plain.ts";
import { prefix } from "./prefix.ts";
import { suffix } from "./suffix.ts";
import { tap } from "./tap.ts";
import { trained } from "./trained.ts";

/** Every strategy that there is. */
export const strategies: readonly Strategy[] = [
  plain,
  bestOfN,
  persuasion,
  manyShot,
  encoding,
  pair,
  crescendo,
  tap,
  fewShot,
  prefix,
  archive,
  suffix,
  trained,
];

/** Strategies by their names. @throws PreceptError usage for a name of none. */
export function findStrategies(names: readonly string[]): readonly Strategy[] {
  return [...new Set(names)].map((name) => {
    const found = strategies.find(({ id }) => id === name);
    if (found !== undefined) return found;
    const known = strategies.map(({ id }) => id);
    const [nearest = "persuasion"] = findNearest(name, known);
    throw new PreceptError("usage", {
      attempted: "Choosing how to attack",
      found: `no strategy "${name}"`,
      expected: known.join(", "),
      remedy: `--strategy ${nearest}`,
    });
  });
}
