import type { StandardSchemaV1 } from "@standard-schema/spec";
import { jsonrepair } from "jsonrepair";
import type { z } from "zod";
import type { Generation } from "../language-model.ts";
import { canonicalJson } from "../storage/index.ts";

/** What a model's answer says as JSON, or why it says none. */
export type JsonReading<T> =
  | { readonly value: T; readonly isRepaired: boolean }
  | { readonly fault: "length" | "empty" | "no-json" | "schema"; readonly issues: readonly string[] };

/**
 * Reads the answer as a schema has it (zod 4, or any Standard Schema): as it is, out of a fence or prose around it, then mended by
 * jsonrepair. `isRepaired` tells what was mended or changed by the schema from what was right. An answer that was cut is a
 * fault and never mended: what is missing of it cannot be known.
 */
export async function readJson<S extends StandardSchemaV1>(
  { text, finishReason }: Pick<Generation, "text" | "finishReason">,
  schema: S,
): Promise<JsonReading<StandardSchemaV1.InferOutput<S>>> {
  if (text.trim() === "") return { fault: finishReason === "length" ? "length" : "empty", issues: [] };
  const whole = parse(text) ?? parse(sliceJson(text));
  if (whole === undefined && finishReason === "length") return { fault: "length", issues: [] };
  const read = whole ?? repair(sliceJson(text));
  if (read === undefined) return { fault: "no-json", issues: [] };
  const result = await schema["~standard"].validate(read.value);
  if (result.issues !== undefined) return { fault: "schema", issues: result.issues.map(describeIssue) };
  // A schema that turns "5" into 5 mends as well; one that writes members in its own order does not.
  const isCoerced = canonicalJson(result.value) !== canonicalJson(read.value);
  return { value: result.value, isRepaired: whole === undefined || isCoerced };
}

interface Read {
  readonly value: unknown;
}

function parse(text: string): Read | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function repair(text: string): Read | undefined {
  if (!/^[[{]/.test(text)) return undefined;
  try {
    return parse(jsonrepair(joinAtColons(text)));
  } catch {
    return undefined;
  }
}

/** Small models close a string at a colon in it: `"principle": "Truthful": "Say …"`. */
const joinAtColons = (text: string): string => text.replace(/(:\s*"[^"\\]*)"\s*:\s*"/g, "$1: ");

/** From the first bracket to the one that closes it, brackets in strings aside, those in single marks too; to the end where none does. */
export function sliceJson(text: string): string {
  const start = text.search(/[[{]/);
  if (start < 0) return text.trim();
  const end = endOfJson(text, start);
  return end === undefined ? text.slice(start).replace(/\s*\x60{3}\s*$/, "") : text.slice(start, end);
}

/** Behind the bracket that closes the one at `start`; undefined where none does. */
function endOfJson(text: string, start: number): number | undefined {
  let depth = 0;
  let mark: string | undefined;
  for (let at = start; at < text.length; at++) {
    const sign = text[at];
    if (mark !== undefined) {
      if (sign === "\\") at++;
      else if (sign === mark && (mark === '"' || /^\s*[,:}\]]/.test(text.slice(at + 1, at + 20)))) mark = undefined;
    } else if (sign === '"' || (sign === "'" && /[{[,:]\s*$/.test(text.slice(Math.max(0, at - 20), at)))) mark = sign;
    else if (sign === "{" || sign === "[") depth++;
    else if ((sign === "}" || sign === "]") && --depth === 0) return at + 1;
  }
  return undefined;
}

/**
 * Every object of a schema in what a model said, in order: whatever stands around them, in a list or alone, and also where the
 * answer was cut behind the last whole one. Line breaks within their strings become spaces.
 */
export function readJsonObjects<S extends z.ZodType>(said: string, schema: S): z.infer<S>[] {
  const text = said.replace(/[\n\r\t]+/g, " ");
  const found: z.infer<S>[] = [];
  let at = text.indexOf("{");
  while (at >= 0) {
    const end = endOfJson(text, at);
    const own = text.slice(at, end);
    const read = end === undefined ? undefined : (parse(own) ?? repair(own));
    const result = schema.safeParse(read?.value);
    if (result.success) found.push(result.data);
    at = text.indexOf("{", result.success && end !== undefined ? end : at + 1);
  }
  return found;
}

function describeIssue({ message, path = [] }: StandardSchemaV1.Issue): string {
  const place = path.map((part) => String(typeof part === "object" ? part.key : part)).join(".");
  return `${place === "" ? "(whole)" : place}: ${message}`;
}
