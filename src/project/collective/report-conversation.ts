import { join } from "node:path";
import { readTown } from "../../collective/site/index.ts";
import type { StorePlace } from "../../collective/store/index.ts";
import { type CollectiveData, formatCsv, formatParquet, renderCollectivePage, tablesOf } from "../../report/index.ts";
import { writeOutput } from "../../storage/index.ts";

export interface ReportConversationOptions {
  readonly place: StorePlace & { readonly folder: string };
  /** Default report.html in the folder. */
  readonly out?: string | undefined;
  /** Folders of the tables as CSV, and as Parquet; none are written without. */
  readonly csv?: string | undefined;
  readonly parquet?: string | undefined;
}

/** Writes the page of a stored conversation, and its tables. Returns the files. @throws as `readConversation`, `readDrafted`; disk. */
export async function reportConversation({
  place,
  out,
  csv,
  parquet,
}: ReportConversationOptions): Promise<readonly string[]> {
  const data = await readCollective(place);
  const page = out ?? join(place.folder, "report.html");
  writeOutput(page, renderCollectivePage(data));
  return [page, ...(await writeTables(data, { csv, parquet }))];
}

/** Writes the tables into folders, one for each form; none without one. Returns the files. */
export async function writeTables(
  data: CollectiveData,
  { csv, parquet }: Pick<ReportConversationOptions, "csv" | "parquet">,
): Promise<string[]> {
  const files: string[] = [];
  const write = (folder: string, name: string, content: string | Uint8Array): void => {
    files.push(join(folder, name));
    writeOutput(join(folder, name), content);
  };
  for (const table of tablesOf(data)) {
    if (csv !== undefined) write(csv, `${table.name}.csv`, formatCsv(table));
    if (parquet !== undefined) write(parquet, `${table.name}.parquet`, await formatParquet(table));
  }
  return files;
}

async function readCollective(place: ReportConversationOptions["place"]): Promise<CollectiveData> {
  return { ...(await readTown(place)), verify: `precept collective verify ${place.folder}` };
}
