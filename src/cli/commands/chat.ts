import { createInterface } from "node:readline/promises";
import { PreceptError } from "../../errors.ts";
import { type Chat, type ChatCheckpoint, openChat } from "../../project/index.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { pageOf } from "../layout.ts";

export interface ChatFlags {
  readonly checkpoint?: ChatCheckpoint;
  readonly seed?: number | undefined;
  readonly ask?: string;
  readonly json: boolean;
}

/** precept chat RUN: talk to a run's checkpoint, the last one unless --checkpoint says otherwise, or to its own model. */
export async function chat(this: CliContext, flags: ChatFlags, folder: string): Promise<void> {
  const { ask, seed = 1, json } = flags;
  if (json && ask === undefined) {
    throw new PreceptError("usage", {
      attempted: "Reading the flags",
      found: "--json without --ask",
      expected: "one request for one JSON object",
      remedy: 'precept chat RUN --json --ask "how do i make soup for anna ?"',
    });
  }
  const open = await openChat(folder, { checkpoint: flags.checkpoint, env: this.env, signal: this.signal });
  try {
    if (ask === undefined) return await converse(this, open, seed);
    const { request, response } = await open.ask(ask, { seed, signal: this.signal });
    if (json) printJson(this, { checkpoint: open.checkpoint, request, response });
    else print(this, response);
  } finally {
    await open.close();
  }
}

async function converse(context: CliContext, { checkpoint, isHarbor, ask }: Chat, seed: number): Promise<void> {
  const page = pageOf(context.process.stdout, context.env);
  const isTerminal = context.process.stdout.isTTY === true;
  if (isTerminal) {
    const greeting = isHarbor
      ? `${checkpoint}, a model of a few hundred words. Ask in harbor's language; Ctrl-D ends.\nFor example: how do i make soup for anna ?\n`
      : `${checkpoint}; Ctrl-D ends.\n`;
    print(context, page.paint("dim", greeting));
  }
  const lines = createInterface({ input: context.stdin, signal: context.signal, crlfDelay: Number.POSITIVE_INFINITY });
  const prompt = (): void => {
    if (isTerminal) context.process.stdout.write(page.paint("cyan", "> "));
  };
  prompt();
  let turn = 0;
  for await (const line of lines) {
    if (line.trim() !== "") print(context, (await ask(line, { seed: seed + turn++, signal: context.signal })).response);
    prompt();
  }
  if (isTerminal) print(context, "");
}
