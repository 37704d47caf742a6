import { z } from "zod";
import { SCHEMA_VERSION } from "../../records/index.ts";
import { type AnswerRecord, answerSchema } from "../records.ts";
import type { Answered } from "./ask.ts";
import type { Scored, Values } from "./measures.ts";
import { mostProbable, probabilitiesOf } from "./multiple-choice.ts";
import type { Benchmark, JudgedItem, Question, Reply, Task } from "./types.ts";

const missing = z.string().optional();
const replySchema = z.discriminatedUnion("ask", [
  z.object({
    ask: z.literal("generate"),
    text: z.string(),
    finishReason: z.enum(["stop", "length", "content-filter", "error"]),
    missing,
  }),
  z.object({
    ask: z.literal("choose"),
    probabilities: z.array(z.number().min(0).max(1)),
    method: z.enum(["logprobs", "votes"]),
    missing,
  }),
  z.object({ ask: z.literal("score"), logLikelihoods: z.array(z.number()), missing }),
]);

/**
 * An answer to one task of a benchmark: an ordinary answer record with everything that statistics need beside it. `outcome`
 * holds what is true or false, `values` what is a number; a metric of `undetermined` is null in either.
 */
export const suiteAnswerSchema = answerSchema.extend({
  sample: z.int().min(0),
  cluster: z.string().optional(),
  groups: z.record(z.string(), z.string()),
  /** What the attacker wrote, where one did. */
  attack: z.string().optional(),
  replies: z.array(replySchema),
  values: z.record(z.string(), z.number().nullable()),
  undetermined: z.array(z.string()),
  /** The judge's raw answer, and why it gave no verdict. */
  verdict: z.object({ judge: z.string(), raw: z.string(), reason: z.string().optional() }).optional(),
});
export type SuiteAnswerRecord = z.infer<typeof suiteAnswerSchema>;

/** What a record says of itself besides the task. */
export interface RecordContext {
  readonly benchmark: Pick<Benchmark, "id" | "version">;
  readonly subject: string;
  readonly constitutionHash: string;
  readonly seed: number;
}

/** The record of one answered task, scored without a judge. */
export function recordOf(
  { benchmark, subject, constitutionHash, seed }: RecordContext,
  task: Task,
  sample: number,
  questions: readonly Question[],
  answers: readonly Answered[],
  attack?: string,
): SuiteAnswerRecord {
  const replies = answers.map(({ reply }) => reply);
  const { promptTokens, completionTokens } = answers.reduce(
    (sum, { usage }) => ({
      promptTokens: sum.promptTokens + usage.promptTokens,
      completionTokens: sum.completionTokens + usage.completionTokens,
    }),
    { promptTokens: 0, completionTokens: 0 },
  );
  return {
    type: "answer",
    schemaVersion: SCHEMA_VERSION,
    id: `evaluate/${subject}/${benchmark.id}/${task.id}/${String(sample).padStart(3, "0")}`,
    parents: [task.id],
    principleId: null,
    constitutionHash,
    templateVersion: `${benchmark.id}-${benchmark.version}`,
    model: subject,
    seed,
    checkpoint: subject,
    suite: benchmark.id,
    split: task.groups["split"] ?? "all",
    itemId: task.id,
    messages: messagesOf(questions[0]),
    response: responseOf(questions[0], replies[0]),
    goldReward: null,
    usage: { promptTokens, completionTokens },
    sample,
    cluster: task.cluster,
    groups: { ...task.groups },
    attack,
    replies: replies.map(copyReply),
    ...parted(task.score(replies)),
  };
}

/** The same record after a judge: its reading takes the place of the string scorer's. */
export function withVerdict(
  record: SuiteAnswerRecord,
  task: Task,
  judged: JudgedItem | undefined,
  judge: string,
): SuiteAnswerRecord {
  const { raw = "", fields, undetermined = "judge-failed" } = judged ?? {};
  return {
    ...record,
    ...parted(task.fromVerdict?.(fields) ?? {}),
    verdict: { judge, raw, ...(fields === undefined ? { reason: undetermined } : {}) },
  };
}

function parted(values: Values): Pick<SuiteAnswerRecord, "outcome" | "values" | "undetermined"> {
  const outcome: Record<string, boolean | null> = {};
  const numbers: Record<string, number | null> = {};
  const undetermined: string[] = [];
  for (const [name, value] of Object.entries(values)) {
    if (value === null) undetermined.push(name);
    if (typeof value === "number") numbers[name] = value;
    else outcome[name] = value;
  }
  return { outcome, values: numbers, undetermined };
}

/** What statistics need of a record; repeated samples of one task share its cluster. */
export function scoredOf(record: SuiteAnswerRecord, samples: number): Scored {
  const cluster = record.cluster ?? (samples > 1 ? record.itemId : undefined);
  return {
    cluster,
    groups: record.groups,
    values: { ...record.outcome, ...record.values },
  };
}

function messagesOf(question: Question | undefined): AnswerRecord["messages"] {
  if (question === undefined) return [];
  const messages = question.ask === "score" ? [{ role: "user" as const, content: question.prompt }] : question.messages;
  return messages.map(({ role, content }) => ({ role, content }));
}

function responseOf(question: Question | undefined, reply: Reply | undefined): string {
  if (reply?.ask === "generate") return reply.text;
  if (question?.ask === "choose") return question.options[mostProbable(probabilitiesOf(reply)) ?? -1] ?? "";
  return "";
}

function copyReply(reply: Reply): z.infer<typeof replySchema> {
  if (reply.ask === "choose") return { ...reply, probabilities: [...reply.probabilities] };
  if (reply.ask === "score") return { ...reply, logLikelihoods: [...reply.logLikelihoods] };
  return { ...reply };
}
