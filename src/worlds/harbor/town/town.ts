import type { RatificationVote } from "../../../collective/drafting/index.ts";
import type { Conversation, Statement, Vote, VoteEvent } from "../../../collective/index.ts";
import { type Rng, rng } from "../../../rng.ts";
import { parseRule, type Rule } from "../rules.ts";
import { formatStatement } from "../statements.ts";
import { type Stance, type Topic, townTopics } from "./wishes.ts";

export interface TownOptions {
  readonly seed: number;
  readonly citizens: number;
  /** Shares of the citizens in the three groups; one group only is `[1]`, the control without opinion groups. */
  readonly shares: readonly number[];
  /** Probability that a vote is drawn at random instead of from what the group wants. */
  readonly noise: number;
  /** Share of the statements that somebody sees. */
  readonly seen: number;
  /** Accounts beside the citizens, as a share of them, that vote in one burst to get help with what all groups bar. */
  readonly stuffers: number;
  /** Share of the citizens who come when most is over and see a fourth of what the others see. */
  readonly late: number;
}

/** The town of the demonstration: 600 people in groups of 45, 35 and 20 %, one vote in twelve at random, one account in ten a stuffer's. */
export const usualTown: Omit<TownOptions, "seed"> = {
  citizens: 600,
  shares: [0.45, 0.35, 0.2],
  noise: 0.08,
  seen: 0.6,
  stuffers: 0.1,
  late: 0.15,
};

/** A town's votes, and what only its world knows: for measuring, never for an engine. */
export interface Town {
  readonly conversation: Conversation;
  /** Group of each citizen; stuffers have none. */
  readonly groupOf: ReadonlyMap<string, number>;
  readonly options: TownOptions;
}

const MINUTE = 60_000;
const opening = Date.UTC(2026, 0, 5, 8);

/** Three ways of saying each wish, two of them as most would put it and one turned round. */
function drawStatements(random: Rng): { readonly statement: Statement; readonly topic: Topic; readonly rule: Rule }[] {
  const taken = new Set<string>();
  const drawn = townTopics.flatMap((topic) => {
    const usual = topic.stances[0] >= 0;
    return [usual, usual, !usual].flatMap((wanted) => {
      const rule = topic.rule(wanted);
      const text = drawOther(taken, () => formatStatement(random, rule));
      return text === undefined ? [] : [{ topic, rule, text }];
    });
  });
  return random.shuffle(drawn).map(({ topic, rule, text }, index) => ({
    topic,
    rule,
    statement: {
      id: `h${String(index + 1).padStart(3, "0")}`,
      text,
      at: opening,
      isSeed: true,
      isMeta: false,
      moderation: "accepted",
    },
  }));
}

function drawOther(taken: Set<string>, draw: () => string): string | undefined {
  for (let attempt = 0; attempt < 50; attempt++) {
    const text = draw();
    if (taken.has(text)) continue;
    taken.add(text);
    return text;
  }
  return undefined;
}

/** A simulated public: groups with known wishes, noise, ballot-stuffers, late-comers. The same seed gives the same votes. */
export function drawTown(options: TownOptions): Town {
  const { seed, citizens, shares, seen, stuffers, late } = options;
  const statements = drawStatements(rng(seed, "town-statements"));
  const groupOf = new Map<string, number>();
  const votes: VoteEvent[] = [];
  for (let index = 0; index < citizens; index++) {
    const participant = `c${String(index + 1).padStart(4, "0")}`;
    const random = rng(seed, "town-citizen", index);
    const group = drawGroup(random, shares);
    groupOf.set(participant, group);
    const isLate = random.next() < late;
    const start = opening + (isLate ? 10 * 24 * 60 : random.integer(9 * 24 * 60)) * MINUTE;
    let at = start;
    for (const { statement, topic, rule } of random.shuffle(statements)) {
      if (random.next() >= (isLate ? seen / 4 : seen)) continue;
      at += 2000 + random.integer(15_000);
      votes.push({ participant, statement: statement.id, vote: voteOn(random, topic, rule, group, options), at });
    }
  }
  votes.push(...drawStuffing(rng(seed, "town-stuffers"), statements, Math.round(citizens * stuffers)));
  return {
    conversation: {
      statements: statements.map(({ statement }) => statement),
      votes: votes.sort((a, b) => a.at - b.at || (a.participant < b.participant ? -1 : 1)),
    },
    groupOf,
    options,
  };
}

