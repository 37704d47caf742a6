import { cacheKey, type ResponseCache } from "../cache/response-cache.ts";
import type { ModelReport } from "../open-model.ts";
import type { OpenOptions } from "../options.ts";
import { GaveUp } from "../throughput/pool.ts";
import type { Abilities, HostedEndpoint } from "./endpoint.ts";
import { type Known, probe, probePool } from "./probe.ts";
import type { Provider } from "./providers.ts";

/** What was probed is believed this long. */
const REMEMBERED_MS = 7 * 24 * 3_600_000;

/** What is probed, by its identity, with what is known of its provider. */
export interface Probed {
  readonly identity: string;
  readonly traits: Pick<Provider, "capabilities" | "isOpenAi">;
  readonly cache: ResponseCache | undefined;
}

/** What the model can do: given, known of the provider, remembered from an earlier probe, else probed and remembered. */
export async function abilitiesOf(
  endpoints: readonly { readonly name: string; readonly endpoint: HostedEndpoint }[],
  options: OpenOptions,
  { identity, traits, cache }: Probed,
  explain: (error: GaveUp) => Error,
): Promise<{ readonly abilities: Abilities; readonly source: ModelReport["source"] }> {
  const { logprobs, prefill, rawCompletion } = { ...traits.capabilities, ...options.capabilities };
  const canAsk = traits.isOpenAi;
  const known: Known = {
    chat: traits.isOpenAi ? undefined : true,
    prefill,
    rawCompletion: canAsk ? rawCompletion : false,
    tokenIds: logprobs === false ? false : undefined,
    echo: logprobs === false ? false : undefined,
    rawTop: logprobs === false ? 0 : undefined,
    chatTop: logprobs === false || !canAsk ? 0 : undefined,
  };
  const isGiven = Object.keys(options.capabilities ?? {}).length > 0;
  const complete = completeAbilities(known);
  if (complete !== undefined && options.probe !== "always") {
    return { abilities: complete, source: isGiven ? "given" : "known" };
  }
  if (options.probe === "never") return { abilities: assumeAbilities(known), source: isGiven ? "given" : "known" };
  const key = cacheKey({ kind: "abilities", version: 2, identity, known });
  const kept = options.probe === "always" ? undefined : (cache?.get(key) as Remembered | undefined);
  if (kept !== undefined && Date.now() - kept.at < REMEMBERED_MS)
    return { abilities: kept.abilities, source: "remembered" };
  const pool = probePool(endpoints.slice(0, 1), options);
  try {
    const abilities = await probe(pool, known, options.signal);
    cache?.put(key, identity, { abilities, at: Date.now() } satisfies Remembered);
    return { abilities, source: "probed" };
  } catch (error) {
    throw error instanceof GaveUp ? explain(error) : error;
  }
}

interface Remembered {
  readonly abilities: Abilities;
  readonly at: number;
}

function completeAbilities(known: Known): Abilities | undefined {
  const { chat, prefill, rawCompletion, tokenIds, echo, rawTop, chatTop } = known;
  if (chat === undefined || prefill === undefined || rawCompletion === undefined || chatTop === undefined)
    return undefined;
  if (!rawCompletion) return { chat, prefill, rawCompletion, tokenIds: false, echo: false, rawTop: 0, chatTop };
  if (tokenIds === undefined || echo === undefined || rawTop === undefined) return undefined;
  return { chat, prefill, rawCompletion, tokenIds, echo, rawTop, chatTop };
}

/** Without a probe only what is known is relied on. */
function assumeAbilities({ chat, prefill, rawCompletion, tokenIds, echo, rawTop, chatTop }: Known): Abilities {
  return {
    chat: chat ?? true,
    prefill: prefill ?? false,
    rawCompletion: rawCompletion ?? false,
    tokenIds: tokenIds ?? false,
    echo: echo ?? false,
    rawTop: rawTop ?? 0,
    chatTop: chatTop ?? 0,
  };
}
