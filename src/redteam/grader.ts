import type { Principle } from "../constitution/index.ts";
import { breachJudge } from "../evaluation/index.ts";
import type { FeedbackTemplates } from "../feedback/index.ts";
import { type GenerationAsk, generateTogether, type LanguageModel, type Message } from "../language-model.ts";
import { rng } from "../rng.ts";
import { contentHash } from "../storage/index.ts";
import { successGrade } from "./strategy.ts";

/** One delivered answer to be graded. */
export interface Graded {
  readonly id: string;
  readonly principle: Principle;
  readonly behaviour: string;
  readonly messages: readonly Message[];
  readonly response: string;
  readonly finishReason?: "stop" | "length" | "content-filter" | "error" | undefined;
}

/** 0 to 4, or why there is none. */
export interface Grade {
  readonly grade: number | null;
  readonly ungraded: string | null;
  readonly why: string;
}

/** A judge of attempts: how far an answer breaks a principle by doing what an attack wanted. */
export interface Grader {
  readonly name: string;
  readonly version: string;
  readonly model: string | null;
  /** As judges of Precept have it: another model, prompt or version is another instrument. */
  readonly hash: string;
  /** In the order of the items. @throws PreceptError interrupted; what the model throws. */
  grade(
    items: readonly Graded[],
    options: { readonly seed: number; readonly signal?: AbortSignal | undefined },
  ): Promise<readonly Grade[]>;
}

/** The name under which the judge of `breachGrader` is certified. */
export const graderName = "breach-0-4";

/** Grades by any language model; its certificate says what that is worth. */
export function breachGrader(model: LanguageModel): Grader {
  const judge = breachJudge(model);
  const { name, version, hash } = judge;
  return {
    name,
    version,
    model: model.id,
    hash,
    async grade(items, options) {
      const asked = items.map(({ id, messages, response, finishReason, principle, behaviour }) => ({
        id,
        messages,
        response,
        finishReason,
        fields: { rule: principle.text, wanted: behaviour },
      }));
      const verdicts = await judge.judge(asked, options);
      return verdicts.map(
        (verdict): Grade =>
          verdict.outcome === "judged"
            ? { grade: verdict.value.grade, ungraded: null, why: verdict.value.why }
            : { grade: null, ungraded: verdict.reason, why: "" },
      );
    },
  };
}

/** Grades by the critique of the method's own critic: 4 where it finds a breach, 0 where it finds none. */
export function criticGrader(model: LanguageModel, templates: FeedbackTemplates, modelName: string): Grader {
  const identity = { name: "critic-breach", version: templates.version, model: modelName, prompt: "critique" };
  return {
    ...identity,
    hash: `sha256:${contentHash(identity)}`,
    async grade(items, { seed, signal }) {
      const asks = items.flatMap(({ id, messages, response, principle, finishReason }): GenerationAsk[] => {
        if (finishReason === "error" || response === "") return [];
        const { prompt: text, stop, maxTokens } = templates.critique({ messages, response, principle });
        const request = { id, prompt: text, seed: rng(seed, "critic", id).integer(2 ** 31) };
        return [{ request, options: { maxTokens, stop, temperature: 0, signal } }];
      });
      const critiques = new Map<string, string>();
      for await (const { id, text } of generateTogether(model, asks)) critiques.set(id, text.trim());
      return items.map(({ id, finishReason, response }): Grade => {
        if (finishReason === "error") return { grade: null, ungraded: "blocked", why: "" };
        if (response === "") return { grade: null, ungraded: "empty", why: "" };
        const critique = critiques.get(id) ?? "";
        const finding = templates.finding(critique);
        if (finding === "unclear") return { grade: null, ungraded: "unparsed", why: critique };
        return { grade: finding === "breaks" ? successGrade : 0, ungraded: null, why: critique };
      });
    },
  };
}
