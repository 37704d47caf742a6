import { statSync } from "node:fs";
import { join } from "node:path";
import { type Constitution, createConstitution, formatConstitution, schemaLine } from "../../constitution/index.ts";
import { DRAFT_FOLDER, DRAFTED_FILE, findDrafted } from "../drafting/drafted-file.ts";
import { hideStatements } from "../drafting/hide-statements.ts";
import { PROVENANCE_FILE, readProvenance } from "../drafting/provenance-file.ts";
import type { DraftedConstitution } from "../drafting/public-constitution.ts";
import { ratifyNext } from "../drafting/ratify.ts";
import type { Configuration } from "./configuration.ts";
import { ratificationResults } from "./ratification.ts";
import type { Site } from "./site.ts";
import type { ConversationState } from "./state.ts";

type RatifiedSite = Pick<Site, "state" | "configuration" | "folder">;

/**
 * The constitution that the second vote made, as a file, once that vote has ended: the same that `precept collective ratify` writes. Made
 * once, however often it is asked for, until the votes, the statements or the files of the draft are others.
 */
export class RatifiedConstitution {
  #held:
    | { readonly state: ConversationState; readonly of: string; readonly text: Promise<string | undefined> }
    | undefined;

  /** Undefined before, and where nothing was ratified. @throws PreceptError as `findDrafted`, `readProvenance`. */
  read(site: RatifiedSite): Promise<string | undefined> {
    const { state, folder } = site;
    const files = [join(folder, DRAFT_FOLDER, DRAFTED_FILE), join(folder, PROVENANCE_FILE)];
    const of = JSON.stringify([state.phase, state.ballot.changes, state.version, files.map(stampOf)]);
    // A deletion makes the state another.
    if (this.#held?.state === state && this.#held.of === of) return this.#held.text;
    const text = writeRatified(site);
    this.#held = { state, of, text };
    // What could not be read is tried again.
    text.catch(() => {
      this.#held = undefined;
    });
    return text;
  }
}

function stampOf(file: string): readonly number[] | undefined {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat && [stat.mtimeMs, stat.size, stat.ino];
}

async function writeRatified({ state, configuration, folder }: RatifiedSite): Promise<string | undefined> {
  if (state.phase !== "ratified") return undefined;
  const drafted = await findDrafted(folder);
  const { when } = configuration.moderation;
  const constitution =
    drafted !== undefined && isPutUp(drafted, state)
      ? ratifyNext(
          readProvenance(folder),
          hideStatements(drafted, { statements: [...state.statements.values()] }, when),
          state.ballot.votes(),
          {
            from: configuration.ratifiedFrom,
            minimum: configuration.smallestCell,
          },
        ).constitution
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
