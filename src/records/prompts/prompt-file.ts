import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import type { Message } from "../../language-model.ts";
import { IdSet, parseJson, readLines, type TextOptions } from "../../storage/index.ts";
import { messageSchema } from "../prompt.ts";

/** One row of a file of prompts, and where it stood. */
export interface PromptRow {
  readonly id: string;
  readonly prompt: string | readonly Message[];
  readonly seed?: number | undefined;
  /** "prompts.jsonl, line 3" */
  readonly place: string;
}

const row = z
  .looseObject({
    prompt: z.string().min(1, "an empty prompt").optional(),
    messages: z.array(messageSchema).min(1, "an empty dialogue").optional(),
    id: z.union([z.string(), z.number()]).optional(),
    seed: z.int().optional(),
  })
  .refine(({ prompt, messages }) => (prompt === undefined) !== (messages === undefined), "either prompt or messages");

/**
 * The prompts of a file as they are read: JSON lines with "prompt" or "messages" (and "id", "seed") when its name ends in
 * .jsonl or its first line is an object, else one prompt per line. Empty lines are left out.
 * @throws PreceptError as `readLines`; input-invalid with file, line and field, and for an id that stands twice.
 */
export async function* readPromptFile(path: string, stream?: TextOptions["stream"]): AsyncGenerator<PromptRow> {
  const ids = new IdSet();
  let isJson = /\.(?:jsonl|ndjson)(?:\.gz)?$/i.test(path);
  for await (const { text, number } of readLines(path, { stream })) {
    if (text.trim() === "") continue;
    const place = `${path}, line ${number}`;
    const count = ids.size;
    if (count === 0) isJson ||= text.startsWith("{");
    const row: PromptRow = isJson ? parseRow(text, place, count) : { id: `${count}`, prompt: text, place };
    const first = ids.placeOf(row.id);
    if (first !== undefined) {
      const found = `the id ${row.id} of line ${first} once more (rows without one are numbered from 0)`;
      throw fault(`Reading ${place}`, found, "each id once");
    }
    ids.add(row.id, number);
    yield row;
  }
  if (ids.size === 0) throw fault(`Reading ${path}`, "no prompt", "a prompt a line");
}

function parseRow(line: string, place: string, index: number): PromptRow {
  const { prompt, messages, id, seed } = parseJson(line, row, (found) =>
    fault(`Reading ${place}`, found, '{"prompt": "…"} or {"messages": [{"role": "user", "content": "…"}]}'),
  );
  return {
    id: `${id ?? index}`,
    prompt: prompt ?? messages ?? "",
    place,
    seed,
  };
}

function fault(attempted: string, found: string, expected: string): PreceptError {
  return new PreceptError("input-invalid", { attempted, found, expected });
}
