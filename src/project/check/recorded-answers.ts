import { join } from "node:path";
import { revisionChains } from "../../evaluation/index.ts";
import { feedbackRecordSchema, type ResponseRecord, type RevisionRecord } from "../../feedback/index.ts";
import type { GenerationRequest, LanguageModel, Prompt } from "../../language-model.ts";
import { type PromptItem, readRecords } from "../../records/index.ts";
import type { Run } from "../../runs/index.ts";
import { canonicalJson } from "../../storage/index.ts";

/** An answer of a run before any revision, and as it stood after the last. */
export interface RevisedAnswer {
  readonly item: PromptItem;
  readonly first: string;
  readonly last: string;
}

/** Answers that SL-CAI criticised, one for each prompt. */
export async function readRevised(run: Run): Promise<RevisedAnswer[]> {
  const responses = new Map<string, ResponseRecord>();
  const revisions: RevisionRecord[] = [];
  for await (const record of readRecords(join(run.stageFolder("sl-cai"), "records.jsonl"), feedbackRecordSchema)) {
    if (record.type === "response" && record.sample === 0) responses.set(record.promptId, record);
    if (record.type === "revision") revisions.push(record);
  }
  const criticised = new Set(revisions.map(({ promptId }) => promptId));
  const own = [...responses.values()].filter(({ promptId, kind }) => kind === "red-team" || criticised.has(promptId));
  const kinds = new Map(own.map(({ promptId, kind }) => [promptId, kind]));
  return revisionChains(own, revisions).map(({ item: { id, messages }, texts }) => ({
    item: { id, kind: kinds.get(id) ?? "red-team", messages: [...messages] },
    first: texts[0] ?? "",
    last: texts.at(-1) ?? "",
  }));
}

/** Answers that are there already, as a model that gives them again: what is judged was not asked for anew. */
export function recordedAnswers(id: string, answers: readonly { readonly prompt: Prompt; readonly text: string }[]) {
  const texts = new Map(answers.map(({ prompt, text }) => [keyOf(prompt), text]));
  const refuse = (): never => {
    throw new RangeError(`${id} holds answers, and reads none`);
  };
  const model: LanguageModel = {
    id,
    capabilities: { logprobs: false, prefill: false, rawCompletion: false },
    async *generate(requests: readonly GenerationRequest[]) {
      for (const { id: request, prompt } of requests) {
        const text = texts.get(keyOf(prompt)) ?? refuse();
        const usage = { promptTokens: 0, completionTokens: 0 };
        yield { id: request, text, finishReason: "stop" as const, usage };
      }
    },
    choose: refuse,
    score: refuse,
  };
  return model;
}

const keyOf = (prompt: Prompt): string =>
  typeof prompt === "string" ? prompt : canonicalJson(prompt.map(({ role, content }) => [role, content]));
