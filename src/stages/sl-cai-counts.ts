import { z } from "zod";
import {
  type ChainRecord,
  critiqueSchema,
  findChainFaults,
  responseSchema,
  revisionSchema,
  slExampleSchema,
} from "../feedback/index.ts";
import { defineStage } from "../runs/index.ts";
import type { SlCaiDataSummary } from "./summaries.ts";
import { tally } from "./tally.ts";

const recordSchema = z.discriminatedUnion("type", [responseSchema, critiqueSchema, revisionSchema, slExampleSchema]);

/** Critique, revision and the training pairs made of them, with or without the training. */
export const slCaiStage = defineStage({ name: "sl-cai", after: [], records: { records: recordSchema } });

export type SlCaiRecord = z.infer<typeof recordSchema>;

export type SlCaiCounts = Pick<
  SlCaiDataSummary,
  "counts" | "findings" | "outcomes" | "sources" | "byPrinciple" | "revisionsPerPrompt"
>;

/**
 * The counts of a finished stage: a function of its records, so the same after any interruption. They come in id order,
 * in which a prompt's records stand together.
 */
export class SlCaiTally {
  readonly #counts: Record<string, number> = {
    redTeamPrompts: 0,
    helpfulPrompts: 0,
    critiques: 0,
    revisions: 0,
    examples: 0,
    putBacks: 0,
    stillBreaking: 0,
  };
  readonly #findings: Record<string, number> = { breaks: 0, keeps: 0, unclear: 0 };
  readonly #outcomes: Record<string, number> = {
    usable: 0,
    unchanged: 0,
    empty: 0,
    "meta-text": 0,
    copy: 0,
    incomplete: 0,
  };
  readonly #sources: Record<string, number> = { revision: 0, unrevised: 0, helpful: 0, replay: 0 };
  readonly #byPrinciple: SlCaiDataSummary["byPrinciple"] = {};
  readonly #revisionsPerPrompt: Record<string, number> = {};
  /** Of the prompt at hand. */
  #chain: { readonly promptId: string; readonly records: ChainRecord[] } | undefined;

  add(record: SlCaiRecord): void {
    this.#chainOf(record.promptId).push(...(record.type === "sl-example" ? [] : [record]));
    if ("reasoning" in record && record.reasoning !== undefined) tally(this.#counts, "reasoning");
    if (record.type === "response") {
      if (record.sample === 0) tally(this.#counts, record.kind === "helpful" ? "helpfulPrompts" : "redTeamPrompts");
      if (record.finishReason !== "stop") tally(this.#counts, "incompleteResponses");
    } else if (record.type === "critique") {
      tally(this.#counts, "critiques");
      tally(this.#findings, record.finding);
      if (record.finishReason === "length") tally(this.#counts, "cutCritiques");
      const own = this.#of(record.principleId);
      own.critiques++;
      if (record.finding !== "keeps") own[record.finding]++;
    } else if (record.type === "revision") {
      tally(this.#counts, "revisions");
      tally(this.#outcomes, record.outcome);
      const own = this.#of(record.principleId);
      own.revisions++;
      if (record.outcome === "unchanged") own.unchanged++;
      else if (record.outcome !== "usable") own.rejected++;
    } else {
      tally(this.#counts, "examples");
      tally(this.#sources, record.source);
    }
  }

  counts(): SlCaiCounts {
    this.#closeChain();
    return {
      counts: this.#counts,
      findings: this.#findings,
      outcomes: this.#outcomes,
      sources: this.#sources,
      byPrinciple: this.#byPrinciple,
      revisionsPerPrompt: this.#revisionsPerPrompt,
    };
  }

  /** Records of a prompt; another prompt ends the one before. */
  #chainOf(promptId: string): ChainRecord[] {
    if (this.#chain?.promptId !== promptId) {
      this.#closeChain();
      this.#chain = { promptId, records: [] };
    }
    return this.#chain?.records ?? [];
  }

  #closeChain(): void {
    const records = this.#chain?.records ?? [];
    this.#chain = undefined;
    // Helpful prompts that nobody criticised have no chain.
    if (!records.some(({ type, ...record }) => type === "critique" || type === "revision" || isRedTeam(record))) return;
    const { breaching, putBacks, last } = findChainFaults(records);
    const usable = records.filter((record) => record.type === "revision" && record.outcome === "usable").length;
    tally(this.#revisionsPerPrompt, String(usable));
    for (const _ of putBacks) tally(this.#counts, "putBacks");
    if (last !== undefined && breaching.has(last.id)) tally(this.#counts, "stillBreaking");
  }

  #of(id: string) {
    this.#byPrinciple[id] ??= { critiques: 0, breaks: 0, unclear: 0, revisions: 0, unchanged: 0, rejected: 0 };
    return this.#byPrinciple[id];
  }
}

function isRedTeam(record: object): boolean {
  return "kind" in record && record.kind === "red-team";
}
