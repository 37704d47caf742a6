import { findDrafted } from "../drafting/drafted-file.ts";
import { hideRatified } from "../drafting/hide-statements.ts";
import { type Opinion, opinionOf } from "../drafting/opinion.ts";
import { readProvenance } from "../drafting/provenance-file.ts";
import type { PublicTown } from "../drafting/public-town.ts";
import type { StorePlace } from "../store/index.ts";
import { analyseStored } from "./analyse-stored.ts";
import { openDrafted } from "./open-drafted.ts";
import { readConversation } from "./read-conversation.ts";

/**
 * A conversation as everybody may see it, computed from its log: of everybody who voted, as its site shows it.
 * @throws PreceptError as `readConversation`, `findDrafted`, `readProvenance`, `openDrafted`.
 */
export async function readTown(
  place: StorePlace & { readonly folder: string },
): Promise<PublicTown & { readonly opinion: Opinion }> {
  const stored = await readConversation(place, "shown");
  const { title, question, smallestCell, seed, moderation } = stored.configuration;
  const { when } = moderation;
  const [found, ratified] = [await findDrafted(place.folder), readProvenance(place.folder)];
  const drafted = found && openDrafted(place.folder, found, stored);
  const provenance = ratified && hideRatified(ratified, openDrafted(place.folder, ratified.drafted, stored));
  const { analysis, flagged } = analyseStored(stored);
  const about = { question, smallestCell, when, flagged: { people: flagged, isLeftOut: false } };
  const opinion = opinionOf(stored.conversation, analysis, about);
  return { title, seed, opinion, head: stored.head, drafted, provenance };
}
