import { META_PRIORITY, priorityOf } from "../priorities.ts";
import { RoutingTable, type Served } from "../routing.ts";
import { isShown } from "../votes.ts";
import type { Configuration } from "./configuration.ts";
import type { Result } from "./result.ts";
import type { ConversationState } from "./state.ts";

/** Milliseconds for which a table is drawn from while votes come in; what is on offer counts at once. */
const longest = 1000;

/** Which statement comes next, by priorities of the latest result and today's votes. */
export class Offers {
  readonly #configuration: Configuration;
  readonly #random: () => number;
  /** By group, null for whoever is in none. */
  #tables = new Map<number | null, { table: RoutingTable; version: number; madeAt: number }>();

  constructor(configuration: Configuration, random: () => number) {
    this.#configuration = configuration;
    this.#random = random;
  }

  draw(state: ConversationState, result: Result | undefined, participant: string): Served | undefined {
    return this.#tableFor(state, result, participant).draw(this.#random(), state.seenBy(participant));
  }

  /** Statements that are left for somebody. */
  countOpen(state: ConversationState, result: Result | undefined, participant: string): number {
    return this.#tableFor(state, result, participant).countOpen(state.seenBy(participant));
  }

  #tableFor(state: ConversationState, result: Result | undefined, participant: string): RoutingTable {
    const group = result?.places.get(participant)?.group ?? null;
    const held = this.#tables.get(group);
    const now = performance.now();
    if (held !== undefined && held.version === state.version && now - held.madeAt < longest) return held.table;
    const { floor, moderation } = this.#configuration;
    const offers = [...state.statements.values()]
      .filter((statement) => isShown(statement.moderation, moderation.when))
      .map(({ id, isMeta, counts: { agree, pass, disagree } }) => {
        const known = result?.needs.get(id);
        if (isMeta) return { statement: id, weight: META_PRIORITY };
        const tally = { agrees: agree, disagrees: disagree, votes: agree + pass + disagree };
        // Twice as often to members of a group whose votes are missing.
        const isMissing = group !== null && (known?.missingVotes[group] ?? 0) > 0;
        return { statement: id, weight: priorityOf(tally, known?.extremity ?? 0) * (isMissing ? 2 : 1) };
      });
    const table = new RoutingTable(offers, floor);
    this.#tables.set(group, { table, version: state.version, madeAt: now });
    return table;
  }
}
