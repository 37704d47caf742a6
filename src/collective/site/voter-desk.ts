import { randomBytes } from "node:crypto";
import type { NewEvent } from "../store/index.ts";
import { isShown, type Vote } from "../votes.ts";
import { longestStatement } from "./pages-know.ts";
import { Refusal } from "./refusal.ts";
import { SimilarStatements } from "./similar-statements.ts";
import type { Site } from "./site.ts";
import type { NextStatement, OwnStatement, Place, SimilarStatement } from "./wire.ts";

/** Everything that a person does in a conversation, under the pseudonym that stands for them here. */
export class VoterDesk {
  readonly #site: Site;
  readonly #similar = new SimilarStatements();

  constructor(site: Site) {
    this.#site = site;
  }

  /** A token for a newcomer. @throws Refusal not-invited, invitation-expired. */
  join(code: string | undefined): string {
    const { tokens, configuration } = this.#site;
    const invitation = code === undefined ? undefined : tokens.readInvitation(code);
    if (code !== undefined && invitation === undefined) throw new Refusal("not-invited");
    if (invitation === undefined && configuration.access === "invited") throw new Refusal("not-invited");
    if (invitation !== undefined && invitation.expires < Date.now()) throw new Refusal("invitation-expired");
    return tokens.newVoter(invitation);
  }

  /** Draws the next statement; the log keeps with which probability. */
  next(participant: string): NextStatement {
    const { state, offers, result } = this.#site;
    const voted = state.votes.get(participant)?.size ?? 0;
    if (state.phase !== "voting") return { statement: null, voted, open: 0 };
    const served = offers.draw(state, result, participant);
    const statement = served === undefined ? undefined : state.statements.get(served.statement);
    if (served === undefined || statement === undefined) return { statement: null, voted, open: 0 };
    const { propensity } = served;
    this.#site.note({ kind: "served", at: this.#site.now(), participant, statement: statement.id, propensity });
    const { id, text, language } = statement;
    return { statement: { id, text, language }, voted, open: offers.countOpen(state, result, participant) };
  }

  /** Counts a vote, the latest on a statement; the same key again counts once. @throws Refusal not-open, unknown-statement. */
  async vote(
    participant: string,
    { statement, vote, key }: { statement: string; vote: Vote; key: string },
  ): Promise<void> {
    const { state, configuration } = this.#site;
    this.#checkOpen();
    const known = state.statements.get(statement);
    if (known === undefined || !isShown(known.moderation, configuration.moderation.when))
      throw new Refusal("unknown-statement");
    await this.#site.write([
      { event: { kind: "vote", at: this.#site.now(), participant, statement, vote }, key: `${participant}:${key}` },
    ]);
  }

  /** Adds a statement, which waits for moderation. @throws Refusal not-open, empty, too-long, said-already. */
  async add(participant: string, sent: { text: string; language: string; key: string }): Promise<OwnStatement> {
    this.#checkOpen();
    const text = sent.text.normalize("NFC").replace(/\s+/gu, " ").trim();
    if (!/[\p{L}\p{N}]/u.test(text)) throw new Refusal("empty");
    if ([...text].length > longestStatement) throw new Refusal("too-long", String(longestStatement));
    const id = randomBytes(5).toString("hex");
    const { state } = this.#site;
    const key = `${participant}:${sent.key}`;
    const isOwn = (other: string): boolean => state.written.get(participant)?.includes(other) === true;
    const same = state.findByText(text);
    // A retry after a lost answer: the statement is there already, and it is theirs.
    if (same !== undefined && isOwn(same.id)) return this.#ownOf(same.id);
    if (same !== undefined && same.moderation !== "rejected") throw new Refusal("said-already", same.id);
    const at = this.#site.now();
    const language = this.#site.configuration.languages.find((it) => it === sent.language);
    const [first = "en"] = this.#site.configuration.languages;
    const event = { kind: "statement", at, statement: id, text, language: language ?? first } as const;
    await this.#site.write([
      { event: { ...event, isSeed: false, isMeta: false }, key },
      { event: { kind: "author", at, statement: id, participant }, key: `${key}:author` },
    ]);
    const written = this.#site.state.statements.has(id) ? id : this.#site.state.written.get(participant)?.at(-1);
    return this.#ownOf(written ?? id);
  }

  /** What others said that says the same as a text: to vote on in its place. @throws Refusal not-open. */
  findSimilar(participant: string, text: string): SimilarStatement[] {
    this.#checkOpen();
    const { state, configuration } = this.#site;
    // Longer than a statement may be: nobody sends it.
    if ([...text].length > longestStatement) return [];
    const found = this.#similar.find(state, configuration.moderation.when, participant, text);
    return found.map(({ id, text: said, language }) => ({
      ...{ id, text: said, language },
      vote: state.voteOf(participant, id) ?? null,
    }));
  }

  /** What somebody said, what became of it, and where they stand. */
  mine(participant: string): { statements: OwnStatement[]; votes: Record<string, Vote>; place: Place | null } {
    const { state, result } = this.#site;
    const votes = [...(state.votes.get(participant) ?? [])].map(([id, { vote }]) => [id, vote] as const);
    return {
      statements: (state.written.get(participant) ?? []).map((id) => this.#ownOf(id)),
      votes: Object.fromEntries(votes),
      place: result?.places.get(participant) ?? null,
    };
  }

  /**
   * Erases everything of somebody from the log: votes, what they were shown, that they wrote their statements, and, if they want, the
   * statements themselves with all votes on them. Results are computed anew. Returns how many events went.
   */
  async forget(participant: string, { statements }: { readonly statements: boolean }): Promise<number> {
    const own = new Set(this.#site.state.written.get(participant));
    const isTheirs = (event: NewEvent["event"]): boolean =>
      ("participant" in event && event.participant === participant) ||
      (statements && "statement" in event && own.has(event.statement));
    const erase = await this.#site.linesOf(isTheirs);
    if (erase.length > 0)
      await this.#site.write([{ event: { kind: "deletion", at: this.#site.now(), erased: erase.length } }], erase);
    return erase.length;
  }

  /** Counts a vote on a drafted principle. @throws Refusal not-open, unknown-principle. */
  async ratify(participant: string, sent: { principle: string; vote: Vote; key: string }): Promise<void> {
    const { principle, vote, key } = sent;
    if (this.#site.state.phase !== "ratification") throw new Refusal("not-open");
    if (!this.#site.state.drafts.some(({ id }) => id === principle)) throw new Refusal("unknown-principle");
    const event = { kind: "ratification", at: this.#site.now(), participant, principle, vote } as const;
    await this.#site.write([{ event, key: `${participant}:${key}` }]);
  }

  #checkOpen(): void {
    if (this.#site.state.phase !== "voting") throw new Refusal("not-open");
  }

  #ownOf(id: string): OwnStatement {
    const statement = this.#site.state.statements.get(id);
    if (statement === undefined) throw new Refusal("unknown-statement");
    const { text, moderation, reason, note, counts } = statement;
    const people = counts.agree + counts.pass + counts.disagree;
    return { id, text, moderation, reason, note, people };
  }
}
