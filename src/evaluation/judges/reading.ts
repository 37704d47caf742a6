import type { z } from "zod";
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
  const whole = parsed(raw.trim(), schema);
  if (whole !== undefined) return { value: whole, by: "structured" };
  for (const candidate of [findFenced(raw), findBraced(raw)]) {
    if (candidate === undefined) continue;
    const value = parsed(candidate, schema) ?? parsed(repairJson(candidate), schema);
    if (value !== undefined) return { value, by: "repaired" };
  }
  const value = parseText?.(raw);
  return value === undefined ? undefined : { value, by: "text" };
}

function parsed<V>(text: string, schema: z.ZodType<V>): V | undefined {
  return schema.safeParse(tryJson(text)).data;
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
  const flat = text
    .replace(/[“”]/gu, '"')
    .replace(/[‘’]/gu, "'")
    .replace(/([{,]\s*)'?([A-Za-z_]\w*)'?\s*:/gu, '$1"$2":')
    .replace(/:\s*'((?:[^'\\]|\\.)*?)'(?=\s*[,}])/gu, (_, inner: string) => `: ${JSON.stringify(inner)}`)
    .replace(/:\s*(?:True|yes)\b/gu, ": true")
    .replace(/:\s*(?:False|no)\b/gu, ": false")
    .replace(/:\s*None\b/gu, ": null")
    .replace(/,\s*(?=[}\]]|$)/gu, "");
  return flat.endsWith("}") ? flat : `${flat}${(flat.match(/(?<!\\)"/gu)?.length ?? 0) % 2 === 1 ? '"' : ""}}`;
}

/** The one label of `labels` that a text names; undefined where it names none or several. Longer labels win over their parts. */
export function onlyLabel<L extends string>(text: string, labels: Readonly<Record<L, RegExp>>): L | undefined {
  const found = new Set<L>();
  for (const label in labels) if (labels[label].test(text)) found.add(label);
  const [only, ...others] = found;
  return others.length === 0 ? only : undefined;
}

/** A whole number in [low, high] that a text gives as its score: "score: 3", "Rating = 2/4", or nothing but the number. */
export function statedScore(text: string, name: string, low: number, high: number): number | undefined {
  const labelled = [
    ...text.matchAll(new RegExp(`\\b(?:${name})\\W{0,6}(?:is|of|:|=)?\\W{0,4}(\\d+)(?![\\d.]*\\d)`, "giu")),
  ];
  const lone = /^\W*(\d+)(?:\s*(?:\/|out of)\s*\d+)?\W*$/u.exec(text.trim());
  const stated = new Set([...labelled.map((match) => Number(match[1])), ...(lone === null ? [] : [Number(lone[1])])]);
  const [only, ...others] = stated;
  return only !== undefined && others.length === 0 && only >= low && only <= high ? only : undefined;
}

/** "name: yes" or "name: no" in a text; undefined where it says neither or both. */
export function statedBoolean(text: string, name: string): boolean | undefined {
  const answers = [...text.matchAll(new RegExp(`\\b(?:${name})\\W{0,6}(yes|true|no|false)\\b`, "giu"))].map((match) =>
    /^(?:yes|true)$/iu.test(match[1] ?? ""),
  );
  return new Set(answers).size === 1 ? answers[0] : undefined;
}
