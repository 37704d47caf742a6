import { z } from "zod";
import {
  type GuardLabelRecord,
  type HeadFile,
  SPLITS,
  smoothReadings,
  type TokenReadings,
} from "../guard/heads/index.ts";
import { probabilitySchema, provenance } from "../records/index.ts";

/** What the heads say of one text that they did not learn from. parents: [its guard-label]. */
export const guardScoreSchema = z.object({
  type: z.literal("guard-score"),
  ...provenance,
  promptId: z.string().min(1),
  split: z.enum(SPLITS),
  kind: z.enum(["red-team", "helpful"]),
  tokens: z.int().min(1),
  /** The first token that a usable revision has otherwise. */
  differsAt: z.int().min(0).optional(),
  labels: z.record(z.string(), probabilitySchema),
  /** By principle, every token whose smoothed logit is above all before it, with that logit. */
  highs: z.record(z.string(), z.array(z.tuple([z.int().min(0), z.number()])).min(1)),
});
export type GuardScoreRecord = z.infer<typeof guardScoreSchema>;

/** The record of a label's text as the heads read it. */
export function scoreRecord(
  label: GuardLabelRecord,
  { principles, window }: Pick<HeadFile, "principles" | "window">,
  { ends, logits }: TokenReadings,
): GuardScoreRecord {
  const smooth = smoothReadings(logits, principles.length, window);
  const { type: _, side: __, messages: ___, text: ____, sources: _____, differsAt, ...rest } = label;
  const highs = principles.map(({ id }, head): [string, [number, number][]] => {
    const own: [number, number][] = [];
    for (const t of ends.keys()) {
      const z = smooth[t * principles.length + head] ?? Number.NaN;
      if (z > (own.at(-1)?.[1] ?? Number.NEGATIVE_INFINITY)) own.push([t, z]);
    }
    return [id, own];
  });
  const first = differsAt === undefined ? -1 : ends.findIndex((end) => end > differsAt);
  return {
    ...rest,
    type: "guard-score",
    id: label.id.replace(/^guard-model\/(?:output|input)\//, "guard-model/scores/"),
    parents: [label.id],
    model: "guard-model",
    tokens: ends.length,
    differsAt: first < 0 ? undefined : first,
    highs: Object.fromEntries(highs),
  };
}

/** The greatest smoothed logit of a head in a text. */
export const peakOf = ({ highs }: Pick<GuardScoreRecord, "highs">, id: string): number =>
  highs[id]?.at(-1)?.[1] ?? Number.NEGATIVE_INFINITY;

/**
 * Tokens from the first that a revision has otherwise to the one at which a head reaches a logit, both counted; undefined where
 * it does not, or there is no revision. At least 1: a head may see a breach coming.
 */
export function lagOf({ highs, differsAt }: GuardScoreRecord, id: string, from: number): number | undefined {
  const found = highs[id]?.find(([, z]) => z >= from);
  return found === undefined || differsAt === undefined ? undefined : Math.max(1, found[0] - differsAt + 1);
}
