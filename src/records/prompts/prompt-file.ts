import { open } from "node:fs/promises";
import { createInterface } from "node:readline";
import { z } from "zod";
import { PreceptError, readPathFault } from "../../errors.ts";
import type { Message } from "../../language-model.ts";
import { parseJson } from "../../storage/index.ts";
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
 * @throws PreceptError usage for a path that is none; input-invalid with file, line and field.
 */
export async function* readPromptFile(path: string, stream?: NodeJS.ReadableStream): AsyncGenerator<PromptRow> {
  let number = 0;
  let count = 0;
  let isJson = path.endsWith(".jsonl");
  try {
    const lines =
      stream === undefined
        ? (await open(path)).readLines()
        : createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
    for await (const line of lines) {
      number++;
      if (line.trim() === "") continue;
      const place = `${path}, line ${number}`;
      if (count === 0) isJson ||= line.startsWith("{");
      yield isJson ? parseRow(line, place, count) : { id: `${count}`, prompt: line, place };
      count++;
    }
  } catch (error) {
    if (error instanceof PreceptError || !(error instanceof Error && "code" in error)) throw error;
    const wrong = readPathFault(error);
    throw new PreceptError(wrong === undefined ? "input-invalid" : "usage", {
      attempted: `Reading ${path}`,
      found: wrong ?? error.message,
      expected: "a file of prompts",
      remedy: "check the path",
    });
  }
  if (count === 0) throw fault(`Reading ${path}`, "no prompt", "a prompt a line");
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
