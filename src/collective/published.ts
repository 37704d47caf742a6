import type { Analysis, ConsensusState, Counts } from "./analysis.ts";
import { countShown, type MapCell, rasterise } from "./suppression.ts";

/**
 * One statement as everybody sees it. `all` and `groups`: null where too few people voted; `all` leaves out people of no group where
 * they are fewer than a cell holds.
 */
export interface PublishedStatement {
  readonly id: string;
  readonly all: Counts | null;
  readonly groups: readonly (Counts | null)[];
  /** What all groups agree with, or reject; "needs more votes" where a cell is too small to say. */
  readonly agreement: ConsensusState;
  readonly rejection: ConsensusState;
  /** Geometric mean over the groups of the share that agrees, with its 90 % interval; null where a cell is too small. */
  readonly consensus: { readonly estimate: number; readonly lower: number; readonly upper: number } | null;
}

export interface PublishedGroup {
  readonly people: number;
  readonly stability: number | null;
  readonly x: number;
  readonly y: number;
  readonly representative: readonly { readonly statement: string; readonly direction: "agree" | "disagree" }[];
}

/** A result as everybody sees it: a pure function of the log up to an event, the configuration and its seed. */
export interface Published {
  readonly people: number;
  readonly votes: number;
  readonly hashes: Analysis["hashes"];
  /** "too few people" before anything is shown at all. */
  readonly state: "groups" | "no clear groups" | "too few people";
  readonly groups: readonly (PublishedGroup | null)[];
  readonly cells: readonly MapCell[];
  /** Half the width of the map, in units of the analysis. */
  readonly reach: number;
  readonly statements: readonly PublishedStatement[];
}

/** Leaves out of an analysis whatever fewer than `smallest` people would stand behind. */
export function publish(analysis: Analysis, smallest: number): Published {
  const { positions, grouping, hashes } = analysis;
  const votes = positions.reduce((sum, position) => sum + position.votes, 0);
  const common = { people: positions.length, votes, hashes };
  if (positions.length < smallest)
    return { ...common, people: 0, votes: 0, state: "too few people", groups: [], cells: [], reach: 0, statements: [] };
  const reach = reachOf(positions);
  const groups = grouping.groups.map(({ members, stability, centre, representative }): PublishedGroup | null => {
    if (members.length < smallest) return null;
    const telling = representative.map(({ statement, direction }) => ({ statement, direction }));
    const [x, y] = centre.map((value) => (reach === 0 ? 0 : value / reach));
    return { people: members.length, stability, x: x ?? 0, y: y ?? 0, representative: telling };
  });
  return {
    ...common,
    state: grouping.state,
    groups,
    cells: rasterise(positions, reach, smallest),
    reach,
    statements: analysis.statements.map((figures): PublishedStatement => {
      const { all, groups: shown } = countShown(figures.counts, figures.groupCounts, smallest);
      const isWhole = all !== null && shown.every((counts) => counts !== null);
      const { estimate, lower, upper } = figures.agreement;
      return {
        id: figures.statement,
        all,
        groups: shown,
        agreement: isWhole ? figures.agreement.state : "needs more votes",
        rejection: isWhole ? figures.rejection.state : "needs more votes",
        consensus: isWhole ? { estimate, lower, upper } : null,
      };
    }),
  };
}

/** The 98th percentile of the distances: one person far out does not squeeze all others together. */
function reachOf(positions: Analysis["positions"]): number {
  const distances = positions.map(({ x, y }) => Math.max(Math.abs(x), Math.abs(y))).sort((a, b) => a - b);
  return (distances[Math.floor(distances.length * 0.98)] ?? 0) * 1.1;
}
