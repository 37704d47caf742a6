import { z } from "zod";
import type { Query } from "../../attribution/index.ts";
import { PreceptError } from "../../errors.ts";
import type { Message } from "../../language-model.ts";
import { messageSchema } from "../../records/index.ts";
import { rng } from "../../rng.ts";
import type { StoredRun } from "../../runs/index.ts";
import { harborTemplates } from "../../worlds/harbor/index.ts";
import { initialModelOf } from "../run-model.ts";

/** An answer that the run measured, with what its benchmark says of it. */
export interface MeasuredAnswer extends Query {
  readonly id: string;
  readonly request: string;
  readonly groups: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, unknown>>;
}

const answerSchema = z.looseObject({
  type: z.string(),
  id: z.string(),
  subject: z.string().optional(),
  messages: z.array(messageSchema).optional(),
  response: z.string().optional(),
  groups: z.record(z.string(), z.string()).default({}),
  values: z.record(z.string(), z.unknown()).default({}),
});

/** A request as the run's models read it: text in harbor's markers, else the dialogue. */
export function promptIn(run: StoredRun, messages: readonly Message[]): Query["prompt"] {
  return initialModelOf(run.manifest) === undefined ? harborTemplates.response(messages).prompt : messages;
}

/** What a run's checkpoint ("sl-cai", "sl-cai-without-replay") answered when it was evaluated. */
export async function readMeasuredAnswers(run: StoredRun, subject: string): Promise<MeasuredAnswer[]> {
  const found: MeasuredAnswer[] = [];
  for await (const record of run.stage("evaluate")?.records(answerSchema) ?? []) {
    const { type, id, messages = [], response = "", groups, values } = record;
    if (type !== "answer" || record.subject !== subject || response.trim() === "") continue;
    const request = messages.at(-1)?.content ?? "";
    found.push({ id, request, prompt: promptIn(run, messages), completion: response, groups, values });
  }
  if (found.length > 0) return found;
  throw new PreceptError("input-invalid", {
    attempted: `Reading what ${subject} of ${run.name} answered`,
    found: "no answer of its evaluation",
    expected: "a run whose stage evaluate is closed",
    remedy: `precept evaluate ${run.folder}`,
  });
}

/** Some of the answers, by seed. */
export function drawAnswers(answers: readonly MeasuredAnswer[], count: number, seed: number): MeasuredAnswer[] {
  return rng(seed, "attribution", "queries").shuffle(answers).slice(0, count);
}
