import type { Constitution, Principle } from "../constitution/index.ts";
import { type FeedbackTemplates, hasMetaText } from "../feedback/index.ts";
import { type GenerationAsk, generateTogether, type LanguageModel, type Usage } from "../language-model.ts";
import type { Price } from "../spending/index.ts";
import { hashText } from "../storage/index.ts";
import type { Finding } from "./check.ts";
import { CriticBudget, type Limit, type PlannedCall } from "./critic-budget.ts";
import { cutToBudget, type Exchange } from "./exchange.ts";
import type { Policy } from "./policy.ts";
import { principleHash } from "./principle-hash.ts";
import type { Stage } from "./stage.ts";

/** What a critic concluded about one principle; "failed": no answer in time or within a limit, or one that says neither. */
export interface CriticAnswer {
  readonly principle: Principle;
  readonly finding: "breaks" | "keeps" | "failed";
  readonly critique: string;
  /** Why it failed, where a limit of the policy kept it from being asked, or from answering. */
  readonly limit?: Limit | undefined;
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
  readonly price?: Price | undefined;
}

/** An answer of a critic, or the limit that it ran into; neither for one that failed by itself. */
interface Reply {
  readonly text?: string | undefined;
  readonly limit?: Limit | undefined;
}

/** Characters of a conversation that a critic is shown. */
const BUDGET = 24_000;

/** The method's critique and revision requests, asked about one answer while a person waits for it. */
export class Critic {
  readonly #options: CriticOptions;
  readonly #budget: CriticBudget;

  constructor(options: CriticOptions) {
    this.#options = options;
    this.#budget = new CriticBudget(options.limits, options.price);
  }

  /** Turns of a conversation that the critic is not shown. */
  cutOf(exchange: Exchange): number {
    return cutToBudget(exchange, BUDGET).cut;
  }

  /** Whether an answer breaks these principles, all asked at once within so many ms. Never throws: a failure is an answer. */
  async ask(
    exchange: Exchange,
    response: string,
    principles: readonly Principle[],
    withinMs = Number.POSITIVE_INFINITY,
  ): Promise<CriticAnswer[]> {
    const { messages } = cutToBudget(exchange, BUDGET);
    const { templates } = this.#options;
    const asked = principles.map((principle) => templates.critique({ messages, response, principle }));
    const replies = await this.#generate(asked, response, withinMs);
    return principles.map((principle, index): CriticAnswer => {
      const { text: critique, limit } = replies[index] ?? {};
      const finding = critique === undefined ? "unclear" : templates.finding(critique);
      // An answer that cannot be read has judged nothing.
      return { principle, finding: finding === "unclear" ? "failed" : finding, critique: critique ?? "", limit };
    });
  }

  /**
   * The answer rewritten under one principle; undefined where that failed, or speaks of the rewriting instead. Of one of which `said` was
   * delivered, only what follows that.
   */
  async revise(
    exchange: Exchange,
    response: string,
    principle: Principle,
    { withinMs = Number.POSITIVE_INFINITY, said = "" }: { readonly withinMs?: number; readonly said?: string } = {},
  ): Promise<Revision | undefined> {
    const until = performance.now() + withinMs;
    const { messages } = cutToBudget(exchange, BUDGET);
    const { templates } = this.#options;
    const asked = templates.critique({ messages, response, principle });
    const [{ text: critique } = {}] = await this.#generate([asked], response, withinMs);
    if (critique === undefined) return undefined;
    // Some models refuse a start that ends with white space.
    const prefill = said.trimEnd() === "" ? undefined : said.trimEnd();
    const rewriting = { ...templates.revision({ messages, response, principle, critique }), prefill };
    const [{ text = "" } = {}] = await this.#generate([rewriting], response, until - performance.now());
    const own = [...messages.map(({ content }) => content), said];
    if (text.trim() === "" || hasMetaText(text, templates.metaText, own)) return undefined;
    return { text: prefill !== undefined && said === prefill ? text.trimEnd() : text.trim(), critique };
  }

  async #generate(asked: readonly Asked[], text: string, withinMs: number): Promise<readonly Reply[]> {
    const { model, limits } = this.#options;
    const { sent, limit } = withinMs > 0 ? this.#budget.take(asked) : { sent: 0, limit: "addedMs" as const };
    const calls = asked.slice(0, sent);
    if (sent === 0) return asked.map((): Reply => ({ limit }));
    const ms = Math.min(limits.criticMs, withinMs);
    const replies = asked.map((_, index): Reply => (index < sent ? {} : { limit }));
    const signal = AbortSignal.timeout(Math.max(0, Math.ceil(ms)));
    // The same text under the same principle is judged alike.
    const seed = Number.parseInt(hashText(text).slice(0, 7), 16);
    const asks = calls.map(({ prompt, prefill, stop, maxTokens }, index): GenerationAsk => {
      return {
        request: { id: String(index), prompt, prefill, seed },
        options: { maxTokens, stop, temperature: 0, signal },
      };
    });
    const collect = async (): Promise<void> => {
      const open = new Set(calls);
      const settle = (call: Asked | undefined, usage: Usage | undefined): void => {
        if (call !== undefined && open.delete(call)) this.#budget.settle(call, usage);
      };
      try {
        for await (const { id, text: answer, finishReason, usage } of generateTogether(model, asks)) {
          settle(calls[Number(id)], usage);
          replies[Number(id)] = finishReason !== "error" && answer !== "" ? { text: answer } : {};
        }
      } finally {
        for (const call of open) settle(call, undefined);
      }
    };
    await Promise.race([collect().catch(() => undefined), waitFor(signal)]);
    const late: Reply = { limit: ms < limits.criticMs ? "addedMs" : "criticMs" };
    return replies.map((reply, index) => {
      return signal.aborted && index < sent && reply.text === undefined ? late : reply;
    });
  }
}

interface Asked extends PlannedCall {
  readonly prefill?: string | undefined;
  readonly stop: readonly string[];
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
