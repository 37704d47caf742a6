import type { z } from "zod";

/**
 * Every JSON object of a schema in what a model said, in order: whatever stands around them, in a list or alone, and also
 * where the answer was cut behind the last whole one.
 */
export function readObjects<S extends z.ZodType>(text: string, schema: S): z.infer<S>[] {
  const found: z.infer<S>[] = [];
  let at = text.indexOf("{");
  while (at >= 0) {
    const end = endOfObject(text, at);
    const result = end === undefined ? undefined : schema.safeParse(parse(text.slice(at, end)));
    if (result?.success === true) found.push(result.data);
    at = text.indexOf("{", result?.success === true && end !== undefined ? end : at + 1);
  }
  return found;
}

/** Behind the brace that closes the one at `start`; undefined where none does. */
function endOfObject(text: string, start: number): number | undefined {
  let depth = 0;
  let isString = false;
  for (let at = start; at < text.length; at++) {
    const sign = text[at];
    if (isString) {
      if (sign === "\\") at++;
      else if (sign === '"') isString = false;
    } else if (sign === '"') isString = true;
    else if (sign === "{") depth++;
    else if (sign === "}" && --depth === 0) return at + 1;
  }
  return undefined;
}

/**
 * Small models break lines inside of strings, put commas before a closing bracket, and close a string at a colon in it:
 * `"principle": "Truthful": "Say …"`.
 */
function parse(text: string): unknown {
  const tidy = text
    .replace(/[\n\r\t]+/g, " ")
    .replace(/,\s*([}\]])/g, "$1")
    .replace(/(:\s*"[^"\\]*)"\s*:\s*"/g, "$1: ");
  try {
    return JSON.parse(tidy);
  } catch {
    return undefined;
  }
}
