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
  earlierFiles,
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
import type { VectorFile } from "./vector-file.ts";

/**
 * "ekfac": ∇ℓ(q) (H + λ)⁻¹ ∇ℓ(z) / n, the change of the answer's log-probability, in nats, that the example would have brought were
 * training at its end (Grosse et al. 2023): a straight line drawn far, so that its order says much and its size little. "tracin": Σ η_c ∇ℓ_c(q) · ∇ℓ_c(z) over the checkpoints that the training kept, η_c the share of the learning
 * rate that was spent on the way to each (TracInCP, Pruthi et al. 2020 §3.2); of a last one alone, the product. "repsim": cosine of the last hidden states.
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

interface EarlierReader {
  readonly reader: GradientReader<CompletionExample>;
  readonly file: VectorFile;
  readonly share: number;
}

/** An index of a model's training examples, ready for queries. */
export class AttributionIndex {
  readonly examples: readonly TrainingExample[];
  readonly state: IndexState;
  readonly #folder: string;
  readonly #reader: GradientReader<CompletionExample>;
  readonly #model: AttributedModel;
  readonly #search: TextSearch;
  readonly #curvature: Curvature;
  readonly #earlier: readonly EarlierReader[];

  private constructor(parts: {
    readonly folder: string;
    readonly state: IndexState;
    readonly model: AttributedModel;
    readonly examples: readonly TrainingExample[];
    readonly reader: GradientReader<CompletionExample>;
    readonly curvature: Curvature;
    readonly earlier: readonly EarlierReader[];
  }) {
    this.#folder = parts.folder;
    this.state = parts.state;
    this.examples = parts.examples;
    this.#reader = parts.reader;
    this.#model = parts.model;
    this.#curvature = parts.curvature;
    this.#earlier = parts.earlier;
    this.#search = new TextSearch(parts.examples.map(({ prompt, completion }) => `${textOf(prompt)} ${completion}`));
  }

  /** @throws PreceptError run-invalid for an index that is not whole, of another model, or damaged. */
  static async open(folder: string, model: AttributedModel): Promise<AttributionIndex> {
    const state = readIndexState(folder);
    if (state === undefined) throw indexFault(folder, "no index.json", "an index");
    if (state.model !== model.hash) throw indexFault(folder, "an index of another model", "one of this checkpoint");
    const { earlier: kept = [] } = model;
    const isKept = (hash: string): boolean => kept.some((one) => one.hash === hash);
    if (!(state.earlier ?? []).every(({ hash }) => isKept(hash)))
      throw indexFault(folder, "an index over checkpoints that the run has no more", "one over those that it has");
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
    const earlier: EarlierReader[] = [];
    for (const [i, [, file]] of earlierFiles(folder, state).entries()) {
      const { hash = "", share = 0 } = state.earlier?.[i] ?? {};
      const own = await kept.find((one) => one.hash === hash)?.load();
      if (own === undefined) continue;
      const { config, weights } = own;
      const reader = await GradientReader.create({ config, weights, loss: completionLoss, projection, seed });
      earlier.push({ reader, file, share });
    }
    return new AttributionIndex({ folder, state, model, examples, reader, curvature: curvature.tensors, earlier });
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
      tracin: await this.#sumOverCheckpoints(query, files.tracin.multiply(outputs["projected"] ?? new Float32Array())),
      repsim: files.repsim.multiply(representation),
      bm25: this.#search.score(`${textOf(prompt)} ${completion}`),
    };
  }

  /** TracInCP, of what the last checkpoint says and each earlier one. */
  async #sumOverCheckpoints(query: CompletionExample, last: Float64Array): Promise<Float64Array> {
    const spent = this.#earlier.reduce((sum, { share }) => sum + share, 0);
    const total = last.map((product) => (1 - spent) * product);
    for (const { reader, file, share } of this.#earlier) {
      const { projected = new Float32Array() } = await reader.read([query], ["projected"]);
      for (const [i, product] of file.multiply(projected).entries()) total[i] = (total[i] ?? 0) + share * product;
    }
    return total;
  }

  /** Of each query what `exactInfluences` says of every example: no projection, and a pass over all examples. */
  async scoreExactly(queries: readonly Query[], options: ExactOptions): Promise<Float64Array[]> {
    const { tokenizer } = this.#model.checkpoint;
    const examples = this.examples.map((example) => encodeExample(tokenizer, example));
    const asked = queries.map((query, i) => encodeExample(tokenizer, { id: `${i}`, ...query }));
    const rows = await exactInfluences(this.#reader, this.#curvature, asked, examples, options);
    return options.damping === "none" ? rows : rows.map((row) => row.map((product) => product / examples.length));
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

  async dispose(): Promise<void> {
    for (const { reader } of this.#earlier) await reader.dispose();
    await this.#reader.dispose();
  }
}
