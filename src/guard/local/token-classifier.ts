import { join } from "node:path";
import { PreceptError } from "../../errors.ts";
import { contentHash } from "../../storage/index.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import { Transformer } from "../../transformer/index.ts";
import type { Exchange } from "../exchange.ts";
import type { TokenClassifier, TokenReadings } from "../heads/classifier.ts";
import { type HeadFile, readHeadFile } from "../heads/head-file.ts";

/** What a guard model must agree on with the texts that it was trained on: its words, in order. */
export const tokenizerHash = ({ tokens }: Pick<Tokenizer, "tokens">): string => `sha256:${contentHash(tokens)}`;

/**
 * Opens what the stage guard-model wrote: guard.json with `checkpoint/` beside it.
 * @throws PreceptError checkpoint-missing, checkpoint-invalid for another tokenizer or number of heads; package-missing.
 */
export async function openTokenClassifier(
  folder: string,
  options: { readonly threads?: number | undefined } = {},
): Promise<TokenClassifier> {
  const file = await readHeadFile(folder);
  const model = await Transformer.load(join(folder, "checkpoint"), options);
  const fault = faultOf(file, model);
  if (fault !== undefined) {
    await model.dispose();
    const remedy = "take guard.json and checkpoint/ from one guard model";
    throw new PreceptError("checkpoint-invalid", { attempted: `Opening the guard model ${folder}`, ...fault, remedy });
  }
  return {
    file,
    place: folder,
    read: (exchange, text) => readText(model, file, exchange, text),
    dispose: () => model.dispose(),
  };
}

function faultOf(file: HeadFile, model: Transformer): { found: string; expected: string } | undefined {
  const heads = file.principles.length;
  if (model.headCount !== heads)
    return { found: `a checkpoint with ${model.headCount} heads`, expected: `the ${heads} heads of its guard.json` };
  if (tokenizerHash(model.tokenizer) === file.tokenizerHash) return undefined;
  return { found: "a tokenizer other than the one that it was trained with", expected: file.tokenizerHash };
}

/** What chat templates that write the date take for today, as in training. */
const TRAINING_DAY = new Date(2026, 0, 1);

async function readText(model: Transformer, file: HeadFile, exchange: Exchange, text: string): Promise<TokenReadings> {
  const { tokenizer } = model;
  const { contextLength } = model.config;
  const tokens = tokenizer.encode(text);
  const ends = endsOf(tokenizer, text, tokens.length);
  // Of a long conversation its end is read; a long answer is read in windows that overlap by half.
  const before = encodeExchange(tokenizer, file, exchange).slice(-Math.floor(contextLength / 2));
  const room = contextLength - before.length;
  const step = Math.max(1, Math.floor(room / 2));
  const starts = Array.from({ length: Math.max(1, Math.ceil((tokens.length - room) / step) + 1) }, (_, i) => i * step);
  const skipped = starts.map((start) => (start === 0 ? 0 : room - step));
  const sequences = starts.map((start) => [...before, ...tokens.slice(start, start + room)]);
  const from = skipped.map((skip) => before.length + skip);
  const parts = await model.heads(sequences, { from });
  const logits = new Float32Array(tokens.length * file.principles.length);
  for (const [index, part] of parts.entries())
    logits.set(part, ((starts[index] ?? 0) + (skipped[index] ?? 0)) * file.principles.length);
  return { ends, logits };
}

function encodeExchange(tokenizer: Tokenizer, { side, frame }: HeadFile, { turns }: Exchange): number[] {
  if (side === "input") return tokenizer.encode("", { addSpecialTokens: true });
  const last = turns.at(-1)?.role === "assistant" ? turns.slice(0, -1) : turns;
  if (frame === undefined && tokenizer.chat !== undefined) {
    const messages = last.map(({ role, text }) => ({ role: role === "tool" ? "user" : role, content: text }));
    return tokenizer.encode(tokenizer.chat.render(messages, { now: TRAINING_DAY }));
  }
  const asked = last.filter(({ role }) => role === "user" || role === "tool").map(({ text }) => text);
  const { before = "", after = "" } = frame ?? {};
  return tokenizer.encode(`${before}${asked.join("\n")}${after}`, { addSpecialTokens: true });
}

/** Where each token ends in the text: with its word, which is shared out among several; evenly where words do not add up. */
function endsOf(tokenizer: Tokenizer, text: string, count: number): number[] {
  const words = [...text.matchAll(/\s*\S+/g)].map(({ 0: word, index }) => ({ word, index }));
  const ends = words.flatMap(({ word, index }) => {
    const own = tokenizer.encode(word).length;
    return Array.from({ length: own }, (_, i) => index + Math.ceil(((i + 1) / own) * word.length));
  });
  if (ends.length === count) return ends;
  return Array.from({ length: count }, (_, i) => Math.ceil(((i + 1) / count) * text.length));
}
