import { join } from "node:path";
import { z } from "zod";
import { type Constitution, constitutionHash } from "../../constitution/index.ts";
import { PreceptError } from "../../errors.ts";
import { parseJson, readText, writeWhole } from "../../storage/index.ts";
import { principleHash } from "../principle-hash.ts";

const hash = z.string().min(1);

/**
 * In the place of a principle's id: whether a text breaks any of them. Its head has the constitution's hash, since it stands for the
 * whole, and names no principle by itself.
 */
export const ANY = "*";

/** guard.json beside a checkpoint with heads: what each head stands for, and how it is read. */
export const headFileSchema = z.object({
  schemaVersion: z.literal(1),
  constitutionHash: hash,
  side: z.enum(["input", "output"]),
  /** One a head, in the order of the checkpoint's rows; P(breaks) = σ(slope · z̄ + offset). */
  principles: z.array(z.object({ id: z.string().min(1), hash, slope: z.number(), offset: z.number() })).min(1),
  /** Tokens that a smoothed logit z̄ is the mean of. */
  window: z.int().min(1),
  /** Tokens that a stream is held back, the newest among them. */
  holdTokens: z.int().min(1),
  /** Of the tokenizer's files. */
  tokenizerHash: hash,
  /** Of the labels that it learned from. */
  recordsHash: hash,
  /** Folder of the weights beside this file, if it is not `checkpoint`. */
  checkpoint: z.string().min(1).optional(),
  /** What stands around a request and before the answer, for a checkpoint without a chat template. */
  frame: z.object({ before: z.string(), after: z.string() }).optional(),
});
export type HeadFile = z.infer<typeof headFileSchema>;

const headFileName = "guard.json";

/** @throws PreceptError disk, permission. */
export function writeHeadFile(folder: string, file: HeadFile): void {
  writeWhole(join(folder, headFileName), `${JSON.stringify(headFileSchema.parse(file), null, 2)}\n`);
}

/** @throws PreceptError usage or permission for no such file; checkpoint-invalid for another one. */
export async function readHeadFile(folder: string): Promise<HeadFile> {
  const path = join(folder, headFileName);
  const attempted = `Opening the guard model ${folder}`;
  const text = await readText(path, { attempted });
  return parseJson(
    text,
    headFileSchema,
    (found, cause) =>
      new PreceptError("checkpoint-invalid", {
        attempted,
        found: `${path}: ${found}`,
        expected: "what `precept guard-model` writes",
        remedy: "train it again with this version",
        cause,
      }),
  );
}

/**
 * Which heads may speak under a constitution: those whose principle it has in the same words. Others would hold people to
 * words that nobody wrote. @throws PreceptError policy-invalid where none may.
 */
export function matchHeads(
  { principles, constitutionHash: trained }: Pick<HeadFile, "principles" | "constitutionHash">,
  constitution: Constitution,
  place: string,
): { readonly isOn: readonly boolean[]; readonly off: readonly string[] } {
  const hashes = new Map(constitution.principles.map((principle) => [principle.id, principleHash(principle)]));
  hashes.set(ANY, constitutionHash(constitution));
  const isOn = principles.map((head) => hashes.get(head.id) === head.hash);
  // The head of any principle cannot speak alone: others name what is broken.
  if (!principles.some((head, index) => head.id !== ANY && isOn[index])) {
    throw new PreceptError("policy-invalid", {
      attempted: `Reading the heads of ${place} under the constitution ${constitution.name}`,
      found: `heads of another constitution (${trained})`,
      expected: `heads of principles of ${constitutionHash(constitution)}`,
      remedy: "train a guard model from a run of this constitution: precept guard-model RUN",
    });
  }
  const off = principles.filter((_, index) => isOn[index] !== true);
  return { isOn, off: off.map(({ id }) => (id === ANY ? "any principle" : id)) };
}
