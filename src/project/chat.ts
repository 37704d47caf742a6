import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { Interruption, PreceptError } from "../errors.ts";
import type { LanguageModel } from "../language-model.ts";
import { LocalModel } from "../models/local/index.ts";
import { readManifest } from "../runs/index.ts";
import { harborTemplates } from "../worlds/harbor/index.ts";

/** The checkpoints of a run that can be talked to, in the order of training. */
export const chatCheckpoints = ["initial", "sl-cai", "rl-cai"] as const;
export type ChatCheckpoint = (typeof chatCheckpoints)[number];

export interface ChatOptions {
  /** Default: the last one that there is. */
  readonly checkpoint?: ChatCheckpoint | undefined;
  /** The folder of the initial model, for runs that keep none of their own. */
  readonly initial?: string | undefined;
}

export interface ChatTurnOptions {
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

/** Someone to talk to. Harbor's requests are single turns: every one is a dialogue of its own. */
export interface Chat {
  readonly checkpoint: string;
  /** Returns the request as harbor writes it, and the response. @throws PreceptError context-overflow or interrupted. */
  ask(request: string, options: ChatTurnOptions): Promise<{ readonly request: string; readonly response: string }>;
  close(): Promise<void>;
}

/** Opens a checkpoint of a run. @throws PreceptError checkpoint-missing, with the command that makes it; usage for a run not on harbor. */
export async function openChat(run: string, options: ChatOptions = {}): Promise<Chat> {
  const { name, path } = findCheckpoint(run, options);
  return chatWith(await LocalModel.load(path), name);
}

/** Talks to a model that answers in harbor's language. */
export function chatWith(model: LanguageModel, checkpoint: string): Chat {
  return {
    checkpoint,
    async ask(line, { seed, signal }) {
      const request = writeForHarbor(line);
      const { prompt, stop, maxTokens } = harborTemplates.response([{ role: "user", content: request }]);
      for await (const { text, error } of model.generate([{ id: "chat", prompt, seed }], { maxTokens, stop, signal })) {
        if (error === undefined) return { request, response: text.trim() };
        const details = { attempted: "Answering", found: error, remedy: "ask in fewer words" };
        throw new PreceptError("context-overflow", details);
      }
      throw new Interruption("Answering");
    },
    close: async () => model.dispose?.(),
  };
}

/** Harbor writes in lower case, with spaces around its marks. */
function writeForHarbor(line: string): string {
  return line
    .toLowerCase()
    .replace(/([.,?!:;])/g, " $1 ")
    .trim()
    .replace(/\s+/g, " ");
}

function findCheckpoint(
  run: string,
  { checkpoint: wanted, initial }: ChatOptions,
): { readonly name: string; readonly path: string } {
  const manifest = readManifest(run);
  const isOnHarbor = z.object({ world: z.object({ name: z.literal("harbor") }) }).safeParse(manifest?.config).success;
  if (manifest !== undefined && !isOnHarbor) {
    throw new PreceptError("usage", {
      attempted: `Opening a chat with ${run}`,
      found: `a run of kind ${manifest.kind} that is not on harbor`,
      expected: "a run on harbor, whose requests are sentences of its language",
      remedy: 'precept generate CHECKPOINT --chat --prompt "Hello" for any other model',
    });
  }
  for (const name of wanted === undefined ? chatCheckpoints.toReversed() : [wanted]) {
    const own = join(run, name, "checkpoint");
    if (existsSync(join(own, "model.safetensors"))) return { name, path: own };
    if (name === "initial" && manifest !== undefined && initial !== undefined) return { name, path: initial };
  }
  throw new PreceptError("checkpoint-missing", {
    attempted: `Looking for ${wanted === undefined ? "a checkpoint" : `the checkpoint ${wanted}`} in ${run}`,
    found: manifest === undefined ? "no run there" : "no such checkpoint",
    expected: "a run whose stage sl-cai is closed",
    remedy: manifest === undefined ? `precept demo --out ${run}` : `precept ${wanted ?? "sl-cai"} ${run}`,
  });
}
