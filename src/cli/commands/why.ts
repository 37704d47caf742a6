import { explainRecord } from "../../report/index.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { pageOf } from "../layout.ts";
import { showWhy } from "../show-why.ts";

/** precept why RUN RECORD: answer, critique, principle in about ten lines. */
export async function why(
  this: CliContext,
  { json }: { readonly json: boolean },
  folder: string,
  record: string,
): Promise<void> {
  const explained = await explainRecord(folder, record);
  if (json) printJson(this, explained);
  else print(this, showWhy(explained, pageOf(this.process.stdout, this.env)));
}
