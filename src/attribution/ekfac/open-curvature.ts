import { existsSync } from "node:fs";
import { z } from "zod";
import { loadTrainerState, saveTrainerState } from "../../transformer/index.ts";
import type { GradientReader } from "../gradients/gradient-reader.ts";
import { type Curvature, type FitOptions, fitCurvature, storeCurvature } from "./fit.ts";

const keptSchema = z.object({ of: z.string() });

export interface OpenOptions extends FitOptions {
  readonly folder: string;
  /** A hash of the weights and examples that it is of. */
  readonly of: string;
  /** Before the first gradient: how often `onExamples` will hear of each example: not at all where the curvature is kept, else twice. */
  readonly onPasses?: ((passes: 0 | 2) => void) | undefined;
}

/** The curvature that is kept in a folder, where it is of the same weights and examples, else a fresh one, which is kept. */
export async function openCurvature<X>(
  reader: GradientReader<X>,
  examples: readonly X[],
  { folder, of, onPasses, ...fit }: OpenOptions,
): Promise<Curvature> {
  const known = existsSync(folder) ? await loadTrainerState(folder) : undefined;
  if (known !== undefined && keptSchema.safeParse(known.json).data?.of === of) {
    onPasses?.(0);
    await storeCurvature(reader, known.tensors);
    return known.tensors;
  }
  onPasses?.(2);
  const curvature = await fitCurvature(reader, examples, fit);
  await saveTrainerState(folder, { tensors: curvature, json: { of } });
  return curvature;
}
