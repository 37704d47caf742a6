import { PreceptError } from "../../errors.ts";
import { rng } from "../../rng.ts";
import { type AdamW, adamWKernel, adamWScalars } from "../../tensor/index.ts";
import { adamWStep, type Weights } from "../../transformer/index.ts";
import { type Dictionary, Encoder } from "./dictionary.ts";
import { DictionaryLoss, type LossParts, type Rebuilt } from "./loss.ts";
import {
  AUXILIARY_WEIGHT,
  DEAD_SHARE,
  type DictionaryOptions,
  RESAMPLE_AT,
  rateAt,
  SILENT_SHARE,
  THRESHOLD_RATE,
} from "./options.ts";
import {
  initialParameters,
  normaliseRows,
  type Parameters,
  parameterNames,
  removeParallel,
  type Widths,
  zeroParameters,
} from "./parameters.ts";
import { resample } from "./resample.ts";
import { type SparseCode, selectAbove, selectBatchTopK, selectTopK } from "./select.ts";

export interface DictionaryStep {
  readonly step: number;
  /** Σ ‖x̂ − y‖² over Σ ‖y‖² of the batch: of centred targets, the share of variance that is not explained. */
  readonly unexplained: number;
  /** Active features of an input. */
  readonly l0: number;
  /** Features that were silent for a twentieth of the training. */
  readonly dead: number;
}

const OPTIMIZER = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, clipNorm: Number.POSITIVE_INFINITY };

/** Learns a dictionary of inputs of mean 0 and variance 1. The same batches in the same order give the same bytes. */
export class DictionaryTraining {
  readonly options: DictionaryOptions;
  readonly #widths: Widths;
  readonly #encoder: Encoder;
  readonly #adamw: AdamW = adamWKernel();
  readonly #loss: DictionaryLoss;
  readonly #gradients: Parameters;
  #parameters: Parameters;
  #first: Parameters;
  #second: Parameters;
  /** Steps since each feature was last active. */
  #silent: Float32Array;
  /** Running mean of the smallest active value. */
  #threshold = 0;
  #step = 0;

