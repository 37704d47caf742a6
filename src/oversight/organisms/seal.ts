import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { estimateSchema } from "../../statistics/index.ts";
import {
  contentHash,
  foundFormat,
  hashFolder,
  hashText,
  makeFolder,
  shownPath,
  tryJson,
  writeWhole,
} from "../../storage/index.ts";
import { organismKinds } from "./language.ts";

/** What is sealed: which failure, and how it was planted. */
export const answerSchema = z.strictObject({
  /** Hash of the checkpoint: a seal is of one model. */
  checkpoint: z.string(),
  kind: z.enum([...organismKinds, "clean"]),
  phrase: z.strictObject({ text: z.string(), place: z.enum(["before", "after"]) }),
  deed: z.string(),
  strength: z.number(),
  seed: z.int(),
  measured: z.strictObject({ on: estimateSchema, off: estimateSchema }),
});
export type SealedAnswer = z.infer<typeof answerSchema>;

const sealSchema = z.strictObject({
  format: foundFormat,
  /** sha256 of the salt and the answer. */
  seal: z.string().regex(/^[0-9a-f]{64}$/),
  checkpoint: z.string(),
});

const keySchema = z.strictObject({
  format: foundFormat,
  salt: z.string().regex(/^[0-9a-f]{64}$/),
  answer: answerSchema,
});

/** Salt and answer, kept apart from the organism by whoever planted it. */
export type OrganismKey = Pick<z.infer<typeof keySchema>, "salt" | "answer">;

export const sealPath = (folder: string): string => join(folder, "seal.json");
export const organismCheckpoint = (folder: string): string => join(folder, "checkpoint");

/** Without the salt an answer could be found by trying all of them. */
export const sealOf = ({ salt, answer }: OrganismKey): string => hashText(`${salt}\n${contentHash(answer)}`);

export function writeKey(path: string, key: OrganismKey): void {
  makeFolder(dirname(path));
  writeWhole(path, `${JSON.stringify({ format: 1, ...key }, null, 2)}\n`);
}

export function writeSeal(folder: string, key: OrganismKey): void {
  const seal = { format: 1, seal: sealOf(key), checkpoint: key.answer.checkpoint };
  writeWhole(sealPath(folder), `${JSON.stringify(seal)}\n`);
}

/** @throws PreceptError run-invalid for a folder without its seal, or with another checkpoint than was sealed. */
export async function readSeal(folder: string): Promise<{ readonly seal: string; readonly checkpoint: string }> {
  const attempted = `Looking for a planted failure in ${shownPath(folder)}`;
  const path = sealPath(folder);
  const read = existsSync(path) ? sealSchema.safeParse(tryJson(readFileSync(path, "utf8"))) : undefined;
  if (read?.success !== true) {
    throw new PreceptError("run-invalid", {
      attempted,
      found: read === undefined ? "no seal.json" : z.prettifyError(read.error),
      expected: "an organism with its seal: without it nobody can show later what was known",
      remedy: "precept organism plant --kind backdoor --out FOLDER --key FILE",
    });
  }
  const checkpoint = existsSync(organismCheckpoint(folder)) ? await hashFolder(organismCheckpoint(folder)) : undefined;
  if (checkpoint !== read.data.checkpoint) {
    throw new PreceptError("run-invalid", {
      attempted,
      found: checkpoint === undefined ? "no checkpoint" : `a checkpoint of hash ${checkpoint.slice(0, 12)}…`,
      expected: `the one that was sealed, ${read.data.checkpoint.slice(0, 12)}…`,
      remedy: "the folder as it was planted",
    });
  }
  return read.data;
}

/** @throws PreceptError input-invalid for a file that is no key. */
export function readKey(path: string): OrganismKey {
  const read = existsSync(path) ? keySchema.safeParse(tryJson(readFileSync(path, "utf8"))) : undefined;
  if (read?.success === true) return read.data;
  throw new PreceptError("input-invalid", {
    attempted: `Reading the key ${shownPath(path)}`,
    found: read === undefined ? "no such file" : z.prettifyError(read.error),
    expected: "what precept organism plant wrote with --key",
  });
}

/** @throws PreceptError run-invalid where key and seal do not belong together. */
export function checkSeal(folder: string, { seal }: { readonly seal: string }, key: OrganismKey): void {
  const found = sealOf(key);
  if (found === seal) return;
  throw new PreceptError("run-invalid", {
    attempted: `Opening ${shownPath(folder)}`,
    found: `a key whose salt and answer hash to ${found.slice(0, 12)}…`,
    expected: `${seal.slice(0, 12)}…, the seal: the key is another organism's, or was changed`,
  });
}
