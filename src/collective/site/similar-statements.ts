import { SimilarTexts } from "../similar.ts";
import { isShown, type ModerationTime } from "../votes.ts";
import type { ConversationState, SiteStatement } from "./state.ts";

/** Statements that somebody could vote on in place of writing their own. */
export class SimilarStatements {
  #of: ConversationState | undefined;
  #texts = new SimilarTexts();

  /** Those on offer that say the same as a text and that somebody did not write themselves, most alike first. */
  find(state: ConversationState, when: ModerationTime, participant: string, text: string): SiteStatement[] {
    // After a deletion the state is another, and what was erased shall be found by nobody.
    if (this.#of !== state) this.#texts = new SimilarTexts();
    this.#of = state;
    for (const statement of state.statements.values()) this.#texts.add(statement);
    const isWanted = (id: string): boolean => {
      const known = state.statements.get(id);
      return known !== undefined && known.author !== participant && isShown(known.moderation, when);
    };
    return this.#texts.find(text, { isWanted }).flatMap(({ id }) => state.statements.get(id) ?? []);
  }
}
