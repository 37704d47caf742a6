import { SCHEMA_VERSION } from "../../records/index.ts";
import type { AnswerRecord } from "../records.ts";
import type { Answered } from "./ask.ts";
import { type Measures, type Scored, summarise, type Values } from "./measures.ts";
import { mostProbable, probabilitiesOf } from "./multiple-choice.ts";
import type { Benchmark, JudgedItem, Question, Reply, Task } from "./types.ts";

/** What a record says of itself besides the task. */
export interface RecordContext {
  /** The stage that keeps the record: the first part of its id. */
  readonly stage: string;
  readonly benchmark: Pick<Benchmark, "id">;
  /** The subject's name. */
  readonly subject: string;
  readonly constitutionHash: string;
  readonly templateVersion: string;
}

/** One task as it was asked and answered. */
export interface Exchange {
  readonly task: Task;
  readonly sample: number;
  /** Of its first question. */
  readonly seed: number;
  readonly questions: readonly Question[];
  readonly answers: readonly Answered[];
  readonly attack?: string | undefined;
}

/** The record of one answered task, scored without a judge. */
export function recordOf(context: RecordContext, exchange: Exchange): AnswerRecord {
  const { stage, benchmark, subject, constitutionHash, templateVersion } = context;
  const { task, sample, seed, questions, answers, attack } = exchange;
  const replies = answers.map(({ reply }) => reply);
  return {
    type: "answer",
    schemaVersion: SCHEMA_VERSION,
    id: `${stage}/${subject}/${benchmark.id}/${task.id}/${String(sample).padStart(3, "0")}`,
    parents: [task.id],
    principleId: null,
    constitutionHash,
    templateVersion,
    model: subject,
    seed,
    subject,
    benchmark: benchmark.id,
    itemId: task.id,
    sample,
    cluster: task.cluster,
    groups: { ...task.groups },
    attack,
    messages: messagesOf(questions[0]),
    response: responseOf(questions[0], replies[0]),
    replies: replies.map(copyReply),
    values: { ...task.score(replies) },
    usage: {
      promptTokens: answers.reduce((sum, { usage }) => sum + usage.promptTokens, 0),
      completionTokens: answers.reduce((sum, { usage }) => sum + usage.completionTokens, 0),
    },
  };
}

/** The same record after a judge: its reading takes the place of the string scorer's. */
export function withVerdict(
  record: AnswerRecord,
  task: Task,
  judged: JudgedItem | undefined,
  judge: string,
): AnswerRecord {
  const { raw = "", fields, undetermined = "judge-failed", findings } = judged ?? {};
  const values: Values = task.fromVerdict?.(fields) ?? {};
  return {
    ...record,
    values: { ...values },
    verdict: { judge, raw, reason: fields === undefined ? undetermined : undefined },
    findings: findings?.map((finding) => ({ ...finding })),
  };
}

/** What statistics need of a record; repeated samples of one task share its cluster. */
export function toScored({ cluster, itemId, groups, values }: AnswerRecord, samples: number): Scored {
  return { cluster: cluster ?? (samples > 1 ? itemId : undefined), groups, values };
}

/** A subject's answers, measured split by split; where the benchmark has none, as "all". */
export function measuresBySplit(
  answers: readonly AnswerRecord[],
  { metrics, derive }: Pick<Benchmark, "metrics" | "derive">,
  samples = 1,
): Record<string, Measures> {
  const scored = answers.map((answer) => toScored(answer, samples));
  const { metrics: all, by } = summarise(scored, metrics, derive);
  return { ...(by["split"] ?? { all }) };
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

function copyReply(reply: Reply): AnswerRecord["replies"][number] {
  if (reply.ask === "choose") return { ...reply, probabilities: [...reply.probabilities] };
  if (reply.ask === "score") return { ...reply, logLikelihoods: [...reply.logLikelihoods] };
  return { ...reply };
}
