import type { Draft, Phase, SiteEvent } from "../store/index.ts";
import type { Conversation, Moderation, Vote, VoteEvent } from "../votes.ts";
import { Ballot } from "./ballot.ts";

/** A statement, and what became of it. */
export interface SiteStatement {
  readonly id: string;
  readonly text: string;
  readonly language: string;
  readonly isSeed: boolean;
  readonly isMeta: boolean;
  readonly at: number;
  author: string | undefined;
  moderation: Moderation;
  reason: string;
  note: string;
  readonly counts: { agree: number; pass: number; disagree: number };
}

export interface ModerationEntry {
  readonly at: number;
  readonly statement: string;
  readonly moderation: Moderation;
  readonly reason: string;
  readonly note: string;
}

/** A conversation as its log tells it: nothing is known here that the log does not say. */
export class ConversationState {
  /** Of the file, as the last event of its kind gave it. */
  configuration: Readonly<Record<string, unknown>> = {};
  phase: Phase = "voting";
  readonly statements = new Map<string, SiteStatement>();
  /** The latest vote of everybody on every statement. */
  readonly votes = new Map<string, Map<string, VoteEvent>>();
  /** Statements that somebody wrote. */
  readonly written = new Map<string, string[]>();
  readonly moderations: ModerationEntry[] = [];
  readonly ballot = new Ballot();
  voteCount = 0;
  /** By text, folded: the statement that says it. */
  readonly #texts = new Map<string, string>();
  /** Moves with everything that changes which statements are on offer. */
  version = 0;
  /** Deletions heard so far: with each, events before it are gone, and the state must be read anew. */
  deletions = 0;

  apply(event: SiteEvent): void {
    switch (event.kind) {
      case "configuration":
        this.configuration = event.configuration;
        this.version += 1;
        return;
      case "statement": {
        const { kind: _, statement: id, ...rest } = event;
        const counts = { agree: 0, pass: 0, disagree: 0 };
        const moderation = event.isSeed ? "accepted" : "waiting";
        this.#texts.set(foldText(event.text), id);
        this.statements.set(id, { id, ...rest, author: undefined, moderation, reason: "", note: "", counts });
        this.version += 1;
        return;
      }
      case "author": {
        const statement = this.statements.get(event.statement);
        if (statement === undefined) return;
        statement.author = event.participant;
        const own = this.written.get(event.participant);
        if (own === undefined) this.written.set(event.participant, [event.statement]);
        else own.push(event.statement);
        return;
      }
      case "vote":
        this.#count({ participant: event.participant, statement: event.statement, vote: event.vote, at: event.at });
        return;
      case "moderation": {
        const { kind: _, ...entry } = event;
        const statement = this.statements.get(event.statement);
        if (statement === undefined) return;
        Object.assign(statement, { moderation: event.moderation, reason: event.reason, note: event.note });
        this.moderations.push(entry);
        this.version += 1;
        return;
      }
      case "phase":
        this.phase = event.phase;
        return;
      case "drafts":
        this.ballot.put(event.drafts);
        return;
      case "ratification":
        this.ballot.vote(event.participant, event.principle, event.vote);
        return;
      case "deletion":
        this.deletions += 1;
        return;
      case "served":
      case "published":
        return;
    }
  }

  #count(event: VoteEvent): void {
    const statement = this.statements.get(event.statement);
    // A statement that was erased takes the votes on it along.
    if (statement === undefined) return;
    let own = this.votes.get(event.participant);
    if (own === undefined) {
      own = new Map();
      this.votes.set(event.participant, own);
    }
    const before = own.get(event.statement);
    if (before === undefined) this.voteCount += 1;
    else statement.counts[before.vote] -= 1;
    own.set(event.statement, event);
    statement.counts[event.vote] += 1;
  }

  /** The statement that says the same, but for case, spaces and the end's punctuation. */
  findByText(text: string): SiteStatement | undefined {
    return this.statements.get(this.#texts.get(foldText(text)) ?? "");
  }

  voteOf(participant: string, statement: string): Vote | undefined {
    return this.votes.get(participant)?.get(statement)?.vote;
  }

  get drafts(): readonly Draft[] {
    return this.ballot.drafts;
  }

  /** Statements that somebody has nothing more to say to: voted on, or their own. */
  *seenBy(participant: string): Generator<string> {
    yield* this.votes.get(participant)?.keys() ?? [];
    yield* this.written.get(participant) ?? [];
  }

  /** What the mathematics reads. */
  toConversation(): Conversation {
    const statements = [...this.statements.values()].map(({ id, text, author, at, isSeed, isMeta, moderation }) => ({
      ...{ id, text, author, at, isSeed, isMeta, moderation },
    }));
    return { statements, votes: [...this.votes.values()].flatMap((own) => [...own.values()]) };
  }
}

function foldText(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/\s+/gu, " ")
    .replace(/[\s.!]+$/u, "");
}
