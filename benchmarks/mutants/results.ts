import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { tryJson, writeWhole } from "../../src/storage/index.ts";

/**
 * "killed": a test failed; "timeout": a test did not end; "types": no test failed, the types check did; "survived": neither;
 * "untyped": no test failed, the types were not checked yet.
 */
const resultSchema = z.strictObject({
  id: z.string(),
  outcome: z.enum(["killed", "timeout", "types", "survived", "untyped"]),
  /** The test that told. */
  by: z.string().optional(),
  /** The test files run, in order. */
  tests: z.array(z.string()),
  seconds: z.number(),
  /** Hashes of the text of the mutated file, and of those of the test files run: the result holds while they stay. */
  source: z.string(),
  asked: z.string(),
});
export type Result = z.infer<typeof resultSchema>;

const baselineSchema = z.strictObject({
  test: z.string(),
  text: z.string(),
  passes: z.boolean(),
  durationMs: z.number(),
});
/** How a test file does on the sources as they are. */
export type Baseline = z.infer<typeof baselineSchema>;

/** A file of one JSON line per finished piece of work, the last of a key counting; a line cut by a kill is dropped. */
export class Journal<T> {
  readonly #path: string;
  readonly #keyOf: (entry: T) => string;
  readonly #entries = new Map<string, T>();

  constructor(path: string, schema: z.ZodType<T>, keyOf: (entry: T) => string) {
    this.#path = path;
    this.#keyOf = keyOf;
    if (!existsSync(path)) return;
    const text = readFileSync(path, "utf8");
    for (const line of text.split("\n").slice(0, -1)) {
      const { data } = schema.safeParse(tryJson(line));
      if (data !== undefined) this.#entries.set(keyOf(data), data);
    }
    if (!text.endsWith("\n") && text !== "") writeWhole(path, text.slice(0, text.lastIndexOf("\n") + 1));
  }

  get(key: string): T | undefined {
    return this.#entries.get(key);
  }

  add(entry: T): void {
    appendFileSync(this.#path, `${JSON.stringify(entry)}\n`);
    this.#entries.set(this.#keyOf(entry), entry);
  }
}

/** The results of mutants in a folder, whatever sample they were drawn for. */
export function openResults(folder: string): Journal<Result> {
  return new Journal(`${folder}/results.jsonl`, resultSchema, ({ id }) => id);
}

export function openBaselines(folder: string): Journal<Baseline> {
  return new Journal(`${folder}/baselines.jsonl`, baselineSchema, ({ test, text }) => `${test} ${text}`);
}
