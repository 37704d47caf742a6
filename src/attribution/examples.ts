import { z } from "zod";
import { PreceptError } from "../errors.ts";
import { messageSchema } from "../records/index.ts";
import type { StoredRun } from "../runs/index.ts";

/** A critique on the way to an example, and the principle that it was made under. */
const critiqueLineSchema = z.object({ id: z.string(), principleId: z.string(), text: z.string() });

/** What a model was fine-tuned on, with the critiques and principles that it goes back to. */
export const trainingExampleSchema = z.object({
  id: z.string(),
  source: z.enum(["revision", "unrevised", "helpful", "distilled", "replay"]),
  prompt: z.union([z.string(), z.array(messageSchema)]),
  completion: z.string(),
  weight: z.number(),
  isCut: z.literal(true).optional(),
  /** Principles in whose name it was revised, the latest first; none where the model's own answer stayed. */
  principles: z.array(z.string()),
  critiques: z.array(critiqueLineSchema),
  /** Records on its way that the run no longer has. */
  missing: z.array(z.string()),
});
export type TrainingExample = z.infer<typeof trainingExampleSchema>;

const exampleSchema = trainingExampleSchema
  .omit({ principles: true, critiques: true, missing: true })
  .extend({ type: z.literal("sl-example"), parents: z.array(z.string()), principleId: z.string().nullable() });
const linkSchema = z.looseObject({
  type: z.enum(["response", "critique", "revision"]),
  id: z.string(),
  parents: z.array(z.string()),
  principleId: z.string().nullable(),
  critique: z.string().optional(),
});
const recordSchema = z.union([exampleSchema, linkSchema]);

type Link = Pick<z.infer<typeof linkSchema>, "type" | "parents" | "principleId"> & { readonly text: string };

/** Stages that fine-tune on examples of their own. */
export const attributedStage = "sl-cai";

/** The examples that SL-CAI was trained on, in id order. @throws PreceptError run-invalid, or input-invalid where there are none. */
export async function readTrainingExamples(run: StoredRun): Promise<TrainingExample[]> {
  const found: z.infer<typeof exampleSchema>[] = [];
  const links = new Map<string, Link>();
  for await (const record of run.stage(attributedStage)?.records(recordSchema) ?? []) {
    if (record.type === "sl-example") found.push(record);
    else {
      const { id, type, parents, principleId, critique = "" } = record;
      links.set(id, { type, parents, principleId, text: critique });
    }
  }
  if (found.length > 0) return found.map((example) => withLine(example, links));
  throw new PreceptError("input-invalid", {
    attempted: `Reading what ${run.name} was trained on`,
    found: `no example of ${attributedStage}`,
    expected: "a run whose stage sl-cai is closed",
    remedy: `precept sl-cai ${run.folder}`,
  });
}

function withLine(record: z.infer<typeof exampleSchema>, links: ReadonlyMap<string, Link>): TrainingExample {
  const { type: _type, parents, principleId, ...example } = record;
  const principles = new Set(principleId === null ? [] : [principleId]);
  const critiques: TrainingExample["critiques"] = [];
  const missing: string[] = [];
  const seen = new Set<string>();
  const visit = (id: string): void => {
    if (seen.has(id)) return;
    seen.add(id);
    const link = links.get(id);
    // What begins with the name of its stage is a record; other parents are prompts and documents.
    if (link === undefined) {
      if (id.startsWith(`${attributedStage}/`)) missing.push(id);
      return;
    }
    if (link.principleId !== null) principles.add(link.principleId);
    if (link.type === "critique") critiques.push({ id, principleId: link.principleId ?? "", text: link.text });
    for (const parent of link.parents) visit(parent);
  };
  for (const parent of parents) visit(parent);
  return { ...example, principles: [...principles], critiques, missing };
}
