import { ratifyConversation } from "../../project/collective/index.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { pageOf } from "../layout.ts";
import { postgresOf } from "../postgres.ts";
import { showRatified } from "../show-drafted.ts";

/** precept collective ratify FOLDER: the constitution that the second vote made. */
export async function collectiveRatify(
  this: CliContext,
  {
    withoutVote,
    postgres,
    json,
  }: { readonly withoutVote: boolean; readonly postgres: boolean; readonly json: boolean },
  folder: string,
): Promise<void> {
  const result = await ratifyConversation({ place: { folder, url: postgresOf(this, postgres) }, withoutVote });
  if (json) printJson(this, { folder, constitution: result.constitution.hash, ...result.provenance.ratification });
  else print(this, showRatified(folder, result, pageOf(this.process.stdout, this.env)));
}
