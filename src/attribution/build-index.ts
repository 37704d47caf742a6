import { throwIfInterrupted } from "../errors.ts";
import { type Progress, silentProgress } from "../progress/index.ts";
import { formatRecord } from "../records/index.ts";
import { rng } from "../rng.ts";
import { canonicalJson, contentHash, makeFolder, takeLock, writeWhole } from "../storage/index.ts";
import { encodeExample } from "../training/local/index.ts";
import type { Checkpoint } from "../transformer/index.ts";
import { storeScales } from "./ekfac/fit.ts";
import { openCurvature } from "./ekfac/open-curvature.ts";
import type { TrainingExample } from "./examples.ts";
import { GradientReader, type Outputs } from "./gradients/gradient-reader.ts";
import { isAttributed } from "./gradients/linear-layers.ts";
import { type CompletionExample, completionLoss } from "./gradients/losses.ts";
import {
  countWholeRows,
  defaultIndexSettings,
  type EarlierState,
  earlierFiles,
  emptyIndex,
  hashVectors,
  type IndexSettings,
  type IndexState,
  indexFault,
  isSameIndex,
  placesOf,
  readIndexState,
  readingNames,
  vectorFiles,
  writeIndexState,
} from "./index-state.ts";
import type { VectorFile } from "./vector-file.ts";

/** A model, and what it was fine-tuned on. */
export interface AttributedModel {
  readonly checkpoint: Checkpoint;
  /** Of the checkpoint. */
  readonly hash: string;
  readonly examples: readonly TrainingExample[];
  /** What its training kept on the way, in order of steps: TracInCP sums over them and the checkpoint. */
  readonly earlier?: readonly EarlierCheckpoint[] | undefined;
}

export interface EarlierCheckpoint extends EarlierState {
  load(): Promise<Checkpoint>;
}

export interface BuildOptions {
  readonly settings?: Partial<IndexSettings> | undefined;
  /** An index of another model, of other examples or with other settings is made anew instead of refused. */
  readonly rebuild?: boolean | undefined;
  readonly command: string;
  readonly progress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}

const sourceOf = ({ checkpoint, examples }: AttributedModel): CompletionExample[] =>
  examples.map((example) => encodeExample(checkpoint.tokenizer, example));

/** Layers that read one input are one: q, k and v; o; gate and up; down. */
const layersPerBlock = 4;

/**
 * Makes the index of a model's examples in a folder, or goes on where an earlier process stopped: what is there at the end has the
 * same bytes. @throws PreceptError run-invalid for an index of another model, of other examples or settings, or a damaged one;
 * run-locked; interrupted.
 */
