import type { Tokenizer } from "../../tokenizer/index.ts";
import type { Transformer } from "../../transformer/index.ts";
import type { Exchange } from "../exchange.ts";
import type { HeadFile } from "../heads/head-file.ts";

/** How a text that may be longer than a context is read: in windows of `room` tokens behind `before`, each `step` further on. */
export interface Windows {
  /** Of a long conversation its end is read. */
  readonly before: readonly number[];
  readonly room: number;
  /** Half of `room`: windows overlap by the rest, which is read as context alone. */
  readonly step: number;
}

export function windowsOf(
  { tokenizer, config }: Pick<Transformer, "tokenizer" | "config">,
  file: HeadFile,
  exchange: Exchange,
): Windows {
  const { contextLength } = config;
  const before = encodeExchange(tokenizer, file, exchange).slice(-Math.floor(contextLength / 2));
  const room = contextLength - before.length;
  return { before, room, step: Math.max(1, Math.floor(room / 2)) };
}

/** What chat templates that write the date take for today, as in training. */
const TRAINING_DAY = new Date(2026, 0, 1);

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
export function endsOf(tokenizer: Tokenizer, text: string, count: number): number[] {
  const words = [...text.matchAll(/\s*\S+/g)].map(({ 0: word, index }) => ({ word, index }));
  const ends = words.flatMap(({ word, index }) => {
    const own = tokenizer.encode(word).length;
    return Array.from({ length: own }, (_, i) => index + Math.ceil(((i + 1) / own) * word.length));
  });
  if (ends.length === count) return ends;
  return Array.from({ length: count }, (_, i) => Math.ceil(((i + 1) / count) * text.length));
}
