import { isFault, QuotedDocuments, readDocuments } from "../../retrieval/index.ts";
import { readText } from "../../storage/index.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { exitCodes } from "../failure.ts";
import { showCheck } from "../show-citations.ts";

export interface CiteCheckFlags {
  readonly docs: string;
  readonly json: boolean;
}

/** precept cite check FILE --docs DIR: exit 3 where a quotation stands in no document, or a number has no source. */
export async function citeCheck(this: CliContext, { docs, json }: CiteCheckFlags, file: string): Promise<void> {
  const text = file === "-" ? await readText("stdin", { stream: this.stdin }) : await readText(file);
  const { documents } = await readDocuments(docs);
  const checks = new QuotedDocuments(documents).check(text, file);
  if (json) printJson(this, { file, checks });
  else print(this, showCheck(checks));
  if (checks.some(isFault)) this.process.exitCode = exitCodes.gate;
}