export async function buildIndex(folder: string, model: AttributedModel, options: BuildOptions): Promise<IndexState> {
  const { rebuild = false, command, progress = silentProgress, signal } = options;
  const settings = { ...defaultIndexSettings, ...options.settings };
  const { config, weights } = model.checkpoint;
  const encoded = sourceOf(model);
  const fitting = model.examples.flatMap((example, i) => {
    const own = encoded[i] as CompletionExample;
    return completionLoss.lengthOf(own) <= config.contextLength ? [{ example, own }] : [];
  });
  const reader = await GradientReader.create({
    config,
    weights,
    loss: completionLoss,
    projection: settings.projection,
    seed: settings.seed,
  });
  try {
    const batches = reader
      .plan(fitting.map(({ own }) => own))
      .map((members) => members.flatMap((i) => fitting[i] ?? []));
    const ordered = batches.flat();
    const state: IndexState = {
      schemaVersion: 1,
      model: model.hash,
      examples: contentHash(ordered.map(({ example }) => example)),
      settings,
      rows: ordered.length,
      dimensions: config.layers * layersPerBlock * settings.projection ** 2,
      hiddenSize: config.hiddenSize,
      ...(model.earlier?.length && { earlier: model.earlier.map(({ step, share, hash }) => ({ step, share, hash })) }),
    };
    const wholeIndex = (): IndexState | undefined => {
      const before = readIndexState(folder);
      if (rebuild || before === undefined) return undefined;
      if (!isSameIndex(before, state)) throw describeOther(folder, before, state);
      return before.files !== undefined && countWholeRows(folder, state) >= state.rows ? before : undefined;
    };
    const whole = wholeIndex();
    if (whole !== undefined) return whole;
    makeFolder(folder);
    const lock = takeLock(folder, command);
    try {
      // Another process may have made it meanwhile.
      const made = wholeIndex();
      if (made !== undefined) return made;
      const before = readIndexState(folder);
      // Nobody knows what numbers without a state were made with.
      if (rebuild || before === undefined) emptyIndex(folder);
      const recorded = rebuild ? undefined : before?.files;
      const lines = ordered.map(({ example }) => `${formatRecord(example)}\n`);
      writeWhole(placesOf(folder).examples, lines.join(""));
      writeIndexState(folder, state);
      const { seed, curvatureExamples } = settings;
      const owned = rng(seed, "attribution", "curvature").shuffle(ordered.map(({ own }) => own));
      const chosen = owned.slice(0, curvatureExamples);
      const curvature = await openCurvature(reader, chosen, {
        ...{ folder: placesOf(folder).curvature, of: contentHash({ model: model.hash, chosen, seed }), seed, signal },
        onPasses: (passes) =>
          passes > 0 &&
          progress.start("attribution", "curvature of the loss (EK-FAC)", passes * chosen.length, "examples"),
        onExamples: (n) => progress.advance(n),
      });
      await storeScales(reader, curvature, settings.damping);
      const following = { progress, signal };
      const rows = batches.map((batch) => batch.map(({ own }) => own));
      await appendRows(folder, state, reader, rows, following);
      for (const [i, [, file]] of earlierFiles(folder, state).entries())
        await appendEarlier(file, model.earlier?.[i], state, rows, following);
      const files = await hashVectors(folder, state);
      if (recorded !== undefined && contentHash(recorded) !== contentHash(files))
        throw indexFault(folder, "other numbers than it was made with", "the files that were written");
      const whole = { ...state, files };
      writeIndexState(folder, whole);
      return whole;
    } finally {
      lock.release();
      progress.finish();
    }
  } finally {
    await reader.dispose();
  }
}

type Following = { readonly progress: Progress; readonly signal: AbortSignal | undefined };

/** The gradients of all examples, and what is read beside them. */
async function appendRows(
  folder: string,
  state: IndexState,
  reader: GradientReader<CompletionExample>,
  batches: readonly (readonly CompletionExample[])[],
  { progress, signal }: Following,
): Promise<void> {
  const { tracin, ekfac, repsim, readings } = vectorFiles(folder, state);
  progress.start("attribution", "gradients of the training examples", state.rows, "examples");
  for (const { batch, appendTo } of unreadBatches([tracin, ekfac, repsim, readings], batches, progress)) {
    throwIfInterrupted(signal, "Reading gradients");
    const outputs = await reader.read(batch, ["projected", "whitened", "squares", "influences", "hidden"]);
    appendTo(tracin, outputs["projected"]);
    appendTo(ekfac, outputs["whitened"]);
    appendTo(repsim, representationsOf(outputs, batch, reader, state.hiddenSize));
    appendTo(readings, readingsOf(outputs, batch));
  }
}

/** The gradients of all examples at an earlier checkpoint, under the same projection. */
async function appendEarlier(
  file: VectorFile,
  earlier: EarlierCheckpoint | undefined,
  { rows, settings: { projection, seed } }: IndexState,
  batches: readonly (readonly CompletionExample[])[],
  { progress, signal }: Following,
): Promise<void> {
  if (earlier === undefined || file.countRows() >= rows) return;
  const { config, weights } = await earlier.load();
  const reader = await GradientReader.create({ config, weights, loss: completionLoss, projection, seed });
  try {
    progress.start("attribution", `gradients at step ${earlier.step}`, rows, "examples");
    for (const { batch, appendTo } of unreadBatches([file], batches, progress)) {
      throwIfInterrupted(signal, "Reading gradients");
      appendTo(file, (await reader.read(batch, ["projected"]))["projected"]);
    }
  } finally {
    await reader.dispose();
  }
}

