import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { Interruption, PreceptError } from "../../errors.ts";
import type { LanguageModel } from "../../language-model.ts";
import { LocalModel } from "../../models/local/index.ts";
import { readManifest } from "../../runs/index.ts";
import { harborTemplates } from "../../worlds/harbor/index.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { committedCheckpoint } from "../harbor.ts";
import { pageOf } from "../layout.ts";

export const chatCheckpoints = ["initial", "sl-cai", "rl-cai"] as const;

export interface ChatFlags {
  readonly checkpoint?: (typeof chatCheckpoints)[number];
  readonly seed?: number | undefined;
  readonly ask?: string;
  readonly json: boolean;
}

/** precept chat RUN: talk to a checkpoint, the last one unless --checkpoint says otherwise. --ask asks once. */
export async function chat(this: CliContext, flags: ChatFlags, folder: string): Promise<void> {
  if (flags.json && flags.ask === undefined) {
    throw new PreceptError("usage", {
      attempted: "Reading the flags",
      found: "--json without --ask",
      expected: "one request for one JSON object",
      remedy: 'precept chat RUN --json --ask "how do i make soup for anna ?"',
    });
  }
  const { name, path } = findCheckpoint(folder, flags.checkpoint);
  const model = await LocalModel.load(path);
  const seed = flags.seed ?? 1;
  try {
    if (flags.ask !== undefined) {
      const response = await answer(model, flags.ask, seed, this.signal);
      if (flags.json) printJson(this, { checkpoint: name, request: inHarbor(flags.ask), response });
      else print(this, response);
    } else {
      await converse(this, model, name, seed);
    }
  } finally {
    await model.dispose();
  }
}

async function converse(context: CliContext, model: LanguageModel, name: string, seed: number): Promise<void> {
  const page = pageOf(context.process.stdout, context.env);
  const isTerminal = context.process.stdout.isTTY === true;
  if (isTerminal) {
    print(
      context,
      page.paint("dim", `${name}, a model of a few hundred words. Ask in harbor's language; Ctrl-D ends.`),
    );
    print(context, page.paint("dim", "For example: how do i make soup for anna ?\n"));
  }
  const lines = createInterface({ input: context.stdin, signal: context.signal, crlfDelay: Number.POSITIVE_INFINITY });
  const prompt = (): void => {
    if (isTerminal) context.process.stdout.write(page.paint("cyan", "> "));
  };
  prompt();
  let turn = 0;
  for await (const line of lines) {
    if (line.trim() !== "") print(context, await answer(model, line, seed + turn++, context.signal));
    prompt();
  }
  if (isTerminal) print(context, "");
}

/** Harbor's requests are single turns: every line is a conversation of its own. */
async function answer(model: LanguageModel, line: string, seed: number, signal: AbortSignal): Promise<string> {
  const { prompt, stop, maxTokens } = harborTemplates.response([{ role: "user", content: inHarbor(line) }]);
  for await (const { text, error } of model.generate([{ id: "chat", prompt, seed }], { maxTokens, stop, signal })) {
    if (error === undefined) return text.trim();
    throw new PreceptError("context-overflow", { attempted: "Answering", found: error, remedy: "ask in fewer words" });
  }
  throw new Interruption("Answering");
}

/** Harbor writes in lower case, with spaces around its marks. */
function inHarbor(line: string): string {
  return line
    .toLowerCase()
    .replace(/([.,?!:;])/g, " $1 ")
    .trim()
    .replace(/\s+/g, " ");
}

function findCheckpoint(
  folder: string,
  wanted: ChatFlags["checkpoint"],
): { readonly name: string; readonly path: string } {
  const manifest = readManifest(folder);
  const found = (name: string): { name: string; path: string } | undefined => {
    const own = join(folder, name, "checkpoint");
    if (existsSync(join(own, "model.safetensors"))) return { name, path: own };
    return name === "initial" && manifest !== undefined ? { name, path: committedCheckpoint } : undefined;
  };
  const names = wanted === undefined ? [...chatCheckpoints].reverse() : [wanted];
  const checkpoint = names.map(found).find((one) => one !== undefined);
  if (checkpoint !== undefined) return checkpoint;
  throw new PreceptError("checkpoint-missing", {
    attempted: `Looking for ${wanted === undefined ? "a checkpoint" : `the checkpoint ${wanted}`} in ${folder}`,
    found: manifest === undefined ? "no run there" : "no such checkpoint",
    expected: "a run whose stage sl-cai is closed",
    remedy: manifest === undefined ? `precept demo --out ${folder}` : `precept ${wanted ?? "sl-cai"} ${folder}`,
  });
}
