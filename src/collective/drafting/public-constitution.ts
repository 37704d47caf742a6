import { z } from "zod";
import { probabilitySchema } from "../../records/index.ts";
import { countsSchema } from "../published-schema.ts";
import { CONSENSUS_STATES } from "../states.ts";
import { scopes } from "./fidelity.ts";
import { opinionSchema } from "./opinion.ts";
import { selectionSchema } from "./select.ts";
import { WEIGHTINGS } from "./weights.ts";

const count = z.int().min(0);

/**
 * A statement that a principle was written of, with the votes on it: whoever has the constitution may have this file. Cells of few people
 * are null, and what could be computed back to them.
 */
const sourceSchema = z.object({
  id: z.string(),
  text: z.string(),
  counts: countsSchema.nullable(),
  /** In the order of the groups. */
  groupCounts: z.array(countsSchema.nullable()),
  groupAwareConsensus: z.number().nullable(),
  agreement: z
    .object({
      estimate: z.number(),
      lower: z.number(),
      upper: z.number(),
      probability: probabilitySchema,
      state: z.enum(CONSENSUS_STATES),
    })
    .nullable(),
  rejectedBy: z.array(count),
  gain: z.number().optional(),
});
export type PrincipleSource = z.infer<typeof sourceSchema>;

const answersSchema = z.object({
  /** The record of the draft. */
  record: z.string(),
  by: z.enum(["model", "plain"]),
  polarity: z.enum(["same", "turned", "unclear"]),
  scope: z.enum(scopes),
  /** Probabilities of yes; null where the model gave no answer. */
  fromStatement: probabilitySchema.nullable(),
  fromPrinciple: probabilitySchema.nullable(),
  /** That the statement asks for several things at once; null where nobody was asked. */
  several: probabilitySchema.nullable(),
});

/** A principle, and the statements of the public that it rests on. */
export const publicPrincipleSchema = z.object({
  id: z.string(),
  text: z.string(),
  critiqueRequest: z.string().optional(),
  revisionRequest: z.string().optional(),
  weight: z.number().positive(),
  statements: z.array(sourceSchema).min(1),
  drafts: z.array(answersSchema).min(1),
});
export type PublicPrinciple = z.infer<typeof publicPrincipleSchema>;

/** What a public's statements became: principles with their votes, what was refused, what conflicts. The second vote is on these. */
export const draftedConstitutionSchema = z.object({
  schemaVersion: z.literal(1),
  title: z.string(),
  /** SHA-256 of the votes and statements read, and of the options of the analysis. */
  log: z.string(),
  configuration: z.string(),
  seed: count,
  selection: selectionSchema,
  weighting: z.enum(WEIGHTINGS),
  /** Statements were chosen by the votes of whoever is not flagged. All votes shown are everybody's. */
  withoutFlagged: z.boolean().optional(),
  drafter: z.string(),
  templates: z.string(),
  participants: count,
  /** Members of each group; empty where there are no clear groups. */
  groups: z.array(count),
  principles: z.array(publicPrincipleSchema),
  /** Demands of chosen statements that nobody could write as a principle. */
  unwritten: z.array(z.object({ statement: z.string(), demand: z.string(), fault: z.string() })),
  conflicts: z.array(
    z.object({ ids: z.tuple([z.string(), z.string()]), by: z.enum(["rule", "model"]), why: z.string() }),
  ),
  unrepresented: z.array(z.object({ statement: z.string(), voters: count })),
  /** What the public thought as this was drafted; absent in what an earlier version drafted. */
  opinion: opinionSchema.optional(),
});
export type DraftedConstitution = z.infer<typeof draftedConstitutionSchema>;

const ratificationSchema = z.object({
  id: z.string(),
  /** Null where fewer people voted than may be shown. */
  counts: countsSchema.nullable(),
  groupCounts: z.array(countsSchema.nullable()),
  /** Agrees over agrees and disagrees, with its Wilson 95 % interval; null where fewer did either than may be shown. */
  share: z.object({ estimate: z.number(), low: z.number(), high: z.number() }).nullable(),
  state: z.enum(["ratified", "refused", "needs more votes"]),
});
export type Ratification = z.infer<typeof ratificationSchema>;

/** Where a constitution comes from, statement by statement and vote by vote; it stands beside the file as provenance.json. */
export const publicProvenanceSchema = z.object({
  schemaVersion: z.literal(1),
  /** Of the constitution, as `precept constitution hash` prints it. */
  constitution: z.string(),
  version: z.int().min(1),
  drafted: draftedConstitutionSchema,
  /** Null: no second vote was held, and every drafted principle stands. */
  ratification: z
    .object({ log: z.string(), from: z.number(), minimum: count, principles: z.array(ratificationSchema) })
    .nullable(),
});
export type PublicProvenance = z.infer<typeof publicProvenanceSchema>;
