import { readFileSync } from "node:fs";
import { z } from "zod";
import type { Mutant } from "./sample.ts";

const equivalentSchema = z.array(
  z.strictObject({
    id: z.string(),
    /** File and change, for the reader; the id names the mutant. */
    change: z.string(),
    /** Why no caller can tell the mutant from the original. */
    reason: z.string().min(20),
  }),
);

/** Mutants that nobody could notice, each with the reason, by id. */
export function readEquivalents(path: string): ReadonlyMap<string, string> {
  return new Map(equivalentSchema.parse(JSON.parse(readFileSync(path, "utf8"))).map(({ id, reason }) => [id, reason]));
}

/** A mutant as people read it: place and change on one line. */
export function describeMutant({ file, line, operator, before, replacement }: Mutant): string {
  const flat = (text: string): string => text.replace(/\s+/g, " ").slice(0, 100);
  return `${file}:${line} ${operator} \`${flat(before)}\` → \`${flat(replacement)}\``;
}
