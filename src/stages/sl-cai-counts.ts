import { z } from "zod";
import {
  ChainTally,
  critiqueSchema,
  isOfChain,
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

const countOfGrounds = {
  founded: "foundedCritiques",
  unfounded: "unfoundedCritiques",
  none: "critiquesWithoutQuotation",
} as const;

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
  };
  readonly #findings: Record<string, number> = { breaks: 0, keeps: 0, unclear: 0 };
  readonly #outcomes: Record<string, number> = {
    usable: 0,
    unchanged: 0,
    empty: 0,
    "meta-text": 0,
    copy: 0,
    incomplete: 0,
    "bare-refusal": 0,
  };
  readonly #sources: Record<string, number> = { revision: 0, unrevised: 0, helpful: 0, replay: 0 };
  readonly #byPrinciple: SlCaiDataSummary["byPrinciple"] = {};
  readonly #chains = new ChainTally();

  add(record: SlCaiRecord): void {
    if (isOfChain(record)) this.#chains.add(record);
    if ("reasoning" in record && record.reasoning !== undefined) tally(this.#counts, "reasoning");
    if (record.type === "response") {
      if (record.sample === 0) tally(this.#counts, record.kind === "helpful" ? "helpfulPrompts" : "redTeamPrompts");
      if (record.finishReason !== "stop") tally(this.#counts, "incompleteResponses");
    } else if (record.type === "critique") {
      tally(this.#counts, "critiques");
      tally(this.#findings, record.finding);
      if (record.finishReason === "length") tally(this.#counts, "cutCritiques");
      if (record.grounds !== undefined) tally(this.#counts, countOfGrounds[record.grounds.verdict]);
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
    const { byRevisions, putBacks, stillBreaking, unread } = this.#chains.result();
    return {
      counts: { ...this.#counts, putBacks, stillBreaking, unread },
      findings: this.#findings,
      outcomes: this.#outcomes,
      sources: this.#sources,
      byPrinciple: this.#byPrinciple,
      revisionsPerPrompt: byRevisions,
    };
  }

  #of(id: string) {
    this.#byPrinciple[id] ??= { critiques: 0, breaks: 0, unclear: 0, revisions: 0, unchanged: 0, rejected: 0 };
    return this.#byPrinciple[id];
  }
}
