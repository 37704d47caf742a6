import { join } from "node:path";
import { z } from "zod";
import { PreceptError } from "../errors.ts";
import { estimateSchema, measuredSchema } from "../statistics/index.ts";
import { contentHash, foundFormat as format, keepFound, readFound } from "../storage/index.ts";

const line = z.object({ id: z.string(), principleId: z.string(), text: z.string() });
const attributedSchema = z.object({
  example: z.object({
    ...{ id: z.string(), source: z.string(), completion: z.string() },
    prompt: z.union([z.string(), z.array(z.object({ role: z.string(), content: z.string() }))]),
    ...{ principles: z.array(z.string()), critiques: z.array(line), missing: z.array(z.string()) },
  }),
  /** By method. */
  byMethod: z.record(z.string(), z.object({ score: z.number(), rank: z.int() })),
  agreement: z.int(),
  comparison: z
    .object({ id: z.string(), request: z.string(), principles: z.array(z.string()), label: z.number() })
    .optional(),
});

const comparedSchema = z.object({
  ...{ id: z.string(), request: z.string(), responses: z.tuple([z.string(), z.string()]), label: z.number() },
  ...{ principles: z.array(z.string()), influence: z.number() },
});

/** An answer with the examples and principles behind it, as `precept attribute` found them. */
export const answerSchema = z.object({
  format,
  ...{ answering: z.string(), trained: z.string(), request: z.string(), response: z.string(), examples: z.int() },
  principles: z.array(
    z.object({
      ...{ principleId: z.string(), text: z.string().optional(), examples: z.int() },
      byMethod: z.record(
        z.string(),
        z.object({
          ...{ sum: z.number(), low: z.number(), high: z.number(), mean: z.number(), rank: z.int() },
          strongerHalf: z.number(),
        }),
      ),
    }),
  ),
  /** The first of each method's list, each once. */
  strongest: z.array(attributedSchema),
  /** The comparisons that what came after SL-CAI learned from. */
  compared: z
    .object({
      ...{ stage: z.enum(["preference-model", "dpo"]), comparisons: z.int() },
      ...{ proponents: z.array(comparedSchema), opponents: z.array(comparedSchema) },
    })
    .optional(),
  notes: z.array(z.string()),
});
export type KeptAnswer = z.infer<typeof answerSchema>;

const suspicion = z.record(z.string(), z.object({ value: z.number(), rank: z.int() }));
const auditSchema = z.object({
  format,
  ...{ comparisons: z.int(), by: z.string() },
  suspects: z.array(
    z.object({
      ...{ id: z.string(), rank: z.int(), request: z.string(), responses: z.array(z.string()), label: z.number() },
      ...{ principles: z.array(z.string()), suspicion, isPlanted: z.boolean() },
    }),
  ),
  planted: z.object({ count: z.int(), recall: z.record(z.string(), estimateSchema) }).optional(),
});
export type KeptAudit = z.infer<typeof auditSchema>;

/** What retrainings said of the methods. */
const refereeSchema = z.object({
  ...{ trained: z.string(), examples: z.int(), retrainings: z.int(), queries: z.int(), damping: z.number().optional() },
  rows: z.array(z.object({ method: z.string(), lds: measuredSchema })),
  ceiling: measuredSchema,
});
export type KeptReferee = z.infer<typeof refereeSchema>;

const forgottenSchema = z.object({
  format,
  ...{ trained: z.string(), request: z.string(), response: z.string(), method: z.string(), without: z.int() },
  principle: z.string().optional(),
  rows: z.array(
    z.object({
      left: z.enum(["none", "nearest", "random"]),
      logprob: z.number(),
      siblings: z.record(z.string(), z.object({ logprob: z.number(), n: z.int() })),
    }),
  ),
});
export type KeptForgotten = z.infer<typeof forgottenSchema>;

/** Of an index, whether it is whole, and of how many examples. */
const indexSchema = z.object({ rows: z.int(), files: z.record(z.string(), z.string()).optional() });

const folderOf = (run: string): string => join(run, "attribution");
export const answersOf = (run: string): string => join(folderOf(run), "answers");
export const forgettingsOf = (run: string): string => join(folderOf(run), "forgotten");

/** The name of what was asked: the same question has one file. */
export const nameOfQuestion = (...question: readonly string[]): string =>
  contentHash(question).replace("sha256:", "").slice(0, 16);

/**
 * Keeps an answer under the name that it returns; undefined where nobody may write there. Comparisons to which it was traced earlier
 * stay, with what a reader must know of them, where it is traced to the same examples without comparisons.
 */
export function keepAnswer(
  run: string,
  found: Pick<KeptAnswer, "answering" | "trained" | "request" | "response" | "examples"> & {
    readonly compared?: object | undefined;
  },
): string | undefined {
  const name = nameOfQuestion(found.answering, found.request, found.response);
  const before = found.compared === undefined ? tryAnswer(run, name) : undefined;
  const isSame = before?.trained === found.trained && before.examples === found.examples;
  const earlier = isSame && before.compared !== undefined ? { compared: before.compared, notes: before.notes } : {};
  return keepFound(join(answersOf(run), `${name}.json`), { ...found, ...earlier }) ? name : undefined;
}

/** A damaged file is written anew. */
function tryAnswer(run: string, name: string): KeptAnswer | undefined {
  try {
    return readAnswer(run, name);
  } catch (error) {
    if (error instanceof PreceptError && error.code === "run-invalid") return undefined;
    throw error;
  }
}

/** An answer has a forgetting for each way to find its nearest examples, and each number of them. */
export function keepForgotten(
  run: string,
  found: Pick<KeptForgotten, "trained" | "request" | "response" | "method" | "without">,
): boolean {
  const { request, response, trained, method, without } = found;
  const name = nameOfQuestion(request, response, trained, method, String(without));
  return keepFound(join(forgettingsOf(run), `${name}.json`), found);
}

/** An audit with planted flips stands apart: its list is of other labels than the run's. */
const auditPlaces = { own: "audit.json", planted: "audit-planted.json" } as const;

export const keepAudit = (run: string, which: keyof typeof auditPlaces, found: object): boolean =>
  keepFound(join(folderOf(run), auditPlaces[which]), found);

/** @throws PreceptError run-invalid for a damaged file, as those that follow. */
export const readAudit = (run: string, which: keyof typeof auditPlaces): KeptAudit | undefined =>
  readFound(join(folderOf(run), auditPlaces[which]), auditSchema);

export const readAnswer = (run: string, name: string): KeptAnswer | undefined =>
  readFound(join(answersOf(run), `${name}.json`), answerSchema);

export const readForgotten = (run: string, name: string): KeptForgotten | undefined =>
  readFound(join(forgettingsOf(run), `${name}.json`), forgottenSchema);

/** Of a checkpoint that was trained: "sl-cai", "sl-cai/without-replay". */
export const readReferee = (run: string, trained: string): KeptReferee | undefined =>
  readFound(join(folderOf(run), `referee-${trained.replaceAll("/", "-")}`, "referee.json"), refereeSchema);

/** How many examples the index of a checkpoint has; undefined where it is not whole. */
export function countIndexed(run: string, trained: string): number | undefined {
  const index = readFound(join(folderOf(run), trained.replaceAll("/", "-"), "index.json"), indexSchema);
  return index?.files === undefined ? undefined : index.rows;
}
