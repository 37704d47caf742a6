import { addPrinciples, draftPrinciples, openOwnConstitution } from "../../project/index.ts";
import { approveDrafts } from "../approve-drafts.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { printLint } from "../show-drafts.ts";

export interface AddFlags {
  readonly file?: string | undefined;
  readonly model?: string | undefined;
  readonly plain: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

/** precept constitution add "Never promise a price." …: principles of sentences, behind those that are there. */
export async function add(this: CliContext, flags: AddFlags, ...sentences: readonly string[]): Promise<void> {
  const { model, plain, yes, json } = flags;
  const { file, constitution, project } = await openOwnConstitution(flags.file);
  const drafter = { model, project: plain ? undefined : project, env: this.env, signal: this.signal };
  const drafts = await draftPrinciples(sentences, constitution, drafter);
  if (model !== undefined && drafts.unasked !== undefined) throw drafts.unasked;
  const principles = json ? drafts.drafts.map(({ principle }) => principle) : await approveDrafts(this, drafts, yes);
  if (principles.length > 0) await addPrinciples(file, principles);
  if (json) return printJson(this, { file, principles, contradictions: drafts.contradictions, model: drafts.model });
  await printLint(this, file);
  print(this, principles.length === 0 ? "nothing was added" : `  ${file}`);
}
