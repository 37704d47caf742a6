import { throwIfInterrupted } from "../../errors.ts";
import {
  type CallContext,
  type DeviceName,
  type Handlers,
  type Stores,
  type TensorValue,
  Transfer,
} from "../../tensor/index.ts";
import type { TransformerConfig } from "../checkpoint/config.ts";
import { isLarge, parameterCount, type Shapes, type Weights } from "../checkpoint/weights.ts";
import type { AdapterValues } from "../graph/lora-graph.ts";
import type { Site } from "../graph/sites.ts";
import type { WrittenSite } from "./activations.ts";
import type { SiteEdit } from "./edits.ts";
import { ForwardPass } from "./forward.ts";
import { type GeneratedSequence, generateSequences, type SamplingOptions } from "./generation.ts";
import { HeldSequences } from "./held-sequences.ts";
import { fedParameters, ownParameters } from "./inference-graph.ts";
import { type PackedTokens, unpackTokens } from "./packing.ts";
import { headScores, scalarScores, scoreNextTokens, scoreSequences } from "./scoring.ts";

export interface LoadCall {
  readonly config: TransformerConfig;
  readonly weights: Weights;
  readonly threads: number | undefined;
  readonly device: DeviceName | undefined;
}

/** A model whose parameters stand in a store of this thread. */
export interface OpenCall extends Omit<LoadCall, "weights"> {
  readonly store: number;
  readonly weights: Shapes;
  readonly adapter: Pick<AdapterValues, "config" | "modules"> | undefined;
}

export interface GenerateCall {
  readonly ids: readonly string[];
  readonly prompts: PackedTokens;
  readonly seeds: Float64Array;
  readonly begun: readonly (string | undefined)[];
  readonly options: SamplingOptions;
}

/** The events of a `generate` call: the results of one batch. */
export type GenerateEvent = readonly GeneratedSequence[];

export interface ScoreCall {
  readonly sequences: PackedTokens;
  readonly from: Int32Array;
  readonly edits: readonly SiteEdit[] | undefined;
}

export interface ReadSitesCall {
  readonly sequences: PackedTokens;
  readonly sites: readonly Site[];
}

export interface WriteSiteCall {
  readonly sequences: PackedTokens;
  readonly written: WrittenSite;
}

export interface NextTokensCall {
  readonly prompts: PackedTokens;
  readonly candidates: PackedTokens;
}

export interface ScalarsCall {
  readonly sequences: PackedTokens;
}

export interface HeadsCall extends ScalarsCall {
  readonly from: Int32Array;
}

/** One sequence as far as it goes; the worker keeps under `key` what it has read of it. */
export interface GrowingHeadsCall {
  readonly key: number;
  readonly tokens: Int32Array;
  readonly from: number;
}

/** A graph that holds its parameters is a message of at most 2 GiB; larger models are fed theirs at every run. */
const isWithinGraph = (weights: Shapes): boolean => 4 * parameterCount(weights) < 2 ** 31 - 2 ** 26;

function passOf({ config, weights, ...options }: LoadCall): ForwardPass {
  if (isWithinGraph(weights)) return new ForwardPass(config, ownParameters(weights), options);
  const find = (name: string): TensorValue | undefined => {
    const tensor = weights.get(name);
    return tensor === undefined ? undefined : { dtype: "float32", ...tensor };
  };
  return new ForwardPass(config, fedParameters(weights), { ...options, isFrugal: true, find });
}

/** The worker's side of `Transformer`. Calls run one after another, so that they never share a step. */
export function inferenceHandlers(stores: Stores): Handlers {
  let loaded: ForwardPass | undefined;
  let opened: LoadCall | undefined;
  const held = new HeldSequences();
  let last: Promise<unknown> = Promise.resolve();
  const forward = (): ForwardPass => {
    if (loaded === undefined) throw new Error("no model was loaded");
    return loaded;
  };
  const checkOf =
    ({ signal }: CallContext) =>
    (): void =>
      throwIfInterrupted(signal, "Running the model");
  const inTurn = <Call, Result>(body: (call: Call, context: CallContext, check: () => void) => Promise<Result>) => {
    return (call: Call, context: CallContext): Promise<Result> => {
      const check = checkOf(context);
      const turn = last.then(() => {
        check();
        return body(call, context, check);
      });
      last = turn.catch(() => undefined);
      return turn;
    };
  };
  return {
    load: inTurn(async (call: LoadCall) => {
      loaded = passOf(call);
      opened = call;
    }),
    open: inTurn(async ({ config, store, weights, adapter, ...options }: OpenCall) => {
      const find = (name: string) => stores.get(store)?.get(name);
      loaded = new ForwardPass(config, fedParameters(weights, adapter), {
        ...options,
        isFrugal: isLarge(weights),
        find,
      });
    }),
    updateWeights: inTurn(async (weights: Weights) => {
      if (opened === undefined || isWithinGraph(weights)) await forward().updateWeights(weights);
      else loaded = passOf({ ...opened, weights });
      held.clear();
    }),
    generate: inTurn(({ ids, prompts, seeds, begun, options }: GenerateCall, context, check) => {
      const tokens = unpackTokens(prompts);
      const requests = ids.map((id, index) => ({
        id,
        tokens: tokens[index]!,
        seed: seeds[index]!,
        begun: begun[index],
      }));
      return generateSequences(forward(), requests, options, (results) => context.emit(results), check);
    }),
    score: inTurn(({ sequences, from, edits }: ScoreCall, { emit }, check) => {
      return scoreSequences(
        forward(),
        unpackTokens(sequences).map((tokens, index) => ({ tokens, from: from[index]! })),
        { check, onRows: emit, edits },
      );
    }),
    readSites: inTurn(async ({ sequences, sites }: ReadSitesCall, { emit }, check) => {
      const values = await forward().sites.read(unpackTokens(sequences), sites, { check, onRows: emit });
      return new Transfer(
        values,
        values.map(({ buffer }) => buffer as ArrayBuffer),
      );
    }),
    writeSite: inTurn(({ sequences, written }: WriteSiteCall, { emit }, check) =>
      forward().sites.score(unpackTokens(sequences), written, { check, onRows: emit }),
    ),
    nextTokens: inTurn(({ prompts, candidates }: NextTokensCall, { emit }, check) => {
      const asked = unpackTokens(candidates);
      return scoreNextTokens(
        forward(),
        unpackTokens(prompts).map((tokens, index) => ({ tokens, candidates: asked[index]! })),
        { check, onRows: emit },
      );
    }),
    scalars: inTurn(({ sequences }: ScalarsCall, { emit }, check) =>
      scalarScores(forward(), unpackTokens(sequences), { check, onRows: emit }),
    ),
    heads: inTurn(({ sequences, from }: HeadsCall, { emit }, check) => {
      const rows = unpackTokens(sequences).map((tokens, index) => ({ tokens, from: from[index]! }));
      return headScores(forward(), rows, { check, onRows: emit });
    }),
    growingHeads: inTurn(({ key, tokens, from }: GrowingHeadsCall, _, check) =>
      held.read(forward(), key, { tokens, from, check }),
    ),
    dropHeads: inTurn(async (key: number) => held.drop(key)),
  };
}
