import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { Interruption, PreceptError } from "../errors.ts";
import { paperRender, type Render } from "../evaluation/index.ts";
import type { LanguageModel, Message } from "../language-model.ts";
import { type Env, isGgufName, recordName, withoutAddress } from "../models/index.ts";
import { LocalModel } from "../models/local/index.ts";
import { type Manifest, readManifest } from "../runs/index.ts";
import { checkpointPlace } from "../storage/index.ts";
import { harborTemplates, marker, writeForHarbor } from "../worlds/harbor/index.ts";
import { configNames, type LoadedConfig, loadConfig } from "./config/config.ts";
import { harborWorld } from "./harbor/embedded.ts";
import { openConfigured } from "./models.ts";
import { initialModelOf } from "./run-model.ts";

/** The checkpoints of a run that can be talked to, in the order of training. */
export const chatCheckpoints = ["initial", "sl-cai", "dpo", "rl-cai"] as const;
export type ChatCheckpoint = (typeof chatCheckpoints)[number];

export interface ChatOptions {
  /** Default: the last one that there is. */
  readonly checkpoint?: ChatCheckpoint | undefined;
  /** Where keys are read from. Default: process.env. */
  readonly env?: Env;
  readonly signal?: AbortSignal | undefined;
}

export interface ChatTurnOptions {
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

/** Someone to talk to. */
export interface Chat {
  /** Of the run, or the model's name. */
  readonly checkpoint: string;
  /** Speaks harbor's language of a few hundred words; every request is a dialogue of its own. */
  readonly isHarbor: boolean;
  /** Returns the request as the model reads it, and the response. @throws PreceptError context-overflow, model-failed or interrupted. */
  ask(request: string, options: ChatTurnOptions): Promise<{ readonly request: string; readonly response: string }>;
  close(): Promise<void>;
}

/** How a model is talked to: `render` writes a dialogue as text; without it, the model takes messages as they are. */
export interface ChatForm {
  readonly isHarbor: boolean;
  readonly render?: Render | undefined;
}

const harborForm: ChatForm = { isHarbor: true, render: harborTemplates.response };
const longestAnswer = 1024;

/**
 * Opens what a run is of: its last checkpoint, or, where it made data only, the model of its configuration; "RUN@STAGE" names
 * one checkpoint. A checkpoint, an adapter or a GGUF file is opened as it is.
 * @throws PreceptError checkpoint-missing, with what to do; as `openModel` does.
 */
export async function openChat(place: string, options: ChatOptions = {}): Promise<Chat> {
  const run = checkpointPlace(place.replace(/^local:/, ""));
  if ((run !== place || isGgufName(run)) && isCheckpoint(run)) return openCheckpoint({ name: place, path: run });
  const manifest = readManifest(run);
  const found = findCheckpoint(run, manifest, options.checkpoint);
  if (found !== undefined) return openCheckpoint(found);
  if (manifest?.config["models"] !== undefined) return openOwnModel(run, manifest, options);
  throw describeMissing(run, manifest, options.checkpoint);
}

/** Talks to a model, by default one that answers in harbor's language; other models remember the turns before. */
export function chatWith(model: LanguageModel, checkpoint: string, form: ChatForm = harborForm): Chat {
  const { isHarbor, render = (messages): ReturnType<Render> => ({ prompt: messages, stop: [] }) } = form;
  const turns: Message[] = [];
  return {
    checkpoint,
    isHarbor,
    async ask(line, { seed, signal }) {
      const request = isHarbor ? writeForHarbor(line) : line.trim();
      const said: Message = { role: "user", content: request };
      const { prompt, stop, maxTokens = longestAnswer } = render([...turns, said]);
      const asked = model.generate([{ id: "chat", prompt, seed }], { maxTokens, stop, signal });
      for await (const { text, error, outcome } of asked) {
        if (error === undefined) {
          const response = text.trim();
          if (!isHarbor) turns.push(said, { role: "assistant", content: response });
          return { request, response };
        }
        const code = isHarbor || outcome === "context-overflow" ? "context-overflow" : "model-failed";
        const remedy = code === "model-failed" ? undefined : "ask in fewer words";
        throw new PreceptError(code, { attempted: "Answering", found: error, remedy });
      }
      throw new Interruption("Answering");
    },
    close: async () => model.dispose?.(),
  };
}

export interface FoundCheckpoint {
  readonly name: string;
  readonly path: string;
}

const isCheckpoint = (folder: string): boolean =>
  (isGgufName(folder) && existsSync(folder)) ||
  ["config.json", "adapter_config.json"].some((file) => existsSync(join(folder, file)));

/** A checkpoint of a run: the one that is wanted, else the last one that there is. */
export function findCheckpoint(
  run: string,
  manifest: Manifest | undefined,
  wanted: ChatCheckpoint | undefined,
): FoundCheckpoint | undefined {
  const own = basename(resolve(run));
  if (manifest === undefined && wanted === undefined && isCheckpoint(run)) return { name: own, path: run };
  for (const name of wanted === undefined ? ["train", ...chatCheckpoints.toReversed()] : [wanted]) {
    const path = join(run, name, "checkpoint");
    // What a training job made is the model that its run is named after.
    if (isCheckpoint(path)) return { name: name === "train" ? own : name, path };
    if (name === "initial" && manifest?.config["world"] !== undefined) return { name, path: harborWorld.initial };
  }
  return undefined;
}

async function openCheckpoint({ name, path }: FoundCheckpoint): Promise<Chat> {
  const model = await LocalModel.load(path, { engine: harborWorld.isSpokenBy(path) ? "graph" : "auto" });
  const { tokenizer } = model.transformer;
  // An adapter has no tokenizer of its own: the base's says whose language it speaks.
  const isHarbor = [marker.assistant, marker.critique, marker.better].every(
    (token) => tokenizer.idOf(token) !== undefined,
  );
  if (isHarbor) return chatWith(model, name);
  return chatWith(model, name, { isHarbor, render: tokenizer.chat === undefined ? paperRender : undefined });
}

/** A run of data has no checkpoint: its model is opened as the configuration says that it was made with. */
async function openOwnModel(
  run: string,
  manifest: Manifest,
  { checkpoint, env = process.env, signal = new AbortController().signal }: ChatOptions,
): Promise<Chat> {
  const loaded = await findConfiguration(run, manifest);
  const { initial, slCai } = loaded?.models ?? {};
  const model = { initial, "sl-cai": slCai, dpo: undefined, "rl-cai": undefined, last: slCai ?? initial }[
    checkpoint ?? "last"
  ];
  if (loaded === undefined || model === undefined) throw describeMissing(run, manifest, checkpoint);
  const opened = await openConfigured(model, loaded, { env, signal, cache: false, onEvent: () => undefined });
  const render = loaded.config.format === "paper" ? paperRender : undefined;
  return chatWith(opened, nameOf(model.name), { isHarbor: false, render });
}

const nameOf = (configured: string): string => withoutAddress(recordName(configured));

/** The configuration here, in the run's folder or in one of the two around it, if it names the run's own model. */
async function findConfiguration(run: string, manifest: Manifest): Promise<LoadedConfig | undefined> {
  const own = initialModelOf(manifest);
  for (const folder of new Set([process.cwd(), ...[".", "..", "../.."].map((up) => resolve(run, up))])) {
    if (!configNames.some((name) => existsSync(join(folder, name)))) continue;
    const loaded = await loadConfig(undefined, folder);
    const { initial } = loaded.models;
    if (initial !== undefined && own !== undefined && nameOf(initial.name) === withoutAddress(own)) return loaded;
  }
  return undefined;
}

function describeMissing(run: string, manifest: Manifest | undefined, wanted: string | undefined): PreceptError {
  const attempted = `Looking for ${wanted === undefined ? "a checkpoint" : `the checkpoint ${wanted}`} in ${run}`;
  const model = manifest === undefined ? undefined : initialModelOf(manifest);
  if (model !== undefined) {
    return new PreceptError("checkpoint-missing", {
      attempted,
      found: `a run that made data with ${model}, and no configuration that names a model to talk to`,
      expected: `${configNames.join(", ")} with ${wanted === "sl-cai" ? "models.slCai" : `the model ${model}`}, here or in the run's folder`,
      remedy: `the same command in the folder of the configuration; or precept export ${run} --to trl, train, and talk to what was trained`,
    });
  }
  return new PreceptError("checkpoint-missing", {
    attempted,
    found: manifest === undefined ? "no run there" : "no such checkpoint",
    expected: "a run whose stage sl-cai or train is closed, a checkpoint's folder, or a GGUF file",
    remedy:
      manifest === undefined
        ? `precept demo --out ${run}`
        : manifest.kind === "project"
          ? `precept ${wanted ?? "sl-cai"} ${run}`
          : `precept show ${run} says what there is`,
  });
}
