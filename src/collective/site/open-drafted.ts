import { PreceptError } from "../../errors.ts";
import { hideStatements } from "../drafting/hide-statements.ts";
import type { DraftedConstitution } from "../drafting/public-constitution.ts";
import type { StoredConversation } from "./read-conversation.ts";

/**
 * A draft of a conversation as it may be shown today: without the words of statements that are no longer shown.
 * @throws PreceptError run-version where its votes leave people out: all votes, which the site shows, less these are theirs.
 */
export function openDrafted(
  folder: string,
  drafted: DraftedConstitution,
  { conversation, configuration }: Pick<StoredConversation, "conversation" | "configuration">,
): DraftedConstitution {
  if (drafted.opinion?.flagged.isLeftOut === true) {
    throw new PreceptError("run-version", {
      attempted: `Reading the principles drafted in ${folder}`,
      found: "votes that leave flagged voters out",
      expected: "everybody's votes: these, taken from those of the site, would tell how the flagged voted",
      remedy: `precept collective draft ${folder} --model MODEL writes them anew`,
    });
  }
  return hideStatements(drafted, conversation, configuration.moderation.when);
}
