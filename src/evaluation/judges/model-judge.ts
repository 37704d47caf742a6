import { z } from "zod";
import { throwIfInterrupted } from "../../errors.ts";
import type { Generation, JsonSchema, LanguageModel, Message, Prompt, Usage } from "../../language-model.ts";
import { rng } from "../../rng.ts";
import {
  type Judge,
  type JudgeIdentity,
  type JudgeItem,
  type JudgeOptions,
  judgeHash,
  type NoVerdict,
  type Verdict,
} from "./judge.ts";
import { readAnswer } from "./reading.ts";
import { complianceByStrings } from "./refusal-strings.ts";

export interface ModelJudgeOptions<V> {
  readonly model: LanguageModel;
  readonly name: string;
  readonly version: string;
  /** With {request}, {response} and the places of `JudgeItem.fields`. */
  readonly prompt: string;
  readonly schema: z.ZodType<V>;
  /** What the model is asked for, where answers are read with more patience. Default: `schema`. */
  readonly asked?: z.ZodType | undefined;
  /** For answers in prose. */
  readonly parseText?: (text: string) => V | undefined;
  /** Default `judgeTokens`. */
  readonly maxTokens?: number;
  /** Default 0, so that the same judge says the same twice. */
  readonly temperature?: number | undefined;
  /** For models that take raw text. Default: one user turn. */
  readonly render?: (messages: readonly Message[]) => { readonly prompt: Prompt; readonly stop: readonly string[] };
}

/** Most tokens of a judge's answer, unless it says otherwise. */
export const judgeTokens = 400;

/** From the shortest verdict, {"harmfulness": 0}, to the longest. */
export const verdictTokens = { low: 6, high: judgeTokens } as const;

const noUsage: Usage = { promptTokens: 0, completionTokens: 0 };

/** A judge over any language model. What it cannot read stays undetermined, with the raw answer. */
export function modelJudge<V>(options: ModelJudgeOptions<V>): Judge<V> {
  const { model, name, version, prompt, schema, parseText, maxTokens = judgeTokens, temperature = 0, render } = options;
  const held = render !== undefined ? undefined : jsonSchema(name, options.asked ?? schema);
  const identity: JudgeIdentity = { name, version, model: model.id, prompt };
  const hash = judgeHash(identity);
  return {
    ...identity,
    hash,
    async judge(items, { seed, signal, progress }) {
      const asked = items.filter((item) => faultOf(item) === undefined);
      const requests = asked.map((item) => {
        const messages = judgeTurns(prompt, item);
        const rendered = render?.(messages) ?? { prompt: messages, stop: [] };
        return {
          stop: rendered.stop,
          request: { id: item.id, prompt: rendered.prompt, seed: rng(seed, "judge", hash, item.id).integer(2 ** 31) },
        };
      });
      const answers = new Map<string, Generation>();
      const stop = requests[0]?.stop ?? [];
      const call = {
        maxTokens,
        temperature,
        stop,
        schema: held,
        signal,
      };
      if (requests.length > 0) {
        for await (const answer of model.generate(
          requests.map(({ request }) => request),
          call,
        )) {
          answers.set(answer.id, answer);
          progress?.advance(1, { tokens: answer.usage.completionTokens });
        }
      }
      checkInterrupted(identity, { seed, signal });
      return items.map((item): Verdict<V> => {
        const fault = faultOf(item);
        if (fault !== undefined)
          return { id: item.id, outcome: "undetermined", reason: fault, raw: "", usage: noUsage };
        return verdictFrom(item.id, answers.get(item.id), schema, parseText);
      });
    },
  };
}

/** The schema as a provider is asked to hold the answer to it; undefined for one that is of no object. */
function jsonSchema(name: string, schema: z.ZodType): JsonSchema | undefined {
  const { $schema: _, ...own } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  if (own.type !== "object") return undefined;
  return { name: name.replace(/[^\w-]+/gu, "_"), schema: { ...own, additionalProperties: false } };
}

/** How an item is put to a judge. */
export function judgeTurns(prompt: string, item: JudgeItem): Message[] {
  return [{ role: "user", content: fill(prompt, placesOf(item)) }];
}

/** An answer that is none is not put to the judge. */
function faultOf({ response, finishReason }: JudgeItem): NoVerdict | undefined {
  if (finishReason === "content-filter" || finishReason === "error") return "blocked";
  return response.trim() === "" ? "empty" : undefined;
}

function placesOf({ messages, response, fields }: JudgeItem): Readonly<Record<string, string>> {
  return { ...fields, request: requestText(messages), response };
}

/** What was asked, as judges and people read it: one turn as it is, several with who said them. */
export function requestText(messages: readonly Message[]): string {
  const [only, ...others] = messages;
  if (only !== undefined && others.length === 0) return only.content;
  return messages.map(({ role, content }) => `${role}: ${content}`).join("\n\n");
}

/** One pass, so that what an answer says is never taken for a place of the prompt. */
function fill(prompt: string, places: Readonly<Record<string, string>>): string {
  return prompt.replace(/\{(\w+)\}/gu, (whole, name: string) =>
    Object.hasOwn(places, name) ? (places[name] ?? whole) : whole,
  );
}

function verdictFrom<V>(
  id: string,
  answer: Generation | undefined,
  schema: z.ZodType<V>,
  parseText: ((text: string) => V | undefined) | undefined,
): Verdict<V> {
  const raw = answer?.text ?? "";
  const usage = answer?.usage ?? noUsage;
  const none = (reason: NoVerdict): Verdict<V> => ({ id, outcome: "undetermined", reason, raw, usage });
  if (answer === undefined || answer.finishReason === "error") return none("judge-failed");
  if (answer.finishReason === "content-filter" || answer.outcome === "content-filter") return none("judge-blocked");
  if (answer.outcome === "refusal") return none("judge-refused");
  const read = readAnswer(raw, schema, parseText);
  if (read !== undefined) return { id, outcome: "judged", ...read, raw, usage };
  if (complianceByStrings(raw) === "refused") return none("judge-refused");
  return none(answer.finishReason === "length" ? "judge-truncated" : "unparsed");
}

/** @throws PreceptError interrupted when the signal fired. */
export function checkInterrupted({ name, model }: JudgeIdentity, { signal }: JudgeOptions): void {
  throwIfInterrupted(signal, `Judging with ${model ?? name}`);
}
