import { PreceptError } from "../../errors.ts";
import { type PromptRow, readPromptFile } from "../../records/index.ts";
import {
  type GeneratedText,
  type GenerationSettings,
  generateText,
  generateTexts,
  openServedModel,
} from "../../serving/index.ts";
import { readText } from "../../storage/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { pageOf, table } from "../layout.ts";

export interface GenerateFlags {
  readonly prompt?: string | undefined;
  readonly file?: string;
  readonly chat: boolean;
  readonly system?: string;
  readonly chatTemplate?: string | undefined;
  readonly maxTokens?: number;
  readonly temperature?: number | undefined;
  readonly topP?: number;
  readonly stop?: readonly string[];
  readonly seed?: number | undefined;
  readonly logprobs: boolean;
  readonly threads?: number | undefined;
  readonly json: boolean;
}

/** precept generate MODEL: continues one prompt, word by word as it comes, or every prompt of a file. */
export async function generate(this: CliContext, flags: GenerateFlags, place: string): Promise<void> {
  const rows = flags.file === undefined ? undefined : promptsOf(this, flags, flags.file);
  const single = rows === undefined ? await singlePrompt(this, flags) : undefined;
  const { threads, chatTemplate, json, chat, ...rest } = flags;
  const settings: GenerationSettings = { ...rest, isChat: chat };
  const progress = progressOf(this, json);
  const options = { threads, chatTemplate, env: this.env, progress, signal: this.signal };
  const model = await openServedModel(place, options);
  try {
    if (single !== undefined) {
      const write = (text: string): void => void this.process.stdout.write(text);
      const start = performance.now();
      const result = await generateText(model, single, settings, {
        signal: this.signal,
        onText: json ? undefined : write,
      });
      if (json) printJson(this, { prompt: single.prompt, ...result });
      else printEnding(this, result, performance.now() - start);
    }
    if (rows === undefined) return;
    const results: GeneratedText[] = [];
    for await (const result of generateTexts(model, rows, settings, this.signal)) {
      if (json) results.push(result);
      else print(this, JSON.stringify(result));
    }
    if (json) printJson(this, { model: model.name, results });
  } finally {
    await model.close();
  }
}

async function singlePrompt({ stdin }: CliContext, { prompt }: GenerateFlags): Promise<PromptRow> {
  const attempted = "Reading the prompt";
  const remedy = 'precept generate FOLDER --prompt "…", or text on stdin, or --file FILE';
  if (prompt === undefined && "isTTY" in stdin && stdin.isTTY === true)
    throw new PreceptError("usage", { attempted, found: "no --prompt, no --file, and a terminal on stdin", remedy });
  const given = prompt ?? (await readText("stdin", { stream: stdin })).replace(/\r?\n$/, "");
  if (given.trim() !== "") return { id: "0", prompt: given, place: prompt === undefined ? "stdin" : "--prompt" };
  const found = prompt === undefined ? "nothing on stdin" : "an empty --prompt";
  throw new PreceptError("input-invalid", { attempted, found, expected: "a text to continue", remedy });
}

function promptsOf(context: CliContext, { prompt }: GenerateFlags, file: string): AsyncGenerator<PromptRow> {
  if (prompt === undefined) return file === "-" ? readPromptFile("stdin", context.stdin) : readPromptFile(file);
  throw new PreceptError("usage", {
    attempted: "Reading the flags",
    found: "--prompt and --file",
    expected: "one of them",
  });
}

/** After the text: its tokens where they were asked for, and on a terminal what it took. */
function printEnding(context: CliContext, { tokens, usage, finishReason }: GeneratedText, milliseconds: number): void {
  print(context, "");
  if (tokens !== undefined) {
    const cells = tokens.map(({ text, logprob }) => [
      JSON.stringify(text),
      (Math.round(1e4 * logprob) / 1e4 + 0).toFixed(4),
      `${(100 * Math.exp(logprob)).toFixed(1)} %`,
    ]);
    print(context, `\n${table([["token", "log-probability", "probability"], ...cells], "lrr")}`);
  }
  if (context.process.stderr.isTTY !== true) return;
  const rate = (1000 * usage.completionTokens) / milliseconds;
  const ending = finishReason === "stop" ? "ended by itself" : "cut at --max-tokens or the context";
  const errors = pageOf(context.process.stderr, context.env);
  context.process.stderr.write(
    errors.paint("dim", `${usage.completionTokens} tokens, ${Math.round(rate)} tokens/s, ${ending}\n`),
  );
}