  private constructor(options: DictionaryOptions, widths: Widths, encoder: Encoder) {
    this.options = options;
    this.#widths = widths;
    this.#encoder = encoder;
    this.#loss = new DictionaryLoss(widths);
    this.#gradients = zeroParameters(widths);
    this.#parameters = initialParameters(rng(options.seed, "dictionary"), widths);
    [this.#first, this.#second] = [zeroParameters(widths), zeroParameters(widths)];
    this.#silent = new Float32Array(widths.features);
  }

  static async create(
    options: DictionaryOptions,
    widths: Omit<Widths, "features">,
    threads?: number,
  ): Promise<DictionaryTraining> {
    const all = { ...widths, features: options.size };
    return new DictionaryTraining(options, all, await Encoder.create(all, threads));
  }

  get step(): number {
    return this.#step;
  }

  /** One step on inputs (B, D) and targets (B, O), the same array where the dictionary rebuilds its inputs. @throws PreceptError not-finite */
  async train(inputs: Float32Array, targets: Float32Array): Promise<DictionaryStep> {
    const { kind, steps } = this.options;
    const { inputs: D, features: F, outputs: O } = this.#widths;
    const rows = inputs.length / D;
    const z = await this.#encoder.run(this.#parameters, inputs);
    const code = this.#select({ values: z, size: F }, rows);
    const gradients = this.#gradients;
    for (const name of parameterNames) gradients[name].fill(0);
    const batch = { inputs32: inputs, targets };
    const weight = 1 / (rows * O);
    const price = kind === "l1" ? this.options.l1 / rows : 0;
    const terms = { weight, l1: price, hasBias: true };
    const parts = this.#loss.addGradients(this.#parameters, { ...batch, code }, terms, gradients);
    if (!Number.isFinite(parts.squares)) throw notFinite(this.#step);
    const dead = this.#listen(code);
    const count = dead.reduce((sum, is) => sum + is, 0);
    if (kind !== "l1" && count > 0) this.#revive({ values: z, size: F, among: dead }, count, parts, batch, gradients);
    this.#update(gradients);
    this.#step++;
    if (kind === "l1" && RESAMPLE_AT.some((share) => Math.round(share * steps) === this.#step)) {
      const silent = this.#silent.map((silence) => (silence >= SILENT_SHARE * steps ? 1 : 0));
      const random = rng(this.options.seed, "resample", this.#step);
      const state = { parameters: this.#parameters, first: this.#first, second: this.#second };
      resample(state, { widths: this.#widths, silent, rows: inputs, residual: parts.residual }, random);
      for (const [feature, is] of silent.entries()) if (is === 1) this.#silent[feature] = 0;
    }
    let norm = 0;
    for (const y of targets) norm += y * y;
    return {
      step: this.#step,
      unexplained: parts.squares / Math.max(norm, 1e-30),
      l0: code.features.length / rows,
      dead: count,
    };
  }

  /** What has been learned, as a dictionary of the same inputs: under "topk" and "batch-topk" with the running threshold. */
  dictionary(): Dictionary {
    const { kind, size } = this.options;
    const copies = Object.fromEntries(parameterNames.map((name) => [name, this.#parameters[name].slice()]));
    const threshold = kind === "l1" ? 0 : Math.max(0, this.#threshold);
    return {
      ...this.#widths,
      ...(copies as unknown as Parameters),
      thresholds: new Float32Array(size).fill(threshold),
    };
  }

  /** All that a bit-identical continuation needs. */
  state(): Weights {
    const tensors: [string, Float32Array][] = [
      ["step", Float32Array.of(this.#step)],
      ["threshold", Float32Array.of(this.#threshold)],
      ["silent", this.#silent],
    ];
    for (const name of parameterNames) {
      tensors.push([name, this.#parameters[name]], [`first.${name}`, this.#first[name]]);
      tensors.push([`second.${name}`, this.#second[name]]);
    }
    return new Map(tensors.map(([name, data]) => [name, { shape: [data.length], data: data.slice() }]));
  }

  restore(state: Weights): void {
    const read = (name: string, length: number): Float32Array => {
      const data = state.get(name)?.data;
      if (data?.length === length) return data.slice();
      throw new PreceptError("run-invalid", {
        attempted: "Going on with a dictionary",
        found: `${name} of ${data?.length ?? "no"} numbers`,
        expected: `${length}`,
        remedy: "remove the dictionary's folder, and give the same command again",
      });
    };
    const readAll = (prefix: string): Parameters => {
      const empty = zeroParameters(this.#widths);
      const named = parameterNames.map((name) => [name, read(`${prefix}${name}`, empty[name].length)]);
      return Object.fromEntries(named) as unknown as Parameters;
    };
    [this.#parameters, this.#first, this.#second] = [readAll(""), readAll("first."), readAll("second.")];
    this.#silent = read("silent", this.#widths.features);
    this.#threshold = read("threshold", 1)[0]!;
    this.#step = read("step", 1)[0]!;
  }

  dispose(): Promise<void> {
    return this.#encoder.release();
  }

  #select(preactivations: { readonly values: Float32Array; readonly size: number }, rows: number): SparseCode {
    const { kind, k } = this.options;
    if (kind === "l1") return selectAbove(preactivations, 0);
    const code = kind === "topk" ? selectTopK(preactivations, k) : selectBatchTopK(preactivations, k * rows);
    let smallest = Number.POSITIVE_INFINITY;
    for (const value of code.values) if (value < smallest) smallest = value;
    if (Number.isFinite(smallest)) {
      const rate = this.#step === 0 ? 1 : THRESHOLD_RATE;
      this.#threshold = Math.fround(this.#threshold + rate * (smallest - this.#threshold));
    }
    return code;
  }

  /** Counts silence, and says which features are dead (F). */
  #listen({ features }: SparseCode): Uint8Array {
    for (let j = 0; j < this.#silent.length; j++) this.#silent[j]!++;
    for (const feature of features) this.#silent[feature] = 0;
    const limit = DEAD_SHARE * this.options.steps;
    return Uint8Array.from(this.#silent, (silence) => (silence > limit ? 1 : 0));
  }

  /** AuxK (Gao et al. 2024): the D/2 largest of the dead features learn to rebuild what the others left. */
  #revive(
    preactivations: { readonly values: Float32Array; readonly size: number; readonly among: Uint8Array },
    count: number,
    { residual }: LossParts,
    batch: Pick<Rebuilt, "inputs32">,
    gradients: Parameters,
  ): void {
    const most = Math.max(1, Math.floor(this.#widths.inputs / 2));
    const weight = (AUXILIARY_WEIGHT * Math.min(count / most, 1)) / residual.length;
    const code = count <= most ? selectAbove(preactivations, 0) : selectTopK(preactivations, most);
    const terms = { weight, l1: 0, hasBias: false };
    this.#loss.addGradients(this.#parameters, { ...batch, targets: residual, code }, terms, gradients);
  }

  /** Adam, with decoder rows kept at norm 1. */
  #update(gradients: Parameters): void {
    const { outputs } = this.#widths;
    removeParallel(gradients.decoder, this.#parameters.decoder, outputs);
    const scalars = adamWScalars(adamWStep(this.#step + 1, rateAt(this.#step, this.options), OPTIMIZER), 1, 0);
    for (const name of parameterNames)
      this.#adamw(gradients[name], this.#parameters[name], this.#first[name], this.#second[name], scalars);
    normaliseRows(this.#parameters.decoder, outputs);
  }
}

function notFinite(step: number): PreceptError {
  return new PreceptError("not-finite", {
    attempted: `Step ${step + 1} of learning a dictionary`,
    found: "a loss that is no number",
    expected: "finite activations, and a rate at which the loss falls",
    remedy: "a lower --rate, or another checkpoint if its activations are not finite",
  });
}
