import { PreceptError } from "../../errors.ts";
import { cacheFolder, cacheKey, ResponseCache } from "../cache/response-cache.ts";
import type { ModelReport, OpenModel } from "../open-model.ts";
import { defaultThroughput, defaultVotes, type OpenOptions } from "../options.ts";
import { GaveUp, Pool } from "../throughput/pool.ts";
import { accessesOf, type HostedSpec, shownAddress } from "./access.ts";
import { Asker } from "./asker.ts";
import { sdkChat } from "./chat.ts";
import type { Abilities, HostedEndpoint } from "./endpoint.ts";
import { explain } from "./explain.ts";
import { HostedModel } from "./hosted-model.ts";
import { OpenAiHttp } from "./openai-http.ts";
import { type Known, probe } from "./probe.ts";
import { type Access, hostedProviders, type Provider } from "./providers.ts";
import type { SdkModel } from "./sdk-types.ts";
import { withSchemaFallback } from "./structured.ts";

const PROBE_ATTEMPTS = 3;
/** What was probed is believed this long. */
const REMEMBERED_MS = 7 * 24 * 3_600_000;
const NO_ENDPOINT_OF_ITS_OWN = "AI SDK";

/** A model of a provider by its name. @throws PreceptError as `openModel`. */
export async function openHosted(given: HostedSpec, options: OpenOptions): Promise<OpenModel> {
  const provider = hostedProviders[given.provider];
  const accesses = accessesOf(given, options);
  const [first] = accesses;
  const [keyVariable] = provider.keyVariables;
  const id = given.model === "" ? "the model" : `${given.provider}:${given.model}`;
  const named = { id, model: given.model, keyVariable };
  const served =
    first !== undefined && provider.isOpenAi && given.provider !== "openai"
      ? await findServedModel(
          given.model,
          new OpenAiHttp(given.model, first),
          shownAddress(first.baseUrl),
          named,
          options,
        )
      : { model: given.model };
  const { model } = served;
  const endpoints = await Promise.all(
    accesses.map(async (access) => {
      const endpoint = await endpointOf(provider, model, access);
      return { name: endpoint.name, endpoint };
    }),
  );
  const names = endpoints.map(({ name }) => name);
  const isOwnAddress = accesses.every(({ baseUrl }) => baseUrl === provider.baseUrl);
  return openEndpoints(endpoints, options, {
    provider: given.provider,
    model,
    identity: `${given.provider}:${model}${isOwnAddress ? "" : ` ${names.toSorted().join(" ")}`}`,
    traits: provider,
    contextLength: served.contextLength,
  });
}

/** Through the AI SDK where the provider has an adapter there; a server of OpenAI's protocol is spoken to directly. */
async function endpointOf(provider: Provider, model: string, access: Access): Promise<HostedEndpoint> {
  const name = shownAddress(access.baseUrl);
  const http = provider.isOpenAi ? new OpenAiHttp(model, access, provider.extra) : undefined;
  const sdkModel = await provider.sdk?.(model, access);
  if (sdkModel !== undefined) {
    const own = { name, chat: withSchemaFallback(sdkChat(sdkModel)) };
    return http === undefined ? own : { ...own, http };
  }
  if (http === undefined) throw new RangeError(`${name} has no protocol`);
  return { name, http, chat: withSchemaFallback((call, signal) => http.chat(call, signal)) };
}

/** A model object of the AI SDK. It says nothing of what it can do, so votes are counted unless the person knows better. */
export async function openSdkModel(model: SdkModel, options: OpenOptions): Promise<OpenModel> {
  const { provider, modelId } = model;
  const endpoint: HostedEndpoint = {
    name: NO_ENDPOINT_OF_ITS_OWN,
    chat: withSchemaFallback(sdkChat(model)),
  };
  const traits = {
    capabilities: { logprobs: false, rawCompletion: false },
    keyVariables: [],
    stopLimit: 4,
    isOpenAi: false,
  };
  return openEndpoints([{ name: provider, endpoint }], options, {
    provider,
    model: modelId,
    identity: `ai-sdk ${provider}:${modelId}`,
    traits,
  });
}

interface Opening {
  readonly provider: string;
  readonly model: string;
  readonly identity: string;
  readonly traits: Pick<Provider, "capabilities" | "keyVariables" | "stopLimit" | "isOpenAi" | "repeatsPrefill">;
  readonly contextLength?: number | undefined;
}

