import type { Constitution, Principle } from "../constitution/index.ts";
import { type FeedbackTemplates, hasMetaText } from "../feedback/index.ts";
import { type GenerationAsk, generateTogether, type LanguageModel } from "../language-model.ts";
import { hashText } from "../storage/index.ts";
import type { Finding } from "./check.ts";
import { cutToBudget, type Exchange } from "./exchange.ts";
import type { Policy } from "./policy.ts";
import { principleHash } from "./principle-hash.ts";
import type { Stage } from "./stage.ts";

/** What a critic concluded about one principle; "failed": no answer in time or within a limit, or one that says neither. */
export interface CriticAnswer {
  readonly principle: Principle;
  readonly finding: "breaks" | "keeps" | "failed";
  readonly critique: string;
}

/** A rewritten answer, with what it came from. */
export interface Revision {
  readonly text: string;
  readonly critique: string;
}

export interface CriticOptions {
  readonly model: LanguageModel;
  readonly templates: FeedbackTemplates;
  readonly limits: Policy["limits"];
}

/** Characters of a conversation that a critic is shown. */
const BUDGET = 24_000;

/** The method's critique and revision requests, asked about one answer while a person waits for it. */
export class Critic {
  readonly #options: CriticOptions;
  #calls: number[] = [];

  constructor(options: CriticOptions) {
    this.#options = options;
  }

  /** Turns of a conversation that the critic is not shown. */
  cutOf(exchange: Exchange): number {
    return cutToBudget(exchange, BUDGET).cut;
  }

  /** Whether an answer breaks these principles, all asked at once. Never throws: a failure is an answer. */
  async ask(exchange: Exchange, response: string, principles: readonly Principle[]): Promise<CriticAnswer[]> {
    const { messages } = cutToBudget(exchange, BUDGET);
    const { templates } = this.#options;
    const answers = await this.#generate(
      principles.map((principle) => templates.critique({ messages, response, principle })),
      response,
    );
    return principles.map((principle, index): CriticAnswer => {
      const critique = answers[index];
      const finding = critique === undefined ? "unclear" : templates.finding(critique);
      // An answer that cannot be read has judged nothing.
      return { principle, finding: finding === "unclear" ? "failed" : finding, critique: critique ?? "" };
    });
  }

  /** The answer rewritten under one principle; undefined where that failed, or speaks of the rewriting instead. */
  async revise(exchange: Exchange, response: string, principle: Principle): Promise<Revision | undefined> {
    const { messages } = cutToBudget(exchange, BUDGET);
    const { templates } = this.#options;
    const [critique] = await this.#generate([templates.critique({ messages, response, principle })], response);
    if (critique === undefined) return undefined;
    const [text = ""] = await this.#generate(
      [templates.revision({ messages, response, principle, critique })],
      response,
    );
    const own = messages.map(({ content }) => content);
    if (text.trim() === "" || hasMetaText(text, templates.metaText, own)) return undefined;
    return { text: text.trim(), critique };
  }

  async #generate(
    asked: readonly {
      readonly prompt: GenerationAsk["request"]["prompt"];
      readonly stop: readonly string[];
      readonly maxTokens: number;
    }[],
    text: string,
  ): Promise<readonly (string | undefined)[]> {
    const { model, limits } = this.#options;
    const now = Date.now();
    this.#calls = this.#calls.filter((at) => now - at < 60_000);
    const allowed = Math.max(0, limits.criticCallsPerMinute - this.#calls.length);
    const sent = asked.slice(0, allowed);
    this.#calls.push(...sent.map(() => now));
    const answers: (string | undefined)[] = asked.map(() => undefined);
    const signal = AbortSignal.timeout(limits.criticMs);
    // The same text under the same principle is judged alike.
    const seed = Number.parseInt(hashText(text).slice(0, 7), 16);
    const asks = sent.map(({ prompt, stop, maxTokens }, index): GenerationAsk => {
      return { request: { id: String(index), prompt, seed }, options: { maxTokens, stop, temperature: 0, signal } };
    });
    const collect = async (): Promise<void> => {
      for await (const { id, text: answer, finishReason } of generateTogether(model, asks)) {
        if (finishReason !== "error" && answer !== "") answers[Number(id)] = answer;
      }
    };
    await Promise.race([collect().catch(() => undefined), waitFor(signal)]);
    return [...answers];
  }
}

const waitFor = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));

/** What a critic found, as a finding over the whole text. */
export function criticFinding({ principle }: CriticAnswer, stage: Stage, length: number): Finding {
  const common = { principleId: principle.id, principleHash: principleHash(principle), check: "critic", stage };
  return { ...common, score: 1, threshold: 1, span: [0, length], evidence: "" };
}

/** The principles with these ids. */
export function principlesOf({ principles }: Constitution, ids: readonly string[]): readonly Principle[] {
  return principles.filter(({ id }) => ids.includes(id));
}
