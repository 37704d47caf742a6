import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { throwIfInterrupted } from "../../errors.ts";
import type { Progress } from "../../progress/index.ts";
import { makeFolder, writeWhole } from "../../storage/index.ts";
import { decodeSafetensors, encodeSafetensors } from "../../transformer/index.ts";
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

/** Learns a dictionary of stored activations: of the first site's, or from the first site's the second's, as a transcoder. */
export async function learnDictionary(job: LearnJob): Promise<Learned> {
  const { folder, store, options, threads, progress, signal } = job;
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
    if (existsSync(statePath)) training.restore(decodeSafetensors(readFileSync(statePath), statePath));
    progress.start("features", `${options.size} features`, options.steps - training.step, "steps");
    let saved = Date.now();
    const recent: DictionaryStep[] = [];
    while (training.step < options.steps) {
      if (signal?.aborted === true) writeWhole(statePath, encodeSafetensors(training.state()));
      throwIfInterrupted(signal, "Learning a dictionary");
      const [x, y] = store.batch(training.step, options.batch);
      const centred = standardise(x!, own);
      recent.push(await training.train(centred, y === undefined ? centred : standardise(y, other)));
      if (recent.length > Math.max(1, options.steps / 20)) recent.shift();
      progress.advance(1);
      if (Date.now() - saved > STATE_SECONDS * 1000) {
        writeWhole(statePath, encodeSafetensors(training.state()));
        saved = Date.now();
      }
      // Lets signals and progress through: the products block this thread while they are made.
      await new Promise((resolve) => setImmediate(resolve));
    }
    rmSync(statePath, { force: true });
    return { dictionary: unstandardise(training.dictionary(), own, other), last: meanOf(recent, training.step) };
  } finally {
    progress.finish();
    await training.dispose();
  }
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
