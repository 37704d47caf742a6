import { existsSync } from "node:fs";
import { PreceptError } from "../errors.ts";
import { type Env, openModel } from "../models/index.ts";
import { omitUndefined } from "../omit-undefined.ts";
import { downloadReporter, type Progress, silentProgress } from "../progress/index.ts";
import { serveLanguageModel } from "./any-model.ts";
import type { ServedModel } from "./served-model.ts";

export interface OpenServedOptions {
  readonly threads?: number | undefined;
  /** Adapters in PEFT's format over a checkpoint of ours: name → folder or id on the hub. */
  readonly adapters?: ReadonlyMap<string, string>;
  /** Adapters may be loaded and unloaded while it is served; each change loads the checkpoint anew. */
  readonly runtimeAdapters?: boolean | undefined;
  /** A Jinja file, in place of the checkpoint's own chat template. */
  readonly chatTemplate?: string | undefined;
  /** For the keys and values of all sequences together; default 1 GiB. */
  readonly cacheBytes?: number | undefined;
  /** Where the keys of hosted models are read from. Default: process.env. */
  readonly env?: Env;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

/**
 * A model to be served: a checkpoint by folder or hub id, or a GGUF file, run by our engine, or any other by the name that `openModel`
 * takes ("openai:gpt-4o-mini", "ollama:llama3.2", "llamacpp:model.gguf", "http://host:8000/v1").
 * @throws PreceptError usage for options that only a checkpoint has; what loading a checkpoint or `openModel` throws.
 */
export async function openServedModel(place: string, options: OpenServedOptions = {}): Promise<ServedModel> {
  const { progress = silentProgress, env, ...engine } = options;
  if (isCheckpoint(place)) {
    const { EngineModel, ReloadingModel } = await import("./local/index.ts");
    const { isBeyondKernels, memoryNotice } = await import("../models/local/index.ts");
    try {
      const notice = await memoryNotice(place);
      if (notice !== undefined) progress.message(`note: ${notice}`);
      if (await isBeyondKernels(place)) return await openByGraph(place, options);
      const onDownload = (name: string) => downloadReporter(progress, name);
      const kind = engine.runtimeAdapters === true ? ReloadingModel : EngineModel;
      return await kind.load(place.replace(/^local:/, ""), { ...engine, onDownload });
    } finally {
      progress.finish();
    }
  }
  refuseEngineOptions(place, engine);
  const model = await openModel(place, { ...omitUndefined({ env }), signal: options.signal, cache: false });
  return serveLanguageModel(model, { contextLength: model.report.contextLength });
}

/** A checkpoint that the kernels cannot hold: slower, and without what only they have. */
async function openByGraph(
  place: string,
  { env, progress: _, signal, ...engine }: OpenServedOptions,
): Promise<ServedModel> {
  refuseEngineOptions(place, engine);
  const model = await openModel(place.startsWith("local:") ? place : `local:${place}`, {
    ...omitUndefined({ env }),
    signal,
  });
  return serveLanguageModel(model, { contextLength: model.report.contextLength });
}

function refuseEngineOptions(place: string, options: OpenServedOptions): void {
  const { adapters, runtimeAdapters, chatTemplate, cacheBytes, threads } = options;
  const given = [
    ["adapters while it runs", runtimeAdapters === true],
    ["an adapter", adapters !== undefined && adapters.size > 0],
    ["a chat template", chatTemplate !== undefined],
    ["memory for keys and values", cacheBytes !== undefined],
    ["a number of threads", threads !== undefined],
  ] as const;
  const [found] = given.find(([, isGiven]) => isGiven) ?? [];
  if (found === undefined) return;
  throw new PreceptError("usage", {
    attempted: `Opening ${place}`,
    found,
    expected: "that for a checkpoint of our own engine only",
    remedy: "leave it out",
  });
}

/** Whether our engine runs it: a folder or an id, or "local:" before one. */
const isCheckpoint = (place: string): boolean => existsSync(place) || !/^(?!local:)[a-z][a-z-]+:/.test(place);
