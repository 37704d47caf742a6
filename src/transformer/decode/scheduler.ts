import { PreceptError } from "../../errors.ts";
import { type Constraint, guideFor, type TokenGuide } from "../../grammar/index.ts";
import { type Rng, rng } from "../../rng.ts";
import { drawToken } from "../inference/sampling.ts";
import type { DecodeRow, Decoder, Distribution, Slot } from "./decoder.ts";

/** One prompt to continue, with its own way of sampling. */
export interface SequenceCall {
  /** Names the sequence among those that run. */
  readonly key: number;
  /** With the seed, names its own random stream. */
  readonly id: string;
  readonly seed: number;
  /** The prompt; at least one token, less than the context. */
  readonly tokens: Int32Array;
  /** 0 only where `echo` asks for the prompt's own log-probabilities. */
  readonly maxTokens: number;
  /** 0 takes the most probable token. */
  readonly temperature: number;
  readonly topP: number;
  readonly stopTokens: readonly number[];
  /** What the text is held to; log-probabilities stay those of the unconstrained model. */
  readonly constraint?: Constraint | undefined;
  /** What the prompt already holds of a constrained text. */
  readonly begun?: string | undefined;
  /** How many of the most probable tokens to report at every place. */
  readonly topLogprobs: number;
  /** Tokens to report at every place beside those. */
  readonly listedTokens?: readonly number[] | undefined;
  /** Whether the prompt's own log-probabilities are wanted. */
  readonly echo: boolean;
  /** 0: the base model; n: adapter n − 1. */
  readonly adapter: number;
  /** Whether tokens are reported one by one; else together at the end. */
  readonly stream: boolean;
}

/** Log-probabilities are natural, at temperature 1, over the whole vocabulary. */
export interface SampledToken {
  readonly token: number;
  readonly logprob: number;
  /** The most probable tokens, the first first, then those that were listed; absent unless asked for. */
  readonly top?: readonly { readonly token: number; readonly logprob: number }[];
}

export interface SequenceUpdate {
  readonly key: number;
  readonly tokens: readonly SampledToken[];
  /** With `echo`, once: the prompt's tokens from the second on. */
  readonly prompt?: readonly SampledToken[] | undefined;
  readonly finishReason?: "stop" | "length" | undefined;
  readonly failure?: PreceptError["details"];
}

/** How busy a scheduler is. */
export interface Occupancy {
  readonly running: number;
  readonly waiting: number;
}

interface Sequence {
  readonly call: SequenceCall;
  readonly slot: Slot;
  readonly random: Rng;
  readonly guide: TokenGuide | undefined;
  readonly limit: number;
  readonly stops: ReadonlySet<number>;
  /** Prompt and continuation. */
  readonly tokens: number[];
  /** Positions whose keys and values are in the slot. */
  computed: number;
  readonly prompt: SampledToken[];
  readonly sampled: SampledToken[];
}

/** What is left of a sequence that has ended, for prompts that begin as it did. */
interface Remnant {
  readonly slot: Slot;
  readonly tokens: readonly number[];
  readonly adapter: number;
}

/** A shorter common beginning is computed again. */
const MINIMUM_SHARED = 8;
/** Ended sequences that are remembered; the least lately used go first. */
const REMNANTS = 64;

/**
 * Continuous batching (Yu et al. 2022, Orca): every step takes one token of each running sequence and as much of the new
 * prompts as fits; sequences join and leave between steps. What two prompts begin with is computed once.
 */
export class Scheduler {
  readonly #decoder: Decoder;
  readonly #emit: (updates: readonly SequenceUpdate[]) => void;
  readonly #waiting: SequenceCall[] = [];
  #running: Sequence[] = [];
  readonly #remnants: Remnant[] = [];

  constructor(decoder: Decoder, emit: (updates: readonly SequenceUpdate[]) => void) {
    this.#decoder = decoder;
    this.#emit = emit;
  }

