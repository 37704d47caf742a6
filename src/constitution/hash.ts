import { createHash } from "node:crypto";
import type { Constitution } from "./constitution.ts";

/**
 * SHA-256 over everything that a model could read or that decides what it reads: preamble, and for every principle in
 * order its id, wordings, inverse, contexts, weight, tags (as a set) and the kind of prompt that it is bound to. Layout, comments, key order, name and sources do not count.
 */
export function constitutionHash(constitution: Pick<Constitution, "preamble" | "principles">): string {
  const canonical = {
    format: 1,
    preamble: constitution.preamble ?? null,
    principles: constitution.principles.map((principle) => ({
      id: principle.id,
      text: principle.text,
      critiqueRequest: principle.critiqueRequest ?? null,
      revisionRequest: principle.revisionRequest ?? null,
      comparisonRequest: principle.comparisonRequest ?? null,
      inverse: principle.inverse ?? null,
      weight: principle.weight,
      tags: [...new Set(principle.tags)].sort(),
      // Left out where they are not given, so that constitutions from before them keep their hashes.
      appliesTo: principle.appliesTo,
      positive: principle.positive,
      negative: principle.negative,
      demonstrations: principle.demonstrations?.map(({ prompt, response }) => ({ prompt, response })),
    })),
  };
  return `sha256:${createHash("sha256").update(JSON.stringify(canonical)).digest("hex")}`;
}
