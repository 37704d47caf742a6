import type { Capabilities } from "../../language-model.ts";
import { omitUndefined } from "../../omit-undefined.ts";
import type { ProviderName } from "../spec.ts";
import type { SdkModelV4 } from "./sdk-types.ts";

/** Providers behind HTTP. */
export type HostedName = Exclude<ProviderName, "llamacpp" | "local">;

/** Where and with what key an endpoint is called. */
export interface Access {
  readonly baseUrl: string;
  readonly key: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** How a provider is called, and what is known of it. */
export interface Provider {
  /** Variables that may hold the key, the provider's own first; none where no key is used. */
  readonly keyVariables: readonly string[];
  readonly isKeyNeeded: boolean;
  readonly baseUrl?: string;
  /** Variable that replaces `baseUrl`. */
  readonly baseUrlVariable?: string;
  /** What is known without asking; the rest is probed. */
  readonly capabilities: Partial<Capabilities>;
  /** Speaks OpenAI's protocol, so that log-probabilities and raw completions can be asked for. */
  readonly isOpenAi: boolean;
  /** Most stop strings that the provider takes; all are applied here anyway. */
  readonly stopLimit: number;
  /** The answer begins with the prefill again. */
  readonly repeatsPrefill?: boolean;
  /** Fields of every sampling request; vLLM takes what is left out from the model's own generation_config. */
  readonly extra?: Readonly<Record<string, number>>;
  /** The AI SDK's adapter, where it has one of its own. */
  sdk?(model: string, access: Access): Promise<SdkModelV4>;
}

/** The address of an Ollama server from OLLAMA_HOST, which may lack the scheme and the path. */
function ollamaUrl(host: string): string {
  const address = /^https?:\/\//.test(host) ? host : `http://${host}`;
  return `${address.replace(/\/+$/, "").replace(/\/v1$/, "")}/v1`;
}

/** A provider's address: from its variable where that is set, else its own. */
export function baseUrlOf({ baseUrl, baseUrlVariable }: Provider, env: Readonly<Record<string, string | undefined>>) {
  const given = baseUrlVariable === undefined ? undefined : env[baseUrlVariable];
  if (given === undefined || given === "") return baseUrl;
  return baseUrlVariable === "OLLAMA_HOST" ? ollamaUrl(given) : given.replace(/\/+$/, "");
}

const settings = ({ baseUrl, key, headers }: Access) =>
  omitUndefined({ baseURL: baseUrl, headers: { ...headers }, apiKey: key });

/** Models behind HTTP. Keys come from the environment only. */
export const hostedProviders: Readonly<Record<HostedName, Provider>> = {
  anthropic: {
    keyVariables: ["ANTHROPIC_API_KEY"],
    isKeyNeeded: true,
    baseUrl: "https://api.anthropic.com/v1",
    baseUrlVariable: "ANTHROPIC_BASE_URL",
    capabilities: { logprobs: false, rawCompletion: false },
    isOpenAi: false,
    stopLimit: 8191,
    sdk: async (model, access) => (await import("@ai-sdk/anthropic")).createAnthropic(settings(access))(model),
  },
  openai: {
    keyVariables: ["OPENAI_API_KEY"],
    isKeyNeeded: true,
    baseUrl: "https://api.openai.com/v1",
    baseUrlVariable: "OPENAI_BASE_URL",
    capabilities: { prefill: false },
    isOpenAi: true,
    stopLimit: 4,
    sdk: async (model, access) => (await import("@ai-sdk/openai")).createOpenAI(settings(access)).chat(model),
  },
  google: {
    keyVariables: ["GOOGLE_GENERATIVE_AI_API_KEY", "GEMINI_API_KEY"],
    isKeyNeeded: true,
    baseUrl: "https://generativelanguage.googleapis.com/v1beta",
    capabilities: { logprobs: false, rawCompletion: false, prefill: false },
    isOpenAi: false,
    stopLimit: 5,
    sdk: async (model, access) => (await import("@ai-sdk/google")).createGoogleGenerativeAI(settings(access))(model),
  },
  mistral: {
    keyVariables: ["MISTRAL_API_KEY"],
    isKeyNeeded: true,
    baseUrl: "https://api.mistral.ai/v1",
    capabilities: { logprobs: false, rawCompletion: false, prefill: true },
    isOpenAi: false,
    stopLimit: 4,
    repeatsPrefill: true,
    sdk: async (model, access) => (await import("@ai-sdk/mistral")).createMistral(settings(access))(model),
  },
  groq: {
    keyVariables: ["GROQ_API_KEY"],
    isKeyNeeded: true,
    baseUrl: "https://api.groq.com/openai/v1",
    capabilities: { logprobs: false, rawCompletion: false, prefill: true },
    isOpenAi: false,
    stopLimit: 4,
    sdk: async (model, access) => (await import("@ai-sdk/groq")).createGroq(settings(access))(model),
  },
  ollama: {
    keyVariables: ["OLLAMA_API_KEY"],
    isKeyNeeded: false,
    baseUrl: "http://127.0.0.1:11434/v1",
    baseUrlVariable: "OLLAMA_HOST",
    // Its /v1/completions wraps the text in the chat template, so it is no raw completion.
    capabilities: { rawCompletion: false },
    isOpenAi: true,
    stopLimit: 16,
  },
  vllm: {
    keyVariables: ["VLLM_API_KEY"],
    isKeyNeeded: false,
    baseUrl: "http://127.0.0.1:8000/v1",
    baseUrlVariable: "VLLM_BASE_URL",
    capabilities: {},
    isOpenAi: true,
    stopLimit: 16,
    extra: { top_k: -1 },
  },
  "openai-compatible": {
    keyVariables: ["OPENAI_COMPATIBLE_API_KEY"],
    isKeyNeeded: false,
    baseUrlVariable: "OPENAI_COMPATIBLE_BASE_URL",
    capabilities: {},
    isOpenAi: true,
    stopLimit: 4,
  },
};
