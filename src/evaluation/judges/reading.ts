import type { z } from "zod";
import { readNumber, toPlainPunctuation } from "../../reading/index.ts";
import { tryJson } from "../../storage/index.ts";
import type { Reading } from "./judge.ts";

/** A value with how it was read from a raw answer. */
export interface Read<V> {
  readonly value: V;
  readonly by: Reading;
}

/**
 * Reads a judge's raw answer: as JSON, else as JSON repaired (prose around it, fences, single quotes, unquoted keys,
 * trailing commas, an end that is missing), else by `parseText`. Undefined when none of the three finds a valid value.
 */
export function readAnswer<V>(
  raw: string,
  schema: z.ZodType<V>,
  parseText?: (text: string) => V | undefined,
): Read<V> | undefined {
  const whole = tryJson(raw.trim());
  const value = schema.safeParse(whole).data;
  if (value !== undefined) return { value, by: "structured" };
  let isJson = isStructure(whole);
  for (const candidate of [raw.trim(), findFenced(raw), findBraced(raw)]) {
    if (candidate === undefined) continue;
    for (const json of [tryJson(candidate), tryJson(repairJson(candidate))]) {
      const found = schema.safeParse(json).data ?? schema.safeParse(withNumbers(json)).data;
      if (found !== undefined) return { value: found, by: "repaired" };
      isJson ||= isStructure(json);
    }
  }
  const said = isJson ? undefined : parseText?.(raw);
  return said === undefined ? undefined : { value: said, by: "text" };
}

/** An answer that is JSON is read as JSON or not at all: prose's rules would find a score in {"score": "5/5"}. */
function isStructure(json: unknown): boolean {
  return typeof json === "object" && json !== null;
}

/** With numbers for the fields that hold one as a string: {"score": "2"}. Null, true, "" and "5/5" stay what they are. */
function withNumbers(json: unknown): unknown {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return json;
  return Object.fromEntries(
    Object.entries(json).map(([name, value]: [string, unknown]) => {
      const number = typeof value === "string" && /^\s*[+-]?\p{Nd}/u.test(value) ? readNumber(value) : undefined;
      return [
        name,
        number === undefined || number.includes("/") || /\/|%/.test(String(value)) ? value : Number(number),
      ];
    }),
  );
}

/** What stands in the last fence, where a model thinks first and answers then. */
function findFenced(raw: string): string | undefined {
  return [...raw.matchAll(/```(?:json)?\s*([\s\S]*?)```/gu)].at(-1)?.[1]?.trim();
}

/** From the last opening brace that is followed by a key, to the last closing one or the end. */
function findBraced(raw: string): string | undefined {
  const start = [...raw.matchAll(/\{\s*["'“‘\w]/gu)].at(-1)?.index;
  if (start === undefined) return undefined;
  const end = raw.lastIndexOf("}");
  return end > start ? raw.slice(start, end + 1) : raw.slice(start);
}

function repairJson(text: string): string {
  const flat = toPlainPunctuation(text)
    .replace(/([{,]\s*)'?([A-Za-z_]\w*)'?\s*:/gu, '$1"$2":')
    .replace(/:\s*'((?:[^'\\]|\\.)*?)'(?=\s*[,}])/gu, (_, inner: string) => `: ${JSON.stringify(inner)}`)
    .replace(/:\s*(?:True|yes)\b/gu, ": true")
    .replace(/:\s*(?:False|no)\b/gu, ": false")
    .replace(/:\s*None\b/gu, ": null")
    .replace(/,\s*(?=[}\]]|$)/gu, "");
  return flat.endsWith("}") ? flat : `${flat}${(flat.match(/(?<!\\)"/gu)?.length ?? 0) % 2 === 1 ? '"' : ""}}`;
}
