import { PreceptError } from "../../errors.ts";
import {
  draftConversation,
  type SelectionName,
  selectionOf,
  type WeightingName,
} from "../../project/collective/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { pageOf } from "../layout.ts";
import { postgresOf } from "../postgres.ts";
import { showDrafted } from "../show-drafted.ts";

export interface CollectiveDraftFlags {
  readonly model?: string;
  readonly select?: SelectionName;
  readonly cutoff?: number;
  readonly size?: number;
  readonly weights?: WeightingName;
  readonly plainRequests: boolean;
  readonly withoutFlagged: boolean;
  readonly seed?: number;
  readonly postgres: boolean;
  readonly json: boolean;
}

/** precept collective draft FOLDER: a conversation's statements as principles, each with what it rests on. */
export async function collectiveDraft(this: CliContext, flags: CollectiveDraftFlags, folder: string): Promise<void> {
  const { model, json, postgres, seed, weights, plainRequests, withoutFlagged } = flags;
  if (model === undefined) {
    throw new PreceptError("usage", {
      attempted: `Drafting the principles of ${folder}`,
      found: "no model",
      expected: "one that writes",
      remedy: "--model openai:gpt-4.1-mini, --model llamacpp:FILE.gguf",
    });
  }
  const { command, signal, env } = this;
  const result = await draftConversation({
    ...{ place: { folder, url: postgresOf(this, postgres) }, model, env, signal, command, seed },
    selection: selectionOf(flags),
    weighting: weights,
    asksRequests: !plainRequests,
    leavesOutFlagged: withoutFlagged,
    progress: progressOf(this, json),
  });
  if (json) printJson(this, { folder, ...result });
  else print(this, showDrafted(folder, result, pageOf(this.process.stdout, env)));
}
