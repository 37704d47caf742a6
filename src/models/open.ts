import type { LanguageModel } from "../language-model.ts";
import type { SdkModel } from "./hosted/index.ts";
import { tellCalls } from "./local/tell-calls.ts";
import type { OpenModel } from "./open-model.ts";
import type { OpenOptions } from "./options.ts";
import { type ModelSpec, parseModelSpec } from "./spec.ts";

/**
 * A model by name ("openai:gpt-4o-mini", "vllm:Qwen/Qwen3-8B@http://gpu:8000/v1", "http://localhost:8000/v1",
 * "llamacpp:model.gguf", "local:FOLDER", "model.gguf"), an AI SDK model, or one of ours, which comes back taking streams.
 * @throws PreceptError usage for a name that says nothing; key-missing, key-rejected, model-unknown, endpoint-down,
 * package-missing.
 */
export async function openModel(
  model: string | SdkModel | LanguageModel,
  options: OpenOptions = {},
): Promise<OpenModel> {
  if (typeof model !== "string") {
    if (!("doGenerate" in model)) {
      return tellCalls((await import("./local/in-process.ts")).acceptStreams(model), options.onEvent);
    }
    return (await import("./hosted/index.ts")).openSdkModel(model, options);
  }
  const spec = parseModelSpec(model);
  if (spec.provider === "local") return tellCalls(await openLocal(spec, options), options.onEvent);
  if (spec.provider === "llamacpp") {
    return tellCalls(await (await import("./local/llamacpp.ts")).openLlamaCpp(spec, options), options.onEvent);
  }
  return (await import("./hosted/index.ts")).openHosted({ ...spec, provider: spec.provider }, options);
}

async function openLocal({ model }: ModelSpec, { render }: OpenOptions): Promise<OpenModel> {
  const { LocalModel } = await import("./local/local.ts");
  const { acceptStreams } = await import("./local/in-process.ts");
  return acceptStreams(await LocalModel.load(model, { engine: "auto", render }));
}
