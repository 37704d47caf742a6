import { PreceptError } from "../errors.ts";
import { findNearest } from "../nearest.ts";

/** Where models come from: providers behind HTTP, llama.cpp, and folders of this machine. */
export const providerNames = [
  "anthropic",
  "openai",
  "google",
  "mistral",
  "groq",
  "ollama",
  "vllm",
  "openai-compatible",
  "llamacpp",
  "local",
] as const;
export type ProviderName = (typeof providerNames)[number];

/** A model's name taken apart. */
export interface ModelSpec {
  readonly provider: ProviderName;
  /** Empty where the endpoint is to say which one it serves. */
  readonly model: string;
  /** Addresses given in the name itself. */
  readonly baseUrls: readonly string[];
}

/** Whether a name is a GGUF file's, with nothing before its path. */
export const isGgufName = (text: string): boolean => /^(?:[a-z]:[\\/])?[^:]*\.gguf$/i.test(text);

/** A model's name with its provider: a GGUF file alone means our own engine. */
export const withProvider = (text: string): string => (isGgufName(text) ? `local:${text}` : text);

/**
 * "provider:model", "provider:model@http://host/v1" (several addresses with commas), an address alone, whose only
 * model is taken, or a GGUF file, which is "local:". @throws PreceptError usage for an unknown provider, with the nearest known one.
 */
export function parseModelSpec(text: string): ModelSpec {
  const attempted = `Opening the model "${text}"`;
  if (/^https?:\/\//.test(text))
    return { provider: "openai-compatible", model: "", baseUrls: parseAddresses(text, attempted) };
  if (isGgufName(text)) return { provider: "local", model: text, baseUrls: [] };
  const colon = text.indexOf(":");
  const provider = colon < 0 ? text : text.slice(0, colon);
  if (!isProvider(provider)) throw unknownProviderError(text, provider, attempted);
  const rest = colon < 0 ? "" : text.slice(colon + 1);
  if (provider === "openai-compatible" && /^https?:\/\//.test(rest)) {
    return { provider, model: "", baseUrls: parseAddresses(rest, attempted) };
  }
  const at = rest.search(/@https?:\/\//);
  const model = at < 0 ? rest : rest.slice(0, at);
  const baseUrls = at < 0 ? [] : parseAddresses(rest.slice(at + 1), attempted);
  if (model === "" && baseUrls.length === 0) {
    throw new PreceptError("usage", {
      attempted,
      found: `no model after "${provider}:"`,
      expected: `${provider}:MODEL`,
    });
  }
  return { provider, model, baseUrls };
}

function parseAddresses(text: string, attempted: string): string[] {
  return text.split(",").map((part) => {
    const address = part.trim().replace(/\/+$/, "");
    if (URL.canParse(address) && /^https?:$/.test(new URL(address).protocol)) return address;
    throw new PreceptError("usage", {
      attempted,
      found: `"${address}"`,
      expected: "an address such as http://host:8000/v1",
    });
  });
}

function isProvider(name: string): name is ProviderName {
  return (providerNames as readonly string[]).includes(name);
}

function unknownProviderError(text: string, provider: string, attempted: string): PreceptError {
  const [near] = findNearest(provider, providerNames, 1);
  return new PreceptError("usage", {
    attempted,
    found: text.includes(":") ? `the provider "${provider}"` : "no provider",
    expected: `PROVIDER:MODEL with one of ${providerNames.join(", ")}`,
    remedy:
      near === undefined
        ? "any server with an OpenAI-compatible interface: openai-compatible:MODEL@http://host:8000/v1"
        : `did you mean ${near}:${text.includes(":") ? text.slice(text.indexOf(":") + 1) : "MODEL"}?`,
  });
}
