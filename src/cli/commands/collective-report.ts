import { reportConversation } from "../../project/collective/index.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { postgresOf } from "../postgres.ts";

export interface CollectiveReportFlags {
  readonly out?: string;
  readonly csv?: string;
  readonly parquet?: string;
  readonly postgres: boolean;
  readonly json: boolean;
}

/** precept collective report FOLDER: the page of a conversation, and its tables. */
export async function collectiveReport(
  this: CliContext,
  { out, csv, parquet, postgres, json }: CollectiveReportFlags,
  folder: string,
): Promise<void> {
  const files = await reportConversation({ place: { folder, url: postgresOf(this, postgres) }, out, csv, parquet });
  if (json) printJson(this, { files });
  else print(this, files.join("\n"));
}
