import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { PreceptError, throwIfInterrupted } from "../../errors.ts";
import type { Progress } from "../../progress/index.ts";
import { contentHash, makeFolder, writeWhole } from "../../storage/index.ts";
import { decodeSafetensors, encodeSafetensors, type Weights } from "../../transformer/index.ts";
import type { ActivationStore } from "../activations/store.ts";
import type { Dictionary } from "./dictionary.ts";
import type { DictionaryOptions } from "./options.ts";
import { type Standard, standardise, standardOf, unstandardise } from "./standardise.ts";
import { type DictionaryStep, DictionaryTraining } from "./training.ts";

export interface LearnJob {
  /** Holds the state while it learns; the same call goes on after an interruption. */
  readonly folder: string;
  readonly store: ActivationStore;
  readonly options: DictionaryOptions;
  readonly threads?: number | undefined;
  /** Between writings of the state. Default 20. */
  readonly stateSeconds?: number | undefined;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

export interface Learned {
  readonly dictionary: Dictionary;
  /** Means over the last twentieth of the steps. */
  readonly last: DictionaryStep;
}

/** Rows that mean and scale are taken of. */
const STANDARD_ROWS = 16_384;
const STATE_SECONDS = 20;
/** Features per token of a dictionary in which next to nothing is ever active. */
const SILENT = 0.01;

/**
 * Learns a dictionary of stored activations: of the first site's, or from the first site's the second's, as a transcoder.
 * @throws PreceptError run-invalid where the folder holds the state of another learning; not-finite; not-enough-evidence where every
 * feature is silent at the end; interrupted.
 */
export async function learnDictionary(job: LearnJob): Promise<Learned> {
  const { folder, store, options, threads, stateSeconds = STATE_SECONDS, progress, signal } = job;
  const { widths, rowsPerShard } = store.file;
  const [inputs, outputs = inputs] = widths as [number, number?];
  const standards = store
    .batch(0, Math.min(STANDARD_ROWS, rowsPerShard))
    .map((rows, index): Standard => standardOf(rows, widths[index]!));
  const [own, other = own] = standards as [Standard, Standard?];
  const training = await DictionaryTraining.create(options, { inputs, outputs }, threads);
  const statePath = join(folder, "state.safetensors");
  try {
    makeFolder(folder);
    const mark = markOf(job);
    const save = (): void =>
      writeWhole(statePath, encodeSafetensors(new Map([...training.state(), ["of", { shape: [MARK], data: mark }]])));
    if (existsSync(statePath)) training.restore(readState(statePath, mark));
    progress.start("features", `${options.size} features`, options.steps - training.step, "steps");
    let saved = Date.now();
    const recent: DictionaryStep[] = [];
    while (training.step < options.steps) {
      if (signal?.aborted === true) save();
      throwIfInterrupted(signal, "Learning a dictionary");
      const [x, y] = store.batch(training.step, options.batch);
      const centred = standardise(x!, own);
      recent.push(await training.train(centred, y === undefined ? centred : standardise(y, other)));
      if (recent.length > Math.max(1, options.steps / 20)) recent.shift();
      progress.advance(1);
      if (Date.now() - saved > stateSeconds * 1000) {
        save();
        saved = Date.now();
      }
      // Lets signals and progress through: the products block this thread while they are made.
      await new Promise((resolve) => setImmediate(resolve));
    }
    rmSync(statePath, { force: true });
    const last = meanOf(recent, training.step);
    refuseSilent(last, options);
    return { dictionary: unstandardise(training.dictionary(), own, other), last };
  } finally {
    progress.finish();
    await training.dispose();
  }
}

/** Numbers of 16 bits that say which learning a state is of: its options and its activations, by hash. */
const MARK = 16;

function markOf({ store, options }: LearnJob): Float32Array {
  const { kind, size, k, l1, batch, steps, learningRate, seed } = options;
  const { shards: _, ...activations } = store.file;
  const hash = contentHash({ kind, size, k, l1, batch, steps, learningRate, seed, activations });
  return Float32Array.from({ length: MARK }, (__, i) => Number.parseInt(hash.slice(4 * i, 4 * i + 4), 16));
}

function readState(path: string, mark: Float32Array): Weights {
  const state = decodeSafetensors(readFileSync(path), path);
  if (state.get("of")?.data.join() === mark.join()) return state;
  throw new PreceptError("run-invalid", {
    attempted: `Going on with the dictionary in ${path}`,
    found: "the state of a learning with other options, or of other activations",
    expected: "one of this command's",
    remedy: `give the command that began it, or remove ${path} to begin anew`,
  });
}

function refuseSilent({ l0, unexplained }: DictionaryStep, { kind, l1, learningRate }: DictionaryOptions): void {
  if (l0 >= SILENT) return;
  throw new PreceptError("not-enough-evidence", {
    attempted: "Learning a dictionary",
    found: `features that are all silent: ${l0.toFixed(3)} active per token, ${(100 * unexplained).toFixed(0)} % of the variance left`,
    expected: "some that are active",
    remedy:
      kind === "l1" ? `a price below --l1 ${l1}, or a rate below ${learningRate}` : `a --rate below ${learningRate}`,
  });
}

function meanOf(steps: readonly DictionaryStep[], step: number): DictionaryStep {
  const mean = (read: (one: DictionaryStep) => number): number =>
    steps.reduce((sum, one) => sum + read(one), 0) / Math.max(1, steps.length);
  return {
    step,
    unexplained: mean(({ unexplained }) => unexplained),
    l0: mean(({ l0 }) => l0),
    dead: steps.at(-1)?.dead ?? 0,
  };
}
