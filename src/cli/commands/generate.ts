import { text as readAll } from "node:stream/consumers";
import { Interruption, PreceptError } from "../../errors.ts";
import { type TextDelta, TextModel, type TextRequest } from "../../serving/index.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { pageOf, table } from "../layout.ts";
import { type PromptRow, readPromptFile } from "../prompt-file.ts";
import { modelPlace } from "../train-job.ts";

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

/** What one prompt became, as --json and batches write it. */
interface Result {
  readonly id: string;
  readonly text: string;
  readonly finishReason: "stop" | "length";
  readonly usage: { readonly promptTokens: number; readonly completionTokens: number };
  readonly tokens?: readonly { readonly text: string; readonly logprob: number }[];
}

/** Prompts of a file that are in the batch or done and not yet written. */
const AHEAD = 256;

/** precept generate FOLDER: continues one prompt, word by word as it comes, or every prompt of a file. */
export async function generate(this: CliContext, flags: GenerateFlags, place: string): Promise<void> {
  const folder = await modelPlace(this, place, flags.json);
  const rows = flags.file === undefined ? undefined : promptsOf(this, flags, flags.file);
  const single = rows === undefined ? await singlePrompt(this, flags) : undefined;
  const model = await TextModel.load(folder, {
    threads: flags.threads,
    chatTemplate: flags.chatTemplate,
  });
  try {
    if (rows !== undefined) await generateAll(this, model, flags, rows);
    else if (single !== undefined) await generateOne(this, model, flags, single);
  } catch (error) {
    if (!(error instanceof PreceptError && error.code === "interrupted")) throw error;
    const { attempted, found } = error.details;
    throw new Interruption(attempted, found, "what was written is complete so far");
  } finally {
    await model.close();
  }
}

async function singlePrompt({ stdin }: CliContext, { prompt }: GenerateFlags): Promise<PromptRow> {
  const attempted = "Reading the prompt";
  const remedy = 'precept generate FOLDER --prompt "…", or text on stdin, or --file FILE';
  if (prompt === undefined && "isTTY" in stdin && stdin.isTTY === true)
    throw new PreceptError("usage", { attempted, found: "no --prompt, no --file, and a terminal on stdin", remedy });
  const given = prompt ?? (await readAll(stdin)).replace(/\r?\n$/, "");
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

/** @throws PreceptError with the row's place when it cannot be continued. */
function requestOf(model: TextModel, flags: GenerateFlags, row: PromptRow, stream: boolean): TextRequest {
  const { maxTokens = 128, temperature = 1, topP = 1, stop = [], seed = 1, chat, system } = flags;
  const isChat = chat || typeof row.prompt !== "string";
  const dialogue = typeof row.prompt === "string" ? [{ role: "user", content: row.prompt }] : row.prompt;
  const preface = system === undefined ? [] : [{ role: "system", content: system }];
  try {
    const tokens = isChat ? model.encodeChat([...preface, ...dialogue]) : model.encodeText(String(row.prompt));
    const request = {
      id: row.id,
      seed: row.seed ?? seed,
      tokens,
      maxTokens,
      temperature,
      topP,
      stop,
      topLogprobs: 0,
      echo: false,
      stream,
    };
    model.check(request);
    return request;
  } catch (error) {
    if (!(error instanceof PreceptError) || row.place === "--prompt") throw error;
    const { attempted, ...details } = error.details;
    throw new PreceptError(error.code, { ...details, attempted: `${attempted}, ${row.place}` });
  }
}

async function generateOne(context: CliContext, model: TextModel, flags: GenerateFlags, row: PromptRow): Promise<void> {
  const request = requestOf(model, flags, row, !flags.json);
  const deltas: TextDelta[] = [];
  const start = performance.now();
  for await (const delta of model.complete(request, context.signal)) {
    deltas.push(delta);
    if (!flags.json) context.process.stdout.write(delta.text);
  }
  const result = resultOf(row.id, request, deltas, flags.logprobs);
  if (flags.json) {
    printJson(context, { prompt: row.prompt, ...result });
    return;
  }
  print(context, "");
  if (result.tokens !== undefined) {
    const cells = result.tokens.map(({ text, logprob }) => [
      JSON.stringify(text),
      (Math.round(1e4 * logprob) / 1e4 + 0).toFixed(4),
      `${(100 * Math.exp(logprob)).toFixed(1)} %`,
    ]);
    print(context, `\n${table([["token", "log-probability", "probability"], ...cells], "lrr")}`);
  }
  if (context.process.stderr.isTTY !== true) return;
  const { completionTokens } = result.usage;
  const rate = (1000 * completionTokens) / (performance.now() - start);
  const ending = result.finishReason === "stop" ? "ended by itself" : "cut at --max-tokens or the context";
  const errors = pageOf(context.process.stderr, context.env);
  context.process.stderr.write(
    errors.paint("dim", `${completionTokens} tokens, ${Math.round(rate)} tokens/s, ${ending}\n`),
  );
}

/** Writes the results in the order of the file; as many rows as pay are in the batch at once. */
async function generateAll(
  context: CliContext,
  model: TextModel,
  flags: GenerateFlags,
  rows: AsyncGenerator<PromptRow>,
): Promise<void> {
  const results: Result[] = [];
  const running: Promise<Result>[] = [];
  const left = new AbortController();
  const signal = AbortSignal.any([context.signal, left.signal]);
  const run = async (row: PromptRow): Promise<Result> => {
    const request = requestOf(model, flags, row, false);
    const deltas: TextDelta[] = [];
    for await (const delta of model.complete(request, signal)) deltas.push(delta);
    return resultOf(row.id, request, deltas, flags.logprobs);
  };
  const write = async (): Promise<void> => {
    const result = await running.shift();
    if (result === undefined) return;
    if (flags.json) results.push(result);
    else print(context, JSON.stringify(result));
  };
  try {
    for await (const row of rows) {
      const result = run(row);
      result.catch(() => undefined);
      running.push(result);
      if (running.length >= AHEAD) await write();
    }
    while (running.length > 0) await write();
  } finally {
    left.abort();
  }
  if (flags.json) printJson(context, { model: model.name, results });
}

function resultOf(id: string, { tokens }: TextRequest, deltas: readonly TextDelta[], withTokens: boolean): Result {
  const read = deltas.flatMap((delta) => delta.tokens);
  const { finishReason = "length", endTokens = 0 } = deltas.at(-1) ?? {};
  return {
    id,
    text: deltas.map(({ text }) => text).join(""),
    finishReason,
    usage: { promptTokens: tokens.length, completionTokens: read.length + endTokens },
    ...(withTokens ? { tokens: read.map(({ piece, logprob }) => ({ text: piece, logprob })) } : {}),
  };
}
