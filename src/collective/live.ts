import { type AddedVote, addVotes } from "./add-votes.ts";
import { describeGrouped, knowStatements, openTable } from "./analyse.ts";
import type { Analysis } from "./analysis.ts";
import { type AnalyseOptions, type SettledOptions, settleOptions } from "./options.ts";
import { type Grouped, groupVoters, regroupVoters } from "./robust/group.ts";
import type { VoteTable } from "./table.ts";
import { tableOf } from "./tabulate.ts";
import type { Conversation, Statement } from "./votes.ts";

/**
 * A conversation that goes on: after a vote the map and the groups move on from where they were, which takes a fraction of the time of
 * an analysis. What it shows agrees with `analyse` as far as the groups stay what they are; what is published is computed cold.
 */
export class LiveAnalysis {
  readonly #options: SettledOptions;
  #table: VoteTable;
  #statements: readonly Statement[];
  #grouped: Grouped;

  /** `table` in canonical order. */
  constructor(table: VoteTable, statements: readonly Statement[], options: Omit<AnalyseOptions, "mode"> = {}) {
    this.#options = settleOptions({ ...options, mode: "robust" });
    this.#table = table;
    this.#statements = statements;
    this.#grouped = this.#regroup();
  }

  static of(conversation: Conversation, options: Omit<AnalyseOptions, "mode"> = {}): LiveAnalysis {
    return new LiveAnalysis(tableOf(conversation, "canonical"), conversation.statements, options);
  }

  /** Adds votes, and statements that came with them, and moves the map. */
  add(votes: readonly AddedVote[], statements: readonly Statement[] = []): void {
    if (statements.length > 0) this.#statements = [...this.#statements, ...statements];
    this.#table = addVotes(this.#table, votes);
    this.#grouped = regroupVoters(this.#open(), this.#grouped);
  }

  /** Computes groups, their number and their stability anew. */
  settle(): void {
    this.#grouped = this.#regroup();
  }

  get analysis(): Analysis {
    return describeGrouped(this.#table, this.#statements, this.#grouped, this.#options);
  }

  #open(): VoteTable {
    return openTable(this.#table, knowStatements(this.#statements));
  }

  #regroup(): Grouped {
    return groupVoters(this.#open(), this.#options);
  }
}
