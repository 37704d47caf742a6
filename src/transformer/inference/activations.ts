import { PreceptError } from "../../errors.ts";
import {
  type DeviceName,
  loadOnnxRuntime,
  loadSession,
  type RuntimeSession,
  type RuntimeTensor,
  toOnnx,
  type Value,
  where,
} from "../../tensor/index.ts";
import type { TransformerConfig } from "../checkpoint/config.ts";
import { type Site, siteWidth } from "../graph/sites.ts";
import { causalBias } from "./causal-bias.ts";
import type { Following } from "./following.ts";
import { type DeclareParameters, inferenceGraph } from "./inference-graph.ts";

/** What a site is made while sequences are scored: all tokens of all sequences one after another. */
export interface WrittenSite {
  readonly site: Site;
  /** (tokens, width). */
  readonly values: Float32Array;
  /** (tokens): where it is 0 the model's own value stays. Default: 1 everywhere. */
  readonly mask?: Uint8Array | undefined;
}

export interface ActivationGraphs {
  readonly config: TransformerConfig;
  readonly parameters: DeclareParameters;
  readonly threads?: number | undefined;
  readonly device?: DeviceName | undefined;
  /** Values of fed parameters, at every run. */
  readonly find: (names: readonly string[]) => Record<string, RuntimeTensor>;
}

type Sequences = readonly ArrayLike<number>[];

/** Tokens per run, padding included. */
const RUN_TOKENS = 4096;

/** A graph that reads some sites, or writes to one. */
interface LoadedGraph {
  readonly key: string;
  readonly session: RuntimeSession;
}

/**
 * Reads and writes sites of whole sequences. Writing stands in the graph as a choice between two values, so that where nothing is
 * written, or what was read, every later number has the same bits. Each graph holds the weights: the last one that reads and the last
 * one that writes are kept, and calls come one after another, so that none is let go while it runs.
 */
export class SiteRunner {
  readonly #graphs: ActivationGraphs;
  readonly #loaded: { read?: LoadedGraph | undefined; write?: LoadedGraph | undefined } = {};
  #last: Promise<unknown> = Promise.resolve();

  constructor(graphs: ActivationGraphs) {
    this.#graphs = graphs;
  }

