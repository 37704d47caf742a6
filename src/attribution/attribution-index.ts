import { PreceptError } from "../errors.ts";
import type { Prompt } from "../language-model.ts";
import { loadRecords } from "../records/index.ts";
import { encodeExample } from "../training/local/index.ts";
import { loadTrainerState } from "../transformer/index.ts";
import { type AttributedModel, representationsOf } from "./build-index.ts";
import { type Curvature, storeCurvature, storeScales } from "./ekfac/fit.ts";
import { type TrainingExample, trainingExampleSchema } from "./examples.ts";
import { GradientReader } from "./gradients/gradient-reader.ts";
import { type CompletionExample, completionLoss } from "./gradients/losses.ts";
import {
  countWholeRows,
  hashVectors,
  type IndexState,
  indexFault,
  placesOf,
  type ReadingName,
  readIndexState,
  readingNames,
  vectorFiles,
} from "./index-state.ts";
import { type ExactOptions, exactInfluences } from "./referee/exact.ts";
import { TextSearch, textOf } from "./text-search.ts";

/**
 * "ekfac": ∇ℓ(q) (H + λ)⁻¹ ∇ℓ(z) / n, the change of the answer's log-probability, in nats, that the example brought (Grosse et
 * al. 2023). "tracin": ∇ℓ(q) · ∇ℓ(z) at the last checkpoint (Pruthi et al. 2020). "repsim": cosine of the last hidden states.
 * "bm25": shared words. Positive: the example pushed the answer up.
 */
export const methodNames = ["ekfac", "tracin", "repsim", "bm25"] as const;
export type MethodName = (typeof methodNames)[number];

/** An answer that is asked about. */
export interface Query {
  readonly prompt: Prompt;
  readonly completion: string;
}

/** One number for each example, by method; of a model without weights here, some methods have none. */
export type Scores = Readonly<Partial<Record<MethodName, Float64Array>>>;

/** The methods that have scores. */
export const methodsOf = (scores: Scores): MethodName[] => methodNames.filter((name) => scores[name] !== undefined);

/** An index of a model's training examples, ready for queries. */
export class AttributionIndex {
  readonly examples: readonly TrainingExample[];
  readonly state: IndexState;
  readonly #folder: string;
  readonly #reader: GradientReader<CompletionExample>;
  readonly #model: AttributedModel;
  readonly #search: TextSearch;
  readonly #curvature: Curvature;

  private constructor(parts: {
    readonly folder: string;
    readonly state: IndexState;
    readonly model: AttributedModel;
    readonly examples: readonly TrainingExample[];
    readonly reader: GradientReader<CompletionExample>;
    readonly curvature: Curvature;
  }) {
    this.#folder = parts.folder;
    this.state = parts.state;
    this.examples = parts.examples;
    this.#reader = parts.reader;
    this.#model = parts.model;
    this.#curvature = parts.curvature;
    this.#search = new TextSearch(parts.examples.map(({ prompt, completion }) => `${textOf(prompt)} ${completion}`));
  }

  /** @throws PreceptError run-invalid for an index that is not whole, of another model, or damaged. */
  static async open(folder: string, model: AttributedModel): Promise<AttributionIndex> {
    const state = readIndexState(folder);
    if (state === undefined) throw indexFault(folder, "no index.json", "an index");
    if (state.model !== model.hash) throw indexFault(folder, "an index of another model", "one of this checkpoint");
    const rows = countWholeRows(folder, state);
    if (rows < state.rows || state.files === undefined)
      throw indexFault(folder, `${rows} of ${state.rows} rows`, "all of them");
    const hashes = await hashVectors(folder, state);
    const damaged = Object.entries(state.files).filter(([name, hash]) => hashes[name] !== hash);
    if (damaged.length > 0) {
      const found = `other numbers than were written, of ${damaged.map(([name]) => name).join(", ")}`;
      throw indexFault(folder, found, "files that nobody changed");
    }
    const examples = await loadRecords(placesOf(folder).examples, trainingExampleSchema);
    const { config, weights } = model.checkpoint;
    const { projection, seed, damping } = state.settings;
    const curvature = await loadTrainerState(placesOf(folder).curvature);
    if (curvature === undefined) throw indexFault(folder, "no curvature", "the folder curvature");
    const reader = await GradientReader.create({ config, weights, loss: completionLoss, projection, seed });
    await storeCurvature(reader, curvature.tensors);
    await storeScales(reader, curvature.tensors, damping);
    return new AttributionIndex({ folder, state, model, examples, reader, curvature: curvature.tensors });
  }

  /** What each method says of every example. @throws PreceptError context-overflow for an answer longer than the context. */
  async score({ prompt, completion }: Query): Promise<Required<Scores>> {
    const { tokenizer, config } = this.#model.checkpoint;
    const query = encodeExample(tokenizer, { id: "query", prompt, completion });
    if (completionLoss.lengthOf(query) > config.contextLength) {
      throw new PreceptError("context-overflow", {
        attempted: "Attributing an answer",
        found: `${query.tokens.length} tokens`,
        expected: `at most the context of ${config.contextLength}`,
      });
    }
    const outputs = await this.#reader.read([query], ["projected", "whitened", "hidden"]);
    const files = vectorFiles(this.#folder, this.state);
    const representation = representationsOf(outputs, [query], this.#reader, this.state.hiddenSize);
    const n = this.state.rows;
    return {
      ekfac: files.ekfac.multiply(outputs["whitened"] ?? new Float32Array()).map((product) => product / n),
      tracin: files.tracin.multiply(outputs["projected"] ?? new Float32Array()),
      repsim: files.repsim.multiply(representation),
      bm25: this.#search.score(`${textOf(prompt)} ${completion}`),
    };
  }

  /** Of each query what `exactInfluences` says of every example: no projection, and a pass over all examples. */
  async scoreExactly(queries: readonly Query[], options: ExactOptions): Promise<Float64Array[]> {
    const { tokenizer } = this.#model.checkpoint;
    const examples = this.examples.map((example) => encodeExample(tokenizer, example));
    const asked = queries.map((query, i) => encodeExample(tokenizer, { id: `${i}`, ...query }));
    return exactInfluences(this.#reader, this.#curvature, asked, examples, options);
  }

  /** What the examples are by themselves. */
  readings(): Readonly<Record<ReadingName, Float64Array>> {
    const columns = readingNames.map(() => new Float64Array(this.state.rows));
    vectorFiles(this.#folder, this.state).readings.forEachRow((row, index) => {
      for (const [i, column] of columns.entries()) column[index] = row[i] ?? 0;
    });
    const [loss, squares, influences, tokens] = columns as [Float64Array, Float64Array, Float64Array, Float64Array];
    return { loss, squares, influences, tokens };
  }

  dispose(): Promise<void> {
    return this.#reader.dispose();
  }
}
