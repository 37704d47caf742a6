import { findDrafted } from "../drafting/drafted-file.ts";
import { type Opinion, opinionOf } from "../drafting/opinion.ts";
import { readProvenance } from "../drafting/provenance-file.ts";
import { leavesOutFlagged } from "../drafting/public-constitution.ts";
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
  const [drafted, provenance] = [await findDrafted(place.folder), readProvenance(place.folder)];
  const isLeftOut = leavesOutFlagged(drafted ?? provenance?.drafted);
  const { analysis, conversation, flagged } = analyseStored(stored, isLeftOut);
  const { title, question, smallestCell, seed } = stored.configuration;
  const about = { question, smallestCell, flagged: { people: flagged, isLeftOut } };
  return { title, seed, opinion: opinionOf(conversation, analysis, about), head: stored.head, drafted, provenance };
}
