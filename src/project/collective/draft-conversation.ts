import { join } from "node:path";
import {
  DRAFT_FOLDER,
  type DraftedConstitution,
  type Selection,
  type Weighting,
} from "../../collective/drafting/index.ts";
import {
  analyseStored,
  readConversation,
  type StoredConversation,
  weighWithoutFlagged,
} from "../../collective/site/index.ts";
import { openStore, type StorePlace } from "../../collective/store/index.ts";
import { PreceptError } from "../../errors.ts";
import type { LanguageModel } from "../../language-model.ts";
import { type Env, type ModelEvent, openModel, recordName } from "../../models/index.ts";
import type { Progress } from "../../progress/index.ts";
import { contentHash } from "../../storage/index.ts";
import { draftTown } from "../town/draft-town.ts";

export interface DraftConversationOptions {
  readonly place: StorePlace & { readonly folder: string };
  /** Who writes: provider:model, local:FOLDER, llamacpp:FILE, or a model of a program's own. */
  readonly model: string | LanguageModel;
  readonly selection?: Selection | undefined;
  readonly weighting?: Weighting | undefined;
  readonly asksRequests?: boolean | undefined;
  /** Choose statements without whoever `flagVoters` names; the votes that are shown are everybody's. */
  readonly leavesOutFlagged?: boolean | undefined;
  readonly seed?: number | undefined;
  readonly env: Env;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly command: string;
}

export interface DraftedConversation {
  readonly drafted: DraftedConstitution;
  /** Whether the principles were put up for the second vote, and why not. */
  readonly putUp: boolean;
  readonly why?: string | undefined;
  readonly flagged: number;
}

/**
 * Writes a stored conversation's statements as principles, and puts them up for the second vote where the first is closed and
 * nobody else holds the log. Answers are kept: the same command continues. @throws as `readConversation`, `weighWithoutFlagged`, `openModel`, `draftTown`.
 */
export async function draftConversation(options: DraftConversationOptions): Promise<DraftedConversation> {
  const { place, model: name, env, signal, progress } = options;
  const stored = await readConversation(place, "shown");
  const { conversation } = stored;
  const { analysis, flagged } = analyseStored(stored);
  const chosenBy = options.leavesOutFlagged === true ? weighWithoutFlagged(stored) : undefined;
  const { title, question, smallestCell, moderation } = stored.configuration;
  const onEvent = (event: ModelEvent): void => {
    if (event.type === "warning") progress.message(event.text);
  };
  const model = await openModel(name, { env, signal, onEvent });
  try {
    const drafted = await draftTown({
      ...options,
      folder: join(place.folder, DRAFT_FOLDER),
      title,
      about: { question, smallestCell, when: moderation.when, flagged: { people: flagged, isLeftOut: false } },
      conversation,
      analysis,
      chosenBy,
      model,
      drafter: recordName(model.report.name),
    });
    return { drafted, flagged, ...(await putUp(place, stored, drafted)) };
  } finally {
    await model.dispose?.();
  }
}

async function putUp(
  place: StorePlace,
  { phase }: StoredConversation,
  { principles }: DraftedConstitution,
): Promise<Pick<DraftedConversation, "putUp" | "why">> {
  if (principles.length === 0) return { putUp: false, why: "there is no principle" };
  if (phase !== "closed" && phase !== "ratification")
    return { putUp: false, why: phase === "voting" ? "people still vote on statements" : "the second vote is over" };
  const drafts = principles.map(({ id, text, statements }) => ({
    id,
    text,
    statements: statements.map((one) => one.id),
  }));
  try {
    const store = await openStore(place);
    try {
      const at = Math.floor(Date.now() / 1000) * 1000;
      await store.append([{ event: { kind: "drafts", at, drafts }, key: `drafts:${contentHash(drafts)}` }]);
    } finally {
      await store.close();
    }
    return { putUp: true };
  } catch (error) {
    if (error instanceof PreceptError && error.code === "run-locked")
      return { putUp: false, why: "the site is open; end it, and give this command again" };
    throw error;
  }
}
