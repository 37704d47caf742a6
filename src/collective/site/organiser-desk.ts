import { randomBytes } from "node:crypto";
import { FLAGS, type FlaggedVoter } from "../flags.ts";
import { type Draft, PHASES, type Phase } from "../store/index.ts";
import type { Moderation } from "../votes.ts";
import { reasonsOf } from "./configuration.ts";
import { Refusal } from "./refusal.ts";
import type { Result } from "./result.ts";
import type { Site } from "./site.ts";
import type { ConversationState, SiteStatement } from "./state.ts";
import type { AbuseSignal, DeskStatement, FlaggedEffect, Overview } from "./wire.ts";

/** Votes from which somebody stands on the map, as in Polis. */
const votesForMap = 7;
/** Statements are few enough to be read; the newest of many moderated ones are. */
const mostShown = 500;

/** Everything that an organiser does. */
export class OrganiserDesk {
  readonly #site: Site;

  constructor(site: Site) {
    this.#site = site;
  }

  overview(): Overview {
    const { state, result, live } = this.#site;
    const statements = [...state.statements.values()];
    const unheard = statements.flatMap(({ id, text, moderation }) => {
      const missingVotes = result?.needs.missingVotes(id) ?? [];
      return moderation === "accepted" && missingVotes.some((missing) => missing > 0)
        ? [{ id, text, missingVotes }]
        : [];
    });
    const urgency = (missing: readonly number[]): number => Math.max(...missing);
    return {
      phase: state.phase,
      people: state.votes.size,
      newcomers: [...state.votes.values()].filter(({ size }) => size < Math.min(votesForMap, state.statements.size))
        .length,
      votes: state.voteCount,
      listening: live.count,
      waiting: statements.filter(({ moderation }) => moderation === "waiting").map(show),
      moderated: statements
        .filter(({ moderation }) => moderation !== "waiting")
        .map(show)
        .reverse()
        .slice(0, mostShown),
      abuse: signalsOf(result?.flagged ?? []),
      flaggedEffect: result === undefined ? null : effectOf(result, state),
      unheard: unheard.sort((a, b) => urgency(b.missingVotes) - urgency(a.missingVotes)).slice(0, mostShown),
      ratifiers: state.ballot.people,
    };
  }

  /** Accepts a statement, or turns it down for a reason of the published policy. @throws Refusal unknown-statement, unknown-reason. */
  async moderate(sent: {
    statement: string;
    moderation: Moderation;
    reason: string;
    note: string;
    key: string;
  }): Promise<void> {
    const { statement, moderation, note, key } = sent;
    const { state, configuration } = this.#site;
    if (!state.statements.has(statement)) throw new Refusal("unknown-statement");
    const reason = moderation === "rejected" ? sent.reason : "";
    if (moderation === "rejected" && !reasonsOf(configuration).some(({ id }) => id === reason))
      throw new Refusal("unknown-reason", reason);
    const event = { kind: "moderation", at: this.#site.now(), statement, moderation, reason, note } as const;
    await this.#site.write([{ event, key: `organiser:${key}` }]);
  }

  /** Opens or closes a part of the conversation; from `closed` back to `voting`, too. @throws Refusal wrong-order. */
  async move(phase: Phase, key: string): Promise<void> {
    const { state } = this.#site;
    if (phase === state.phase) return;
    const isNext = Math.abs(PHASES.indexOf(phase) - PHASES.indexOf(state.phase)) === 1;
    if (!isNext || state.phase === "ratified") throw new Refusal("wrong-order", `${state.phase} → ${phase}`);
    if (phase === "ratification" && state.drafts.length === 0) throw new Refusal("wrong-order", "no principles");
    await this.#site.write([{ event: { kind: "phase", at: this.#site.now(), phase }, key: `organiser:${key}` }]);
  }

  /** Puts principles up for the second vote. @throws Refusal wrong-order once it was closed, or while people still vote on statements. */
  async draft(drafts: readonly Draft[], key: string): Promise<void> {
    const { phase } = this.#site.state;
    if (phase !== "closed" && phase !== "ratification") throw new Refusal("wrong-order", phase);
    await this.#site.write([{ event: { kind: "drafts", at: this.#site.now(), drafts }, key: `organiser:${key}` }]);
  }

  /** Codes of invitations: `listed` for one person each, `open` for everybody who has it. */
  invite({ kind, count, days }: { kind: "listed" | "open"; count: number; days: number }): string[] {
    const expires = this.#site.now() + days * 86_400_000;
    return Array.from({ length: kind === "open" ? 1 : count }, () =>
      this.#site.tokens.invite({ id: randomBytes(9).toString("base64url"), kind, expires }),
    );
  }
}

function show({ id, text, language, isSeed, moderation, at, reason, note, counts }: SiteStatement): DeskStatement {
  const votes = counts.agree + counts.pass + counts.disagree;
  return { id, text, language, isSeed, moderation, at, reason, note, votes };
}

function effectOf(
  { flagged, withoutFlagged }: Pick<Result, "flagged" | "withoutFlagged">,
  { statements }: ConversationState,
): FlaggedEffect | null {
  if (flagged.length === 0) return null;
  const { withAll, without, lost, gained } = withoutFlagged;
  const name = (ids: readonly string[]): FlaggedEffect["lost"] =>
    ids.flatMap((id) => {
      const known = statements.get(id);
      return known === undefined ? [] : [{ id, text: known.text }];
    });
  return { flagged: flagged.length, withAll, without, lost: name(lost), gained: name(gained) };
}

function signalsOf(flagged: readonly FlaggedVoter[]): AbuseSignal[] {
  return FLAGS.map((flag) => {
    const voters = flagged
      .filter(({ flags }) => flags.includes(flag))
      .map(({ participant }) => participant.slice(0, 8));
    return { flag, voters };
  }).filter(({ voters }) => voters.length > 0);
}
