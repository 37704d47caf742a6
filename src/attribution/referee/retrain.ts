import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { rng } from "../../rng.ts";
import { RecordLog } from "../../runs/index.ts";
import { contentHash, makeFolder, takeLock, writeWhole } from "../../storage/index.ts";
import type { SftJob } from "../../training/index.ts";
import { encodeExample, LocalTrainer } from "../../training/local/index.ts";
import { checkpointHash, Transformer } from "../../transformer/index.ts";
import type { Query } from "../attribution-index.ts";
import type { TrainingExample } from "../examples.ts";

/** How a model was fine-tuned, for doing it again on other examples. */
export type Recipe = Omit<SftJob, "examples" | "output" | "signal" | "stateEvery">;

/** What one retraining came to. */
export const retrainingSchema = z.object({
  id: z.string(),
  /** Retrainings of one set differ by their examples alone; two sets, by the order of training too. */
  set: z.int(),
  subset: z.int(),
  /** log P(answer | prompt) of every query, nats. */
  outputs: z.array(z.number()),
});
export type Retraining = z.infer<typeof retrainingSchema>;

/** Places of the examples of a subset: a random half, by seed and number. */
export function drawHalf(count: number, seed: number, subset: number): number[] {
  const order = rng(seed, "attribution", "half", subset).shuffle(Array.from({ length: count }, (_, i) => i));
  return order.slice(0, Math.ceil(count / 2)).sort((a, b) => a - b);
}

/** Fine-tunes anew on some examples and reads what the model then makes of the queries; the checkpoint is not kept. */
export async function retrain(
  recipe: Recipe,
  examples: readonly TrainingExample[],
  queries: readonly Query[],
  { folder, signal }: { readonly folder: string; readonly signal?: AbortSignal | undefined },
): Promise<number[]> {
  const trainer = new LocalTrainer();
  const job: SftJob = { ...recipe, examples, output: folder, stateEvery: Number.MAX_SAFE_INTEGER, signal };
  const steps = trainer.train(job);
  let checkpoint: string | undefined;
  while (checkpoint === undefined) {
    const next = await steps.next();
    if (next.done === true) checkpoint = next.value.checkpoint;
  }
  const outputs = await readOutputs(checkpoint, queries);
  rmSync(folder, { recursive: true, force: true });
  return outputs;
}

/** log P(answer | prompt) of each query under a checkpoint, nats, its end token included. */
export async function readOutputs(checkpoint: string, queries: readonly Query[]): Promise<number[]> {
  const model = await Transformer.load(checkpoint);
  try {
    const encoded = queries.map((query, i) => encodeExample(model.tokenizer, { id: `${i}`, ...query }));
    const from = encoded.map(({ weights }) => weights.findIndex((weight) => weight > 0));
    const logprobs = await model.logprobs(
      encoded.map(({ tokens }) => tokens),
      { from },
    );
    return logprobs.map((own, i) => own.subarray(from[i]).reduce((sum, value) => sum + value, 0));
  } finally {
    await model.dispose();
  }
}

export interface RetrainHalvesOptions {
  readonly folder: string;
  readonly recipe: Recipe;
  readonly examples: readonly TrainingExample[];
  readonly queries: readonly Query[];
  /** Retrainings of each set: the first is what methods are held against, the second says how far they could get. */
  readonly sets: readonly number[];
  readonly seed: number;
  readonly command: string;
  readonly signal?: AbortSignal | undefined;
  readonly onRetraining?: (fresh: boolean) => void;
}

/**
 * Retrains on random halves, one retraining at a time; those that an earlier process finished are read.
 * @throws PreceptError run-invalid for a folder whose retrainings are of another recipe, other examples or other queries.
 */
export async function retrainHalves(options: RetrainHalvesOptions): Promise<Retraining[]> {
  const { folder, recipe, examples, queries, sets, seed, command, signal, onRetraining } = options;
  makeFolder(folder);
  const lock = takeLock(folder, command);
  try {
    await refuseOthers(options);
  } catch (error) {
    lock.release();
    throw error;
  }
  const log = RecordLog.open(folder, "retrainings", retrainingSchema);
  const all: Retraining[] = [];
  try {
    for (const [set, count] of sets.entries()) {
      for (let subset = 0; subset < count; subset++) {
        const id = `${set}/${String(subset).padStart(4, "0")}`;
        const isDone = log.isDone(id);
        if (!isDone) {
          const half = drawHalf(examples.length, seed, subset).flatMap((i) => examples[i] ?? []);
          const own = { ...recipe, seed: recipe.seed + set };
          const outputs = await retrain(own, half, queries, { folder: join(folder, "work"), signal });
          await log.append(id, [{ id, set, subset, outputs }]);
        }
        all.push(...log.batch(id));
        onRetraining?.(!isDone);
      }
    }
    return all;
  } finally {
    log.release();
    lock.release();
  }
}

/** What retrainings were made with is kept beside them. */
async function refuseOthers({ folder, recipe, examples, queries, seed }: RetrainHalvesOptions): Promise<void> {
  const path = join(folder, "inputs.sha256");
  const asked = queries.map(({ prompt, completion }) => ({ prompt, completion }));
  const initial = await checkpointHash(recipe.initial);
  const inputs = contentHash({ recipe: { ...recipe, initial }, examples, queries: asked, seed });
  if (!existsSync(path)) return writeWhole(path, `${inputs}\n`);
  if (readFileSync(path, "utf8").trim() === inputs) return;
  throw new PreceptError("run-invalid", {
    attempted: `Going on with the retrainings in ${folder}`,
    found: "retrainings of another recipe, of other examples, or asked other queries",
    expected: "the same ones, of which more may be wanted",
    remedy: `remove ${folder}, or give the flags that it was begun with`,
  });
}