  release(): Promise<void> {
    return this.#queue(async () => {
      for (const kind of ["read", "write"] as const) await this.#letGo(kind);
    });
  }

  /** The values of each site after every token: (all tokens, width), sequence after sequence. */
  read(sequences: Sequences, sites: readonly Site[], following: Following): Promise<Float32Array[]> {
    return this.#queue(() => this.#read(sequences, sites, following));
  }

  /** log P(token t | tokens before it) for t ≥ 1 of every sequence, one after another and 0 at t = 0, with a site written to. */
  score(sequences: Sequences, written: WrittenSite, following: Following): Promise<Float32Array> {
    return this.#queue(() => this.#score(sequences, written, following));
  }

  #queue<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #letGo(kind: "read" | "write"): Promise<void> {
    const loaded = this.#loaded[kind];
    this.#loaded[kind] = undefined;
    await loaded?.session.release();
  }

  async #read(sequences: Sequences, sites: readonly Site[], following: Following): Promise<Float32Array[]> {
    const { config } = this.#graphs;
    const offsets = offsetsOf(sequences);
    const widths = sites.map((site) => siteWidth(site, config));
    const results = widths.map((width) => new Float32Array(offsets[sequences.length]! * width));
    const session = await this.#session("read", sites);
    for (const rows of planRuns(sequences)) {
      following.check();
      const { feeds, length } = this.#feed(rows.map((row) => sequences[row]!));
      const outputs = await session.run({ ...feeds, ...this.#graphs.find(session.inputNames) }, [...sites]);
      for (const [index, site] of sites.entries()) {
        const data = outputs[site]!.data as Float32Array;
        const width = widths[index]!;
        for (const [at, row] of rows.entries()) {
          const part = data.subarray(at * length * width, (at * length + sequences[row]!.length) * width);
          results[index]!.set(part, offsets[row]! * width);
        }
      }
      following.onRows?.(rows.length);
    }
    return results;
  }

  async #score(sequences: Sequences, written: WrittenSite, following: Following): Promise<Float32Array> {
    const { site, values, mask } = written;
    const width = siteWidth(site, this.#graphs.config);
    const offsets = offsetsOf(sequences);
    const results = new Float32Array(offsets[sequences.length]!);
    const { Tensor } = loadOnnxRuntime();
    const session = await this.#session("write", [site]);
    for (const rows of planRuns(sequences)) {
      following.check();
      const own = rows.map((row) => sequences[row]!);
      const { feeds, length } = this.#feed(own);
      const replaced = new Float32Array(rows.length * length * width);
      const chosen = new Uint8Array(rows.length * length);
      const wanted: number[] = [];
      const targets: number[] = [];
      for (const [at, row] of rows.entries()) {
        const { length: count } = own[at]!;
        const offset = offsets[row]!;
        replaced.set(values.subarray(offset * width, (offset + count) * width), at * length * width);
        for (let t = 0; t < count; t++) chosen[at * length + t] = mask === undefined ? 1 : mask[offset + t]!;
        for (let t = 1; t < count; t++) {
          wanted.push(at * length + t - 1);
          targets.push(own[at]![t]!);
        }
      }
      if (wanted.length === 0) continue;
      const shape = [rows.length, length];
      Object.assign(feeds, {
        wanted: new Tensor("int32", Int32Array.from(wanted), [wanted.length]),
        targets: new Tensor("int32", Int32Array.from(targets), [targets.length]),
        written: new Tensor("float32", replaced, [...shape, width]),
        mask: new Tensor("bool", chosen, [...shape, 1]),
      });
      const outputs = await session.run({ ...feeds, ...this.#graphs.find(session.inputNames) }, ["targetLogprobs"]);
      const scores = outputs["targetLogprobs"]!.data as Float32Array;
      let next = 0;
      for (const [at, row] of rows.entries()) {
        const count = own[at]!.length - 1;
        results.set(scores.subarray(next, next + count), offsets[row]! + 1);
        next += count;
      }
      following.onRows?.(rows.length);
    }
    return results;
  }

  async #session(kind: "read" | "write", sites: readonly Site[]): Promise<RuntimeSession> {
    const key = sites.join();
    const known = this.#loaded[kind];
    if (known?.key === key) return known.session;
    await this.#letGo(kind);
    const { config, parameters, threads, device } = this.#graphs;
    const read: Record<string, Value> = {};
    const { graph, outputs } = inferenceGraph(config, parameters, {
      cached: false,
      wanted: "score",
      onSite: (site, value) => {
        if (!sites.includes(site)) return undefined;
        if (kind === "read") {
          read[site] = value;
          return undefined;
        }
        const fed = value.graph.input("written", "float32", ["B", "S", siteWidth(site, config)]);
        return where(value.graph.input("mask", "bool", ["B", "S", 1]), fed, value);
      },
    });
    const session = await loadSession(toOnnx(graph, kind === "read" ? read : outputs), threads, device);
    this.#loaded[kind] = { key, session };
    return session;
  }

  /** What every graph is fed of some rows, padded to the longest. */
  #feed(rows: Sequences): { readonly feeds: Record<string, RuntimeTensor>; readonly length: number } {
    const { Tensor } = loadOnnxRuntime();
    const length = rows.reduce((longest, row) => Math.max(longest, row.length), 0);
    const tokens = new Int32Array(rows.length * length);
    const positions = new BigInt64Array(rows.length * length);
    for (const [row, own] of rows.entries()) {
      tokens.set(own, row * length);
      for (let t = 0; t < length; t++) positions[row * length + t] = BigInt(t);
    }
    const shape = [rows.length, length];
    const feeds: Record<string, RuntimeTensor> = {
      tokens: new Tensor("int32", tokens, shape),
      positions: new Tensor("int64", positions, shape),
      newBias: causalBias(this.#graphs.config, length),
      wanted: new Tensor("int32", Int32Array.of(0), [1]),
      targets: new Tensor("int32", Int32Array.of(0), [1]),
    };
    return { feeds, length };
  }
}

/** @throws PreceptError shape-mismatch where the values or the mask are not one row per token; not-finite. */
export function checkWritten(
  config: TransformerConfig,
  sequences: Sequences,
  { site, values, mask }: WrittenSite,
): void {
  const tokens = sequences.reduce((sum, { length }) => sum + length, 0);
  const attempted = `Writing ${site}`;
  const width = siteWidth(site, config);
  if (values.length !== tokens * width || (mask !== undefined && mask.length !== tokens)) {
    throw new PreceptError("shape-mismatch", {
      attempted,
      found: `${values.length} numbers${mask === undefined ? "" : ` and a mask of ${mask.length}`}`,
      expected: `(${tokens}, ${width})`,
    });
  }
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at >= 0)
    throw new PreceptError("not-finite", { attempted, found: `${values[at]} at token ${Math.floor(at / width)}` });
}

/** Where each sequence begins, and the end. */
function offsetsOf(sequences: Sequences): number[] {
  const offsets = [0];
  for (const { length } of sequences) offsets.push(offsets[offsets.length - 1]! + length);
  return offsets;
}

/** Sequences of like length together, as many as fit a run: a function of the list alone. */
function planRuns(sequences: Sequences): number[][] {
  const order = sequences.map((_, index) => index).sort((a, b) => sequences[a]!.length - sequences[b]!.length || a - b);
  const runs: number[][] = [];
  let run: number[] = [];
  for (const index of order) {
    if (run.length > 0 && sequences[index]!.length * (run.length + 1) > RUN_TOKENS) {
      runs.push(run);
      run = [];
    }
    run.push(index);
  }
  if (run.length > 0) runs.push(run);
  return runs;
}