async function openEndpoints(
  endpoints: readonly { readonly name: string; readonly endpoint: HostedEndpoint }[],
  options: OpenOptions,
  { provider, model, identity, traits, contextLength }: Opening,
): Promise<OpenModel> {
  const { cache: folder, onEvent = () => undefined } = options;
  const throughput = { ...defaultThroughput, ...options.throughput };
  const cache = folder === false ? undefined : ResponseCache.open(folder ?? cacheFolder(options.env ?? process.env));
  const id = `${provider}:${model}`;
  const [keyVariable] = traits.keyVariables;
  const { abilities, source } = await abilitiesOf(endpoints, options, { identity, traits, cache }, (error) =>
    explain(error, { id, model, keyVariable }),
  );
  const report: ModelReport = {
    id,
    capabilities: {
      logprobs: abilities.echo || abilities.rawTop > 0 || abilities.chatTop > 0,
      prefill: abilities.prefill,
      rawCompletion: abilities.rawCompletion,
    },
    choice: abilities.echo ? "echo" : abilities.rawTop > 0 || abilities.chatTop > 0 ? "next-tokens" : "votes",
    source,
    endpoints: endpoints.map(({ name }) => name),
    contextLength,
  };
  const asker = new Asker(new Pool(endpoints, throughput, onEvent), {
    provider,
    model,
    identity,
    keyVariable,
    stopLimit: traits.stopLimit,
    repeatsPrefill: traits.repeatsPrefill ?? false,
    isExplicit: traits.isOpenAi,
    votes: options.votes ?? defaultVotes,
    window: throughput.window,
    abilities,
    report,
    onEvent,
  });
  return new HostedModel(asker, cache);
}

/** What the model can do: given, known of the provider, remembered from an earlier probe, else probed and remembered. */
async function abilitiesOf(
  endpoints: readonly { readonly name: string; readonly endpoint: HostedEndpoint }[],
  options: OpenOptions,
  { identity, traits, cache }: { identity: string; traits: Opening["traits"]; cache: ResponseCache | undefined },
  explain: (error: GaveUp) => Error,
): Promise<{ readonly abilities: Abilities; readonly source: ModelReport["source"] }> {
  const { logprobs, prefill, rawCompletion } = { ...traits.capabilities, ...options.capabilities };
  const canAsk = traits.isOpenAi;
  const known: Known = {
    chat: traits.isOpenAi ? undefined : true,
    prefill,
    rawCompletion: canAsk ? rawCompletion : false,
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
  const key = cacheKey({ kind: "abilities", identity, known });
  const kept = options.probe === "always" ? undefined : (cache?.get(key) as Remembered | undefined);
  if (kept !== undefined && Date.now() - kept.at < REMEMBERED_MS)
    return { abilities: kept.abilities, source: "remembered" };
  const pool = new Pool(endpoints.slice(0, 1), {
    ...defaultThroughput,
    ...options.throughput,
    maxAttempts: PROBE_ATTEMPTS,
  });
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
  const { chat, prefill, rawCompletion, echo, rawTop, chatTop } = known;
  if (chat === undefined || prefill === undefined || rawCompletion === undefined || chatTop === undefined)
    return undefined;
  if (!rawCompletion) return { chat, prefill, rawCompletion, echo: false, rawTop: 0, chatTop };
  if (echo === undefined || rawTop === undefined) return undefined;
  return { chat, prefill, rawCompletion, echo, rawTop, chatTop };
}

/** Without a probe only what is known is relied on. */
function assumeAbilities({ chat, prefill, rawCompletion, echo, rawTop, chatTop }: Known): Abilities {
  return {
    chat: chat ?? true,
    prefill: prefill ?? false,
    rawCompletion: rawCompletion ?? false,
    echo: echo ?? false,
    rawTop: rawTop ?? 0,
    chatTop: chatTop ?? 0,
  };
}

/** The model that an endpoint serves, where none or a wrong one was named; with its context length where it is stated. */
async function findServedModel(
  model: string,
  http: OpenAiHttp,
  address: string,
  named: { readonly id: string; readonly model: string; readonly keyVariable: string | undefined },
  { signal, probe: probing, throughput }: OpenOptions,
): Promise<{ readonly model: string; readonly contextLength?: number | undefined }> {
  if (model !== "" && probing === "never") return { model };
  const pool = new Pool([{ name: address, endpoint: http }], {
    ...defaultThroughput,
    ...throughput,
    maxAttempts: PROBE_ATTEMPTS,
  });
  const list = async (inner: AbortSignal) => ({ value: await http.models(inner), headers: {}, tokens: 0 });
  try {
    const { value: served } = await pool.run((_, inner) => list(inner), "models", signal);
    const found = model === "" && served.length === 1 ? served[0] : served.find(({ id }) => id === model);
    if (found !== undefined) {
      return { model: found.id, contextLength: found.contextLength };
    }
    if (model !== "") return { model };
    const names = served.map(({ id }) => id);
    throw new PreceptError("usage", {
      attempted: `Asking ${address} for its model`,
      found: names.length === 0 ? "no model" : `${names.length} models: ${names.slice(0, 10).join(", ")}`,
      expected: "one, or the one to take in the name",
      remedy: `openai-compatible:${names[0] ?? "MODEL"}@${address}`,
    });
  } catch (error) {
    if (!(error instanceof GaveUp)) throw error;
    const { failure } = error;
    const isUnreachable = failure.kind === "passing" && (failure.isConnection || failure.isHtml);
    const isForbidden = failure.kind === "fatal" && [401, 403].includes(failure.status);
    if (model === "" || isUnreachable || isForbidden) throw explain(error, named);
    return { model };
  }
}
