import type { z } from "zod";
import type { Generation } from "../../language-model.ts";
import { isRefusal } from "../../reading/index.ts";
import { canonicalJson } from "../../storage/index.ts";
import { readJson } from "../read-json.ts";
import type { SteeringTrial } from "./records.ts";

export type Score = Pick<SteeringTrial, "parsed" | "fits" | "right" | "repaired" | "refused" | "fault" | "issues">;

/**
 * What an answer is worth against the one right answer. Texts count as equal whatever their letter case and the white space
 * around them; numbers, booleans and the number of entries must be the same.
 */
export async function scoreAnswer(
  { text, finishReason }: Pick<Generation, "text" | "finishReason">,
  validator: z.ZodType,
  expected: unknown,
): Promise<Score> {
  const refused = isRefusal(text);
  const none = { parsed: false, fits: false, right: false, repaired: false, refused, issues: [] };
  if (finishReason === "error" || finishReason === "content-filter") return { ...none, fault: "failed" };
  const read = await readJson({ text, finishReason }, validator);
  if ("value" in read) {
    const right = foldedJson(read.value) === foldedJson(expected);
    return { ...none, parsed: true, fits: true, right, repaired: read.isRepaired, refused: false, fault: null };
  }
  const { fault, issues } = read;
  return { ...none, parsed: fault === "schema", fault, issues: [...issues] };
}

function foldedJson(value: unknown): string {
  return canonicalJson(fold(value));
}

function fold(value: unknown): unknown {
  if (typeof value === "string") return value.normalize("NFKC").trim().replace(/\s+/g, " ").toLowerCase();
  if (Array.isArray(value)) return value.map(fold);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, own]) => [key, fold(own)]));
}
