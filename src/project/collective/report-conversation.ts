import { existsSync } from "node:fs";
import { join } from "node:path";
import { type DraftedConstitution, readProvenance } from "../../collective/drafting/index.ts";
import { publish, readConversation } from "../../collective/site/index.ts";
import type { StorePlace } from "../../collective/store/index.ts";
import { type CollectiveData, formatCsv, formatParquet, renderCollectivePage, tablesOf } from "../../report/index.ts";
import { writeOutput } from "../../storage/index.ts";
import { DRAFTED_FILE } from "../town/draft-town.ts";
import { analyseStored, DRAFT_FOLDER } from "./draft-conversation.ts";
import { readDrafted } from "./ratify-conversation.ts";

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
  const stored = await readConversation(place);
  const { configuration, conversation, head } = stored;
  const { analysis } = analyseStored(stored, false);
  const { title, question, smallestCell, seed } = configuration;
  return {
    ...{ title, question, smallestCell, seed, head },
    published: publish(analysis, smallestCell),
    texts: new Map(conversation.statements.map(({ id, text }) => [id, text])),
    drafted: await findDrafted(place.folder),
    provenance: readProvenance(place.folder),
    verify: `precept collective verify ${place.folder}`,
  };
}

async function findDrafted(folder: string): Promise<DraftedConstitution | undefined> {
  return existsSync(join(folder, DRAFT_FOLDER, DRAFTED_FILE)) ? readDrafted(folder) : undefined;
}
