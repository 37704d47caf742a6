import { META_PRIORITY, priorityOf } from "../priorities.ts";
import { type Listed, listStatements, RoutingTable, type Served } from "../routing.ts";
import { isShown } from "../votes.ts";
import type { Configuration } from "./configuration.ts";
import type { Needs, Places } from "./packed.ts";
import type { ConversationState, SiteStatement } from "./state.ts";

/** Milliseconds for which a table is drawn from while votes come in; what is on offer counts at once. */
const longest = 1000;

/** What routing takes of a result. */
interface Known {
  readonly places: Places;
  readonly needs: Needs;
}

/** Statements on offer. */
interface Offered {
  readonly state: ConversationState;
  readonly version: number;
  readonly listed: Listed;
  readonly statements: readonly SiteStatement[];
}

/** Of the statements on offer, what a result says of them. */
interface Urgency {
  readonly offered: Offered;
  readonly needs: Needs | undefined;
  readonly extremity: Float64Array;
  /** Bit g: votes of group g are missing. */
  readonly missing: Uint32Array;
}

/** The tables of a moment, by group, null for whoever is in none. */
interface Moment {
  readonly urgency: Urgency;
  readonly madeAt: number;
  readonly weights: Float64Array;
  readonly tables: Map<number | null, RoutingTable>;
}

/** Which statement comes next, by priorities of the latest result and today's votes. */
export class Offers {
  readonly #configuration: Configuration;
  readonly #random: () => number;
  #moment: Moment | undefined;

  constructor(configuration: Configuration, random: () => number) {
    this.#configuration = configuration;
    this.#random = random;
  }

  draw(state: ConversationState, result: Known | undefined, participant: string): Served | undefined {
    return this.#tableFor(state, result, participant).draw(this.#random(), state.seenBy(participant));
  }

  /** Statements that are left for somebody. */
  countOpen(state: ConversationState, result: Known | undefined, participant: string): number {
    return this.#tableFor(state, result, participant).countOpen(state.seenBy(participant));
  }

  /** What all groups share of a table is made once a second, and each as it is asked for: nobody waits long for any. */
  #tableFor(state: ConversationState, result: Known | undefined, participant: string): RoutingTable {
    const group = result?.places.get(participant)?.group ?? null;
    const moment = this.#momentOf(this.#urgencyOf(state, result?.needs));
    const held = moment.tables.get(group);
    if (held !== undefined) return held;
    const { urgency, weights } = moment;
    // Twice as often to members of a group whose votes are missing.
    const own = weights.map((weight, i) =>
      group !== null && ((urgency.missing[i] as number) >>> group) & 1 ? 2 * weight : weight,
    );
    const table = new RoutingTable(urgency.offered.listed, own, this.#configuration.floor);
    moment.tables.set(group, table);
    return table;
  }

  #momentOf(urgency: Urgency): Moment {
    const now = performance.now();
    if (this.#moment?.urgency === urgency && now - this.#moment.madeAt < longest) return this.#moment;
    const { offered, extremity } = urgency;
    const weights = Float64Array.from(offered.statements, ({ isMeta, counts: { agree, pass, disagree } }, i) => {
      if (isMeta) return META_PRIORITY;
      return priorityOf({ agrees: agree, disagrees: disagree, votes: agree + pass + disagree }, extremity[i] as number);
    });
    this.#moment = { urgency, madeAt: now, weights, tables: new Map() };
    return this.#moment;
  }

  #urgencyOf(state: ConversationState, needs: Needs | undefined): Urgency {
    const held = this.#moment?.urgency;
    const offered = this.#offersOf(state);
    if (held?.offered === offered && held.needs === needs) return held;
    const places = offered.statements.map(({ id }) => needs?.placeOf(id) ?? -1);
    return {
      ...{ offered, needs },
      extremity: Float64Array.from(places, (place) => needs?.extremity[place] ?? 0),
      missing: Uint32Array.from(places, (place) => needs?.missingGroups(place) ?? 0),
    };
  }

  #offersOf(state: ConversationState): Offered {
    const held = this.#moment?.urgency.offered;
    if (held?.state === state && held.version === state.version) return held;
    const { when } = this.#configuration.moderation;
    const statements = [...state.statements.values()].filter(({ moderation }) => isShown(moderation, when));
    return { state, version: state.version, statements, listed: listStatements(statements.map(({ id }) => id)) };
  }
}