  get occupancy(): Occupancy {
    return { running: this.#running.length, waiting: this.#waiting.length };
  }

  /** @throws PreceptError context-overflow when the cache could never hold the sequence. */
  add(call: SequenceCall): void {
    const bytes = this.#decoder.slotBytes(this.#capacity(call));
    if (bytes > this.#decoder.cacheBytes) {
      throw new PreceptError("context-overflow", {
        attempted: "Taking a sequence into the batch",
        found: `${this.#capacity(call)} tokens, which need ${Math.ceil(bytes / 2 ** 20)} MiB of keys and values`,
        expected: `at most ${Math.floor(this.#decoder.cacheBytes / 2 ** 20)} MiB`,
        remedy: "ask for fewer tokens",
      });
    }
    this.#waiting.push(call);
  }

  /** Forgets a sequence, wherever it is. */
  cancel(key: number): void {
    const place = this.#waiting.findIndex((call) => call.key === key);
    if (place !== -1) this.#waiting.splice(place, 1);
    const sequence = this.#running.find(({ call }) => call.key === key);
    if (sequence !== undefined) this.#leave(sequence);
  }

  /** One step for everybody; false when there is nothing to do. */
  async step(): Promise<boolean> {
    this.#admit();
    if (this.#running.length === 0) return false;
    const rows: DecodeRow[] = [];
    const owners: { readonly sequence: Sequence; readonly count: number; readonly wanted: number }[] = [];
    let wanted = 0;
    const { maxRows, maxWanted } = this.#decoder;
    // Whoever samples comes first; prompts take what is left.
    const order = [...this.#running.filter(isSampling), ...this.#running.filter((one) => !isSampling(one))];
    for (const sequence of order) {
      const { call, tokens, computed, slot } = sequence;
      const room = Math.min(tokens.length - computed, maxRows - rows.length);
      const free = maxWanted - wanted;
      const count =
        call.echo && isPrompt(sequence)
          ? Math.min(room, free)
          : free === 0
            ? Math.min(room, tokens.length - computed - 1)
            : room;
      if (count <= 0) continue;
      const before = wanted;
      for (let position = computed; position < computed + count; position++) {
        const isWanted = call.echo || position === tokens.length - 1;
        const row = { token: tokens[position]!, position, slot, adapter: call.adapter };
        rows.push(isWanted ? { ...row, temperature: call.temperature } : row);
        if (isWanted) wanted++;
      }
      owners.push({ sequence, count, wanted: wanted - before });
    }
    const distributions = await this.#decoder.step(rows);
    const updates: SequenceUpdate[] = [];
    let next = 0;
    for (const { sequence, count, wanted: own } of owners) {
      const mine = distributions.slice(next, next + own);
      next += own;
      // Cancelled meanwhile.
      if (!this.#running.includes(sequence)) continue;
      const update = this.#advance(sequence, count, mine);
      if (update !== undefined) updates.push(update);
    }
    if (updates.length > 0) this.#emit(updates);
    return true;
  }

  /** Takes a sequence's distributions: the prompt's own log-probabilities, then perhaps a new token. */
  #advance(sequence: Sequence, count: number, distributions: readonly Distribution[]): SequenceUpdate | undefined {
    const { call, tokens, prompt, sampled } = sequence;
    const start = sequence.computed;
    sequence.computed += count;
    const first = start + count - distributions.length;
    for (const [n, distribution] of distributions.entries()) {
      const following = tokens[first + n + 1];
      if (following !== undefined) prompt.push(describeToken(distribution, following, call));
    }
    if (sequence.computed < tokens.length) return undefined;
    const distribution = distributions.at(-1);
    let finishReason: SequenceUpdate["finishReason"] = sequence.limit === 0 ? "length" : undefined;
    if (distribution !== undefined && sequence.limit > 0) {
      const { logits, probabilities } = distribution;
      const size = logits.length;
      const { random, guide } = sequence;
      const { temperature, topP } = call;
      const drawn = { temperature, topP, random, guide };
      const token = drawToken({ data: logits, start: 0, size }, { data: probabilities, start: 0, size }, drawn);
      const made = describeToken(distribution, token, call);
      if (!Number.isFinite(made.logprob)) {
        this.#leave(sequence);
        return { key: call.key, tokens: [], failure: notFinite(sampled.length, made.logprob) };
      }
      tokens.push(token);
      sampled.push(made);
      if (sequence.stops.has(token)) finishReason = "stop";
      else if (sampled.length >= sequence.limit) finishReason = "length";
    }
    if (finishReason !== undefined) this.#leave(sequence);
    else if (!call.stream) return undefined;
    const isFirst = sampled.length <= 1;
    return {
      key: call.key,
      tokens: call.stream ? sampled.slice(-1) : sampled,
      ...(call.echo && (isFirst || !call.stream) ? { prompt } : {}),
      finishReason,
    };
  }

  /** Lets waiting sequences in, in their order, as long as there is room. */
  #admit(): void {
    for (let place = 0; place < this.#waiting.length && this.#running.length < this.#decoder.maxWanted; ) {
      const call = this.#waiting[place]!;
      const { source, shared, isReady } = this.#beginningOf(call);
      if (!isReady) {
        place++;
        continue;
      }
      const slot = this.#room(this.#capacity(call), source);
      if (slot === undefined) return;
      this.#waiting.splice(place, 1);
      if (source !== undefined) this.#decoder.copy(source, slot, shared);
      this.#running.push({
        call,
        slot,
        random: rng(call.seed, call.id),
        guide: call.constraint && guideFor(call.constraint, call.stopTokens, call.begun),
        limit: Math.min(call.maxTokens, this.#decoder.config.contextLength - call.tokens.length),
        stops: new Set(call.stopTokens),
        tokens: [...call.tokens],
        computed: shared,
        prompt: [],
        sampled: [],
      });
    }
  }

  /** The longest beginning that is already there; not ready while a running sequence is about to compute more of it. */
  #beginningOf({ tokens, adapter, echo }: SequenceCall): {
    source?: Slot | undefined;
    shared: number;
    isReady: boolean;
  } {
    let [shared, coming] = [0, 0];
    let source: Slot | undefined;
    if (echo) return { shared, isReady: true };
    const most = tokens.length - 1;
    for (const { call, tokens: others, computed, slot } of this.#running) {
      if (call.adapter !== adapter) continue;
      const common = commonLength(tokens, others, most);
      coming = Math.max(coming, common);
      if (Math.min(common, computed) > shared) [shared, source] = [Math.min(common, computed), slot];
    }
    let used = -1;
    for (const [index, remnant] of this.#remnants.entries()) {
      if (remnant.adapter !== adapter) continue;
      const common = commonLength(tokens, remnant.tokens, most);
      if (common > shared) [shared, source, used] = [common, remnant.slot, index];
    }
    if (used !== -1) this.#remnants.push(...this.#remnants.splice(used, 1));
    if (coming - shared >= MINIMUM_SHARED) return { shared: 0, isReady: false };
    return source === undefined || shared < MINIMUM_SHARED
      ? { shared: 0, isReady: true }
      : { source, shared, isReady: true };
  }

