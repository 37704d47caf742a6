import { type PublicConstitution, readDrafted } from "../../collective/drafting/index.ts";
import { analyseStored, openDrafted, readConversation } from "../../collective/site/index.ts";
import type { StorePlace } from "../../collective/store/index.ts";
import { PreceptError } from "../../errors.ts";
import { writePublicConstitution } from "../town/write-constitution.ts";

export interface RatifyConversationOptions {
  readonly place: StorePlace & { readonly folder: string };
  /** Every drafted principle stands, and the file says that there was no second vote. */
  readonly withoutVote?: boolean | undefined;
}

/**
 * Writes the constitution that a conversation's second vote made of its drafts, as far as votes were cast.
 * @throws as `readConversation`, `readDrafted`, `openDrafted`; PreceptError usage where principles of another draft were voted on; not-enough-evidence.
 */
export async function ratifyConversation({
  place,
  withoutVote,
}: RatifyConversationOptions): Promise<PublicConstitution> {
  const stored = await readConversation(place);
  const drafted = openDrafted(place.folder, await readDrafted(place.folder), stored);
  const { configuration, secondVotes, drafts } = stored;
  if (withoutVote === true) return writePublicConstitution(place.folder, drafted, undefined);
  const put = new Map(drafts.map(({ id, text }) => [id, text]));
  const other = drafted.principles.find(({ id, text }) => put.get(id) !== text);
  if (other !== undefined) {
    throw new PreceptError("usage", {
      attempted: `Ratifying the principles of ${place.folder}`,
      found:
        drafts.length === 0
          ? "principles that were never put up for a second vote"
          : `"${other.id}", which was not voted on`,
      expected: "the principles that people voted on",
      remedy: `close the first vote on the organiser's page, end the site, give \`precept collective draft ${place.folder} --model MODEL\` again, then open the second vote; or --without-vote`,
    });
  }
  const { positions } = analyseStored(stored).analysis;
  return writePublicConstitution(place.folder, drafted, secondVotes, {
    from: configuration.ratifiedFrom,
    minimum: configuration.smallestCell,
    groupOf: new Map(positions.map(({ participant, group }) => [participant, group])),
  });
}
