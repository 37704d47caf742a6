import { type Constitution, createConstitution, formatConstitution, schemaLine } from "../../constitution/index.ts";
import { findDrafted } from "../drafting/drafted-file.ts";
import { readProvenance } from "../drafting/provenance-file.ts";
import type { DraftedConstitution } from "../drafting/public-constitution.ts";
import { ratifyNext } from "../drafting/ratify.ts";
import type { Configuration } from "./configuration.ts";
import { ratificationResults } from "./ratification.ts";
import type { Site } from "./site.ts";
import type { ConversationState } from "./state.ts";

/**
 * The constitution that the second vote made, as a file, once that vote has ended: the same that `precept collective ratify` writes.
 * Undefined before, and where nothing was ratified. @throws PreceptError as `findDrafted`, `readProvenance`.
 */
export async function writeRatified({ state, configuration, folder }: Site): Promise<string | undefined> {
  if (state.phase !== "ratified") return undefined;
  const drafted = await findDrafted(folder);
  const constitution =
    drafted !== undefined && isPutUp(drafted, state)
      ? ratifyNext(readProvenance(folder), drafted, state.ballot.votes(), {
          from: configuration.ratifiedFrom,
          minimum: configuration.smallestCell,
        }).constitution
      : ratifyByHand(state, configuration);
  if (constitution.principles.length === 0) return undefined;
  return [schemaLine(), formatConstitution(constitution)].join("\n");
}

/** Whether the second vote was on these drafts, in these words. */
function isPutUp({ principles }: DraftedConstitution, { drafts }: ConversationState): boolean {
  const put = new Map(drafts.map(({ id, text }) => [id, text]));
  return put.size === principles.length && principles.every(({ id, text }) => put.get(id) === text);
}

/** Principles that an organiser wrote on the page have neither weights nor checks. */
function ratifyByHand(state: ConversationState, configuration: Configuration): Constitution {
  const ratified = ratificationResults(state, configuration).filter(({ isRatified }) => isRatified);
  return createConstitution({
    name: configuration.title,
    source: "Collective: written by the organiser of a conversation, ratified by its second vote",
    principles: ratified.map(({ id, text, statements }) => ({
      ...{ id, text, tags: ["collective"] },
      ...(statements.length === 0 ? {} : { source: `statements ${statements.join(", ")}` }),
    })),
  });
}
