import { findDrafted } from "../drafting/drafted-file.ts";
import { hideStatements } from "../drafting/hide-statements.ts";
import { type Opinion, opinionOf } from "../drafting/opinion.ts";
import { readProvenance } from "../drafting/provenance-file.ts";
import { type DraftedConstitution, leavesOutFlagged } from "../drafting/public-constitution.ts";
import type { PublicTown } from "../drafting/public-town.ts";
import type { StorePlace } from "../store/index.ts";
import { analyseStored } from "./analyse-stored.ts";
import { readConversation } from "./read-conversation.ts";

/**
 * A conversation as everybody may see it, computed from its log: with or without flagged voters, as its principles were drafted.
 * @throws PreceptError as `readConversation`, `findDrafted`, `readProvenance`.
 */
export async function readTown(
  place: StorePlace & { readonly folder: string },
): Promise<PublicTown & { readonly opinion: Opinion }> {
  const stored = await readConversation(place);
  const { title, question, smallestCell, seed, moderation } = stored.configuration;
  const { when } = moderation;
  const hide = (of: DraftedConstitution): DraftedConstitution => hideStatements(of, stored.conversation, when);
  const [found, ratified] = [await findDrafted(place.folder), readProvenance(place.folder)];
  const drafted = found && hide(found);
  const provenance = ratified && { ...ratified, drafted: hide(ratified.drafted) };
  const isLeftOut = leavesOutFlagged(drafted ?? provenance?.drafted);
  const { analysis, conversation, flagged } = analyseStored(stored, isLeftOut);
  const about = { question, smallestCell, when, flagged: { people: flagged, isLeftOut } };
  return { title, seed, opinion: opinionOf(conversation, analysis, about), head: stored.head, drafted, provenance };
}