/** Batches of which some file lacks a row, which may stand in the middle of a batch; what comes after is cut off first. */
function* unreadBatches<X>(files: readonly VectorFile[], batches: readonly (readonly X[])[], progress: Progress) {
  const done = Math.min(...files.map((file) => file.countRows()));
  for (const file of files) file.cut(done);
  let first = 0;
  for (const batch of batches) {
    const skipped = Math.min(batch.length, Math.max(0, done - first));
    first += batch.length;
    if (skipped < batch.length) {
      const appendTo = (file: VectorFile, rows: Float32Array = new Float32Array()): void =>
        file.append(rows.subarray(skipped * file.width, batch.length * file.width));
      yield { batch, appendTo };
    }
    progress.advance(batch.length);
  }
}

/** The last hidden state that foretells a token of the example, of each example of a batch, scaled to length 1: (E, C). */
export function representationsOf(
  outputs: Outputs,
  batch: readonly CompletionExample[],
  reader: GradientReader<CompletionExample>,
  width: number,
): Float32Array {
  const { hidden = new Float32Array() } = outputs;
  const length = reader.rowLength(batch);
  const representations = new Float32Array(batch.length * width);
  for (const [i, example] of batch.entries()) {
    const place = (i * length + completionLoss.lengthOf(example) - 1) * width;
    const own = hidden.subarray(place, place + width);
    const norm = Math.sqrt(own.reduce((sum, value) => sum + value * value, 0));
    representations.set(
      own.map((value) => value / (norm || 1)),
      i * width,
    );
  }
  return representations;
}

function readingsOf(outputs: Outputs, batch: readonly CompletionExample[]): Float32Array {
  return Float32Array.from(
    batch.flatMap(({ weights }, i) =>
      readingNames.map((name) =>
        name === "tokens" ? weights.slice(1).filter((weight) => weight > 0).length : (outputs[name]?.[i] ?? 0),
      ),
    ),
  );
}

/** Parameters that gradients are taken of, and all: what the index cannot see is the difference. */
export function countAttributed({ weights }: Pick<Checkpoint, "weights">): {
  readonly attributed: number;
  readonly all: number;
} {
  let [attributed, all] = [0, 0];
  for (const [name, { data }] of weights) {
    all += data.length;
    if (isAttributed(name)) attributed += data.length;
  }
  return { attributed, all };
}

function describeOther(folder: string, before: IndexState, now: IndexState) {
  if (before.model !== now.model)
    return indexFault(
      folder,
      `an index of another model (${shortenHash(before.model)})`,
      `one of this checkpoint (${shortenHash(now.model)})`,
    );
  if (before.examples !== now.examples)
    return indexFault(
      folder,
      `an index of ${before.rows} examples that are not the run's any more`,
      `one of the ${now.rows} examples that the run has now; examples were deleted, added or changed`,
    );
  if (canonicalJson(before.earlier ?? []) !== canonicalJson(now.earlier ?? []))
    return indexFault(
      folder,
      `an index over ${describeSteps(before)}`,
      `one over ${describeSteps(now)}, which the run has now`,
    );
  return indexFault(
    folder,
    `an index with other settings (${JSON.stringify(before.settings)})`,
    `one with ${JSON.stringify(now.settings)}`,
  );
}

const describeSteps = ({ earlier = [] }: IndexState): string =>
  earlier.length === 0
    ? "the last checkpoint alone"
    : `checkpoints of steps ${earlier.map(({ step }) => step).join(", ")} and the last`;

const shortenHash = (hash: string): string => hash.replace(/^sha256:/, "").slice(0, 12);
