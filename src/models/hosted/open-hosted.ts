import { cacheFolder, ResponseCache } from "../cache/response-cache.ts";
import type { ModelReport, OpenModel } from "../open-model.ts";
import { defaultThroughput, defaultVotes, type OpenOptions } from "../options.ts";
import { shownAddress } from "../record-name.ts";
import { Pool } from "../throughput/pool.ts";
import { abilitiesOf } from "./abilities.ts";
import { accessesOf, type HostedSpec } from "./access.ts";
import { Asker } from "./asker.ts";
import { sdkChat } from "./chat.ts";
import type { Abilities, HostedEndpoint } from "./endpoint.ts";
import { explain } from "./explain.ts";
import { HostedModel } from "./hosted-model.ts";
import { OpenAiHttp } from "./openai-http.ts";
import { type Access, hostedProviders, type Provider } from "./providers.ts";
import type { SdkModel } from "./sdk-types.ts";
import { findServedModel } from "./served-model.ts";
import { withSchemaFallback } from "./structured.ts";

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
    addresses: isOwnAddress ? [] : names,
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

function choiceOf({ tokenIds, echo, rawTop, chatTop }: Abilities): ModelReport["choice"] {
  if (tokenIds) return "token-ids";
  if (echo) return "echo";
  return rawTop > 0 || chatTop > 0 ? "next-tokens" : "votes";
}

interface Opening {
  readonly provider: string;
  readonly model: string;
  readonly identity: string;
  readonly traits: Pick<Provider, "capabilities" | "keyVariables" | "stopLimit" | "isOpenAi" | "repeatsPrefill">;
  /** Where it is, unless that is the provider's own place. */
  readonly addresses?: readonly string[];
  readonly contextLength?: number | undefined;
}

async function openEndpoints(
  endpoints: readonly { readonly name: string; readonly endpoint: HostedEndpoint }[],
  options: OpenOptions,
  { provider, model, identity, traits, addresses = [], contextLength }: Opening,
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
    name: addresses.length === 0 ? id : `${id}@${addresses.join(",")}`,
    capabilities: {
      logprobs: abilities.tokenIds || abilities.echo || abilities.rawTop > 0 || abilities.chatTop > 0,
      prefill: abilities.prefill,
      rawCompletion: abilities.rawCompletion,
    },
    choice: choiceOf(abilities),
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