function drawGroup(random: Rng, shares: readonly number[]): number {
  let left = random.next() * shares.reduce((sum, share) => sum + share, 0);
  for (const [group, share] of shares.entries()) {
    left -= share;
    if (left < 0) return group;
  }
  return shares.length - 1;
}

const votesOf = ["agree", "pass", "disagree"] as const;

function voteOn(random: Rng, topic: Topic, rule: Rule, group: number, { noise }: TownOptions): Vote {
  if (random.next() < noise) return random.pick(votesOf);
  const stance: Stance = topic.stances[group] ?? 0;
  if (stance === 0) return random.pick(votesOf);
  return stance > 0 === rule.wanted ? "agree" : "disagree";
}

/** Accounts of one hand: within half a minute each says the same of whatever speaks of danger or power, and agrees with all else. */
function drawStuffing(random: Rng, statements: ReturnType<typeof drawStatements>, count: number): VoteEvent[] {
  const at = opening + 5 * 24 * 60 * MINUTE;
  return Array.from({ length: count }, (_, index) =>
    statements.flatMap(({ statement, topic, rule }, place): VoteEvent[] => {
      const isAim = topic.name === "danger" || topic.name === "power";
      if (!isAim && random.next() < 0.7) return [];
      const vote = !isAim || rule.wanted ? "agree" : "disagree";
      const participant = `x${String(index + 1).padStart(4, "0")}`;
      return [{ participant, statement: statement.id, vote, at: at + index * 20_000 + place * 300 }];
    }),
  ).flat();
}

/** The second vote of a town's citizens, on principles as they were written; what no sentence of harbor is, they pass on. */
export function ratifyAsTown(
  { groupOf, options }: Pick<Town, "groupOf" | "options">,
  principles: readonly { readonly id: string; readonly text: string }[],
): RatificationVote[] {
  return [...groupOf].flatMap(([participant, group]) => {
    const random = rng(options.seed, "town-second-vote", participant);
    if (random.next() < 0.3) return [];
    return principles.map(({ id, text }): RatificationVote => {
      const rule = parseRule(text);
      const topic = rule === undefined ? undefined : topicOf(rule);
      const vote = rule === undefined || topic === undefined ? "pass" : voteOn(random, topic, rule, group, options);
      return { participant, principle: id, vote };
    });
  });
}

function topicOf(rule: Rule): Topic | undefined {
  const name = rule.kind === "help" ? rule.categories[0] : rule.kind === "slot" ? rule.slot : "reasons";
  return townTopics.find((topic) => topic.name === name);
}

/** The same votes, dealt out anew: who said what of which statement is lost, how often each was said stays. */
export function shuffleVotes({ votes, ...conversation }: Conversation, seed: number): Conversation {
  const said = rng(seed, "shuffled-votes").shuffle(votes.map(({ vote }) => vote));
  return { ...conversation, votes: votes.map((event, index) => ({ ...event, vote: said[index] ?? event.vote })) };
}

/** What a drafted principle is about and whether all groups of a town want it, one rejects it, or neither; undefined where none can read it. */
export function judgePrinciple(
  { options }: Pick<Town, "options">,
  text: string,
): { readonly topic: string; readonly isShared: boolean; readonly isRejected: boolean } | undefined {
  const rule = parseRule(text);
  const topic = rule === undefined ? undefined : topicOf(rule);
  if (rule === undefined || topic === undefined) return undefined;
  const sign = rule.wanted ? 1 : -1;
  const stances = topic.stances.slice(0, options.shares.length);
  return {
    topic: topic.name,
    isShared: stances.every((stance) => stance === sign),
    isRejected: stances.some((stance) => stance === -sign),
  };
}
