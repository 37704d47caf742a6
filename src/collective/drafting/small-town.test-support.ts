import type { Analysis, Consensus, Counts, StatementFigures } from "../analysis.ts";
import type { Conversation, Statement } from "../votes.ts";

const statement = (id: string, more: Partial<Statement> = {}): Statement => ({
  id,
  text: `The AI should not ${id}.`,
  at: 0,
  isSeed: true,
  isMeta: false,
  moderation: "accepted",
  ...more,
});

/** Six statements, of which the last two may never become principles. */
export function conversationOf(): Conversation {
  return {
    statements: [
      ...["s1", "s2", "s3", "s4"].map((id) => statement(id)),
      statement("meta", { isMeta: true }),
      statement("rejected", { moderation: "rejected" }),
    ],
    votes: [],
  };
}

const counts = (agree: number, disagree: number): Counts => ({ agree, pass: 0, disagree });

function consensus(lower: number, probability: number): Consensus {
  return {
    estimate: lower + 0.1,
    lower,
    upper: lower + 0.2,
    probability,
    state: probability >= 0.95 ? "yes" : "no",
    missingVotes: [],
  };
}

function figures(
  id: string,
  [lower, probability, gac]: readonly [number, number, number],
  groups: readonly Counts[],
): StatementFigures {
  return {
    statement: id,
    x: 0,
    y: 0,
    extremity: 0,
    counts: groups.reduce((sum, one) => counts(sum.agree + one.agree, sum.disagree + one.disagree), counts(0, 0)),
    groupCounts: groups,
    groupAwareConsensus: gac,
    agreement: consensus(lower, probability),
    rejection: consensus(0, 0),
    priority: 1,
  };
}

const wide = [counts(30, 1), counts(20, 1)];
/** What an analysis of two groups says: s1, s2 and s3 are agreed on, s4 divides. */
export function analysisOf(): Analysis {
  return {
    mode: "robust",
    chance: 0.025,
    hashes: { log: "0".repeat(64), configuration: "1".repeat(64) },
    positions: [],
    grouping: {
      state: "groups",
      groups: [31, 21].map((size) => ({
        members: Array.from({ length: size }, (_, index) => `${size}-${index}`),
        centre: [0, 0],
        stability: 1,
        representative: [],
      })),
      silhouette: 0.5,
      reason: "",
    },
    statements: [
      figures("s4", [0.3, 0.1, 0.2], [counts(30, 1), counts(1, 20)]),
      figures("s3", [0.7, 0.96, 0.75], wide),
      figures("s1", [0.8, 0.99, 0.8], wide),
      figures("s2", [0.75, 0.98, 0.73], wide),
      figures("meta", [0.9, 0.99, 0.9], wide),
      figures("rejected", [0.9, 0.99, 0.9], wide),
    ],
    majority: { agree: [], disagree: [] },
  };
}
