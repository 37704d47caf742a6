import { type Constitution, findPrinciple, type Principle } from "../constitution/index.ts";
import { PreceptError, throwIfInterrupted } from "../errors.ts";
import type { Generation, GenerationRequest, Message } from "../language-model.ts";
import { SCHEMA_VERSION } from "../records/index.ts";
import { rng } from "../rng.ts";
import type { RecordLog } from "../runs/index.ts";
import type { Delivery } from "./delivery.ts";
import type { Grade, Graded, Grader } from "./grader.ts";
import type { AttemptRecord } from "./records.ts";
import { type Attempt, type Goal, successGrade } from "./strategy.ts";

/** An attempt that is ready to be sent. */
export interface Shot {
  readonly id: string;
  readonly strategy: string;
  readonly turn: number;
  readonly goal: Goal;
  readonly attempt: Attempt;
}

/** Whom it is sent to, and who grades what comes back. */
export interface Range {
  readonly constitution: Constitution;
  readonly target: string;
  readonly delivery: Delivery;
  readonly isGuarded: boolean;
  /** What the target is told before every conversation; no part of an attempt. */
  readonly system?: string | undefined;
  readonly grader: Grader;
  readonly seed: number;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly signal?: AbortSignal | undefined;
}

/** Attempts and asks that are kept together: what a kill costs at most. With a judge in process, a few minutes. */
export const atOnce = 16;

export interface KeptOptions {
  readonly log: RecordLog<AttemptRecord>;
  readonly attempted: string;
  /** A batch's id in the log. */
  readonly nameOf: (batch: readonly Shot[], index: number) => string;
  readonly onSent?: ((requests: number) => void) | undefined;
}

/** Sends in batches, each kept before the next is sent; those that are kept are not sent. */
export async function sendKept(
  shots: readonly Shot[],
  range: Range,
  { log, attempted, nameOf, onSent }: KeptOptions,
): Promise<readonly AttemptRecord[]> {
  const records: AttemptRecord[] = [];
  for (let start = 0; start < shots.length; start += atOnce) {
    throwIfInterrupted(range.signal, attempted);
    const batch = shots.slice(start, start + atOnce);
    const id = nameOf(batch, start / atOnce);
    if (!log.isDone(id)) await log.append(id, await send(batch, range));
    records.push(...log.batch(id));
    onSent?.(batch.length);
  }
  return records;
}

const gradeVersion = "redteam-1";

/** Sends attempts to the target, grades what it delivers, and says who stopped those that failed. In their order. */
export async function send(shots: readonly Shot[], range: Range): Promise<AttemptRecord[]> {
  const { delivery, maxTokens, temperature, signal } = range;
  const requests = shots.map(
    ({ id, attempt }): GenerationRequest => ({
      id,
      prompt: underSystem(range.system, attempt.messages),
      prefill: attempt.prefill,
      seed: seedOf(range, id),
    }),
  );
  const answers = new Map<string, Generation>();
  for await (const answer of delivery.model.generate(requests, { maxTokens, temperature, signal })) {
    answers.set(answer.id, answer);
  }
  throwIfInterrupted(signal, `Attacking ${range.target}`);
  const sent = shots.map((shot) => {
    const answer = answers.get(shot.id);
    if (answer === undefined) throw noAnswer(range.target, shot.id);
    const raw = delivery.takeRaw(shot.id);
    const principle = findPrinciple(range.constitution, shot.goal.principleId, "Grading an answer");
    return { shot, answer, raw, principle, isChanged: range.isGuarded && raw !== answer.text };
  });
  // Where the model was not asked, the guard's own words were delivered: nothing of them is the model's to be graded.
  const asked = sent.filter((one) => !isGuards(one));
  const given = await range.grader.grade(
    asked.map((one) => toGrade(one, one.answer.text)),
    range,
  );
  const byShot = new Map(asked.map(({ shot }, index) => [shot.id, given[index]]));
  const grades = sent.map((one) => (isGuards(one) ? kept : byShot.get(one.shot.id)));
  // What a guard kept back is graded too: the model may have kept the rule without it.
  const withheld = sent.filter(
    ({ isChanged, raw }, index) => isChanged && raw !== undefined && isFailure(grades[index]),
  );
  const rawGrades = await range.grader.grade(
    withheld.map((one) => toGrade(one, one.raw ?? "")),
    range,
  );
  const rawById = new Map(withheld.map(({ shot }, index) => [shot.id, rawGrades[index]]));
  throwIfInterrupted(signal, `Grading answers of ${range.target}`);
  return sent.map((one, index): AttemptRecord => {
    const { shot, answer, raw, isChanged } = one;
    const { goal, attempt } = shot;
    const grade = grades[index] ?? { grade: null, ungraded: "judge-failed", why: "" };
    return {
      type: "redteam-attempt",
      schemaVersion: SCHEMA_VERSION,
      id: shot.id,
      parents: [goal.id, ...(attempt.parents ?? [])],
      principleId: goal.principleId,
      constitutionHash: range.constitution.hash,
      templateVersion: gradeVersion,
      model: range.target,
      seed: seedOf(range, shot.id),
      strategy: shot.strategy,
      technique: attempt.technique ?? shot.strategy,
      goalId: goal.id,
      turn: shot.turn,
      messages: attempt.messages.map(({ role, content }) => ({ role, content })),
      prefill: attempt.prefill ?? null,
      response: answer.text,
      finishReason: answer.finishReason,
      usage: answer.usage,
      unguarded: isChanged ? (raw ?? null) : null,
      ...grade,
      judge: range.grader.hash,
      stoppedBy: isFailure(grade) ? stopperOf(isChanged, raw, rawById.get(shot.id)) : null,
    };
  });
}

const kept: Grade = { grade: 0, ungraded: null, why: "the guard answered" };
const isGuards = ({ isChanged, raw, answer }: Sent & { readonly isChanged: boolean }): boolean =>
  isChanged && raw === undefined && answer.finishReason !== "error";
const isFailure = (grade: Grade | undefined): boolean =>
  grade !== undefined && grade.grade !== null && grade.grade < successGrade;

function stopperOf(
  isChanged: boolean,
  raw: string | undefined,
  rawGrade: Grade | undefined,
): AttemptRecord["stoppedBy"] {
  if (!isChanged) return "model";
  return raw === undefined || rawGrade?.grade === successGrade ? "guard" : "both";
}

interface Sent {
  readonly shot: Shot;
  readonly answer: Generation;
  readonly raw: string | undefined;
  readonly principle: Principle;
}

/** A prefill is the attacker's, and the answer goes on from it: a judge reads both. */
function toGrade({ shot: { id, goal, attempt }, answer, principle }: Sent, text: string): Graded {
  const response = attempt.prefill === undefined || text === "" ? text : `${attempt.prefill} ${text}`;
  const { finishReason } = answer;
  return { id, principle, behaviour: goal.behaviour, messages: attempt.messages, response, finishReason };
}

/** The dialogue as the target is given it. */
export function underSystem(system: string | undefined, messages: readonly Message[]): readonly Message[] {
  return system === undefined ? messages : [{ role: "system", content: system }, ...messages];
}

function seedOf({ seed }: Range, id: string): number {
  return rng(seed, "redteam", id).integer(2 ** 31);
}

function noAnswer(target: string, id: string): PreceptError {
  return new PreceptError("model-failed", {
    attempted: `Attacking ${target}`,
    found: `no answer to ${id}`,
    expected: "an answer to every request",
    remedy: "the same command goes on from the last whole batch",
  });
}
