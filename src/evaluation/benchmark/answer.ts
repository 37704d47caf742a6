import { PreceptError } from "../../errors.ts";
import type { LanguageModel } from "../../language-model.ts";
import { rng } from "../../rng.ts";
import type { AnswerRecord } from "../records.ts";
import { type Answered, type Asked, ask } from "./ask.ts";
import { type Exchange, type RecordContext, recordOf } from "./records.ts";
import type { Render, Subject } from "./subject.ts";
import type { Question, QuestionContext, Task } from "./types.ts";

/** One answer that is wanted: a task, and which of its samples. */
export interface Trial {
  readonly task: Task;
  readonly sample: number;
}

/** Every task so many times. */
export function trialsOf(tasks: readonly Task[], samples: number): Trial[] {
  return tasks.flatMap((task) => Array.from({ length: samples }, (_, sample) => ({ task, sample })));
}

export interface AnswerOptions extends Omit<RecordContext, "subject"> {
  readonly subject: Pick<Subject, "name" | "render">;
  readonly seed: number;
  /** For "generate" questions that do not say their own. */
  readonly temperature: number;
  /** Writes the attacks of tasks that want one. */
  readonly attacker?: { open(): Promise<LanguageModel>; readonly render?: Render | undefined } | undefined;
  /** Whether a request that failed ends the batch, which is then asked again, instead of counting as no answer. */
  readonly mustAnswer?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly advance?: ((n: number, detail?: { readonly tokens?: number | undefined }) => void) | undefined;
}

/**
 * Asks, reads and scores: one record a trial, in their order. Seeds come from (seed, benchmark, task, sample) alone, so
 * that subjects answer under common random numbers.
 * @throws PreceptError model-failed when an answer is missing or, where it must be one, failed; interrupted.
 */
export async function answerTrials(
  model: LanguageModel,
  trials: readonly Trial[],
  options: AnswerOptions,
): Promise<AnswerRecord[]> {
  const { benchmark, subject, seed, temperature, mustAnswer = false, signal, advance } = options;
  const { logprobs, rawCompletion } = model.capabilities;
  const attacks = await attackTexts(trials, options);
  const exchanges = trials.map((trial) => {
    const attack = attacks.get(trial);
    const context: QuestionContext = { canScore: logprobs && rawCompletion, attack };
    return { ...trial, attack, questions: trial.task.questions(context) };
  });
  const asked = exchanges.flatMap(({ task, sample, questions }): Asked[] =>
    questions.map((question, place) => ({
      id: requestId(benchmark.id, task, sample, place),
      seed: seedOf(seed, benchmark.id, task, sample, place),
      question,
    })),
  );
  const replies = await ask(model, asked, { temperature, render: subject.render, signal, advance });
  let next = 0;
  return exchanges.map(({ task, sample, questions, attack }): AnswerRecord => {
    const answers = replies.slice(next, next + questions.length);
    next += questions.length;
    if (mustAnswer) refuseFailed(options, task, answers);
    const exchange: Exchange = {
      task,
      sample,
      questions,
      answers,
      attack,
      seed: seedOf(seed, benchmark.id, task, sample, 0),
    };
    return recordOf({ ...options, subject: subject.name }, exchange);
  });
}

/** A sampling engine's stream hangs on this name, which no subject is part of. */
function requestId(benchmark: string, { id, groups: { split } }: Task, sample: number, place: number): string {
  const parts = [benchmark, split, id, sample, place === 0 ? undefined : place];
  return parts.filter((part) => part !== undefined).join("/");
}

function seedOf(seed: number, benchmark: string, { id }: Task, sample: number, place: number): number {
  const further = place === 0 ? [] : [place];
  return rng(seed, "evaluate", benchmark, id, sample, ...further).integer(2 ** 31);
}

async function attackTexts(
  trials: readonly Trial[],
  { benchmark, seed, temperature, attacker, signal }: AnswerOptions,
): Promise<ReadonlyMap<Trial, string>> {
  const attacked = trials.flatMap((trial): { trial: Trial; question: Question }[] =>
    trial.task.attack === undefined ? [] : [{ trial, question: trial.task.attack }],
  );
  if (attacked.length === 0) return new Map();
  if (attacker === undefined) throw new Error("a benchmark with attacks was begun without an attacker");
  const asked = attacked.map(({ trial: { task, sample }, question }) => ({
    id: `attack/${task.id}/${sample}`,
    seed: rng(seed, "attack", benchmark.id, task.id, sample).integer(2 ** 31),
    question,
  }));
  const replies = await ask(await attacker.open(), asked, { temperature, render: attacker.render, signal });
  return new Map(
    attacked.flatMap(({ trial }, index): [Trial, string][] => {
      const reply = replies[index]?.reply;
      return reply?.ask === "generate" && reply.missing === undefined ? [[trial, reply.text]] : [];
    }),
  );
}

function refuseFailed({ benchmark, subject }: AnswerOptions, { id, groups }: Task, answers: readonly Answered[]): void {
  const failed = answers.find(({ reply }) => reply.ask === "generate" && reply.finishReason === "error");
  if (failed === undefined) return;
  const { missing } = failed.reply;
  const split = groups["split"] === undefined ? "" : `, split ${groups["split"]}`;
  throw new PreceptError("model-failed", {
    attempted: `Evaluating ${subject.name} on ${benchmark.id}${split}`,
    found: `no answer to ${id}: ${failed.error ?? "an error"}`,
    expected: "one answer to every request",
    // What does not fit, or is refused as faulty, will be so again.
    remedy:
      missing === "context-overflow" || missing === "invalid"
        ? "a model whose context holds this request, or a benchmark without it"
        : "run the same command again: finished batches are kept",
  });
}
