import { join } from "node:path";
import { PreceptError } from "../../errors.ts";
import { contentHash } from "../../storage/index.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import { Transformer } from "../../transformer/index.ts";
import type { Exchange } from "../exchange.ts";
import type { TokenClassifier, TokenReadings } from "../heads/classifier.ts";
import { type HeadFile, readHeadFile } from "../heads/head-file.ts";
import { GrowingText } from "./growing-text.ts";
import { endsOf, windowsOf } from "./windows.ts";

/** What a guard model must agree on with the texts that it was trained on: its words, in order. */
export const tokenizerHash = ({ tokens }: Pick<Tokenizer, "tokens">): string => `sha256:${contentHash(tokens)}`;

/**
 * Opens what the stage guard-model wrote: guard.json with its checkpoint beside it.
 * @throws PreceptError checkpoint-missing, checkpoint-invalid for another tokenizer or number of heads; package-missing.
 */
export async function openTokenClassifier(
  folder: string,
  options: { readonly threads?: number | undefined } = {},
): Promise<TokenClassifier> {
  const file = await readHeadFile(folder);
  const model = await Transformer.load(join(folder, file.checkpoint ?? "checkpoint"), options);
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
    open: (exchange) => new GrowingText(model, file, exchange),
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

async function readText(model: Transformer, file: HeadFile, exchange: Exchange, text: string): Promise<TokenReadings> {
  const { tokenizer } = model;
  const tokens = tokenizer.encode(text);
  const { before, room, step } = windowsOf(model, file, exchange);
  const starts = Array.from({ length: Math.max(1, Math.ceil((tokens.length - room) / step) + 1) }, (_, i) => i * step);
  const skipped = starts.map((start) => (start === 0 ? 0 : room - step));
  const sequences = starts.map((start) => [...before, ...tokens.slice(start, start + room)]);
  const from = skipped.map((skip) => before.length + skip);
  const parts = await model.heads(sequences, { from });
  const logits = new Float32Array(tokens.length * file.principles.length);
  for (const [index, part] of parts.entries())
    logits.set(part, ((starts[index] ?? 0) + (skipped[index] ?? 0)) * file.principles.length);
  return { ends: endsOf(tokenizer, text, tokens.length), logits };
}