  /** A slot, if need be in place of what the oldest sequences left. */
  #room(capacity: number, keep: Slot | undefined): Slot | undefined {
    while (true) {
      const slot = this.#decoder.open(capacity);
      if (slot !== undefined) return slot;
      const oldest = this.#remnants.findIndex((remnant) => remnant.slot !== keep);
      const index = oldest === -1 && this.#running.length === 0 ? 0 : oldest;
      const [gone] = index < 0 ? [] : this.#remnants.splice(index, 1);
      if (gone === undefined) return undefined;
      this.#decoder.close(gone.slot);
    }
  }

  #capacity({ tokens, maxTokens }: SequenceCall): number {
    return Math.min(this.#decoder.config.contextLength, tokens.length + maxTokens);
  }

  #leave(sequence: Sequence): void {
    this.#running = this.#running.filter((one) => one !== sequence);
    const { slot, tokens, computed, call } = sequence;
    this.#remnants.push({ slot, tokens: tokens.slice(0, computed), adapter: call.adapter });
    if (this.#remnants.length > REMNANTS) this.#decoder.close(this.#remnants.shift()!.slot);
  }
}

const isSampling = ({ tokens, computed }: Sequence): boolean => computed === tokens.length - 1;
const isPrompt = ({ sampled }: Sequence): boolean => sampled.length === 0;

function commonLength(a: ArrayLike<number>, b: ArrayLike<number>, most: number): number {
  const limit = Math.min(most, b.length);
  let length = 0;
  while (length < limit && a[length] === b[length]) length++;
  return length;
}

function describeToken(
  { logits, logNormaliser }: Distribution,
  token: number,
  { topLogprobs, listedTokens = [] }: Pick<SequenceCall, "topLogprobs" | "listedTokens">,
): SampledToken {
  const logprobOf = (one: number): number => logits[one]! - logNormaliser;
  const logprob = logprobOf(token);
  if (topLogprobs === 0 && listedTokens.length === 0) return { token, logprob };
  const shown = new Set([...findLargest(logits, topLogprobs), ...listedTokens]);
  return { token, logprob, top: Array.from(shown, (one) => ({ token: one, logprob: logprobOf(one) })) };
}

/** Indices of the `count` largest entries, the largest first; of equals the first. */
export function findLargest(values: Float32Array, count: number): number[] {
  const best: number[] = [];
  let least = Number.NEGATIVE_INFINITY;
  for (let index = 0; count > 0 && index < values.length; index++) {
    const value = values[index]!;
    if (best.length === count && value <= least) continue;
    let place = best.length;
    while (place > 0 && values[best[place - 1]!]! < value) place--;
    best.splice(place, 0, index);
    if (best.length > count) best.pop();
    least = values[best[best.length - 1]!]!;
  }
  return best;
}

const notFinite = (step: number, logprob: number): PreceptError["details"] => ({
  attempted: `Sampling token ${step + 1}`,
  found: `a log-probability of ${logprob}`,
  expected: "a finite number",
  remedy: "the weights have diverged: take an earlier checkpoint",
});
