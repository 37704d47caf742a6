import { existsSync } from "node:fs";
import { join } from "node:path";
import { type DraftedConstitution, readProvenance } from "../../collective/drafting/index.ts";
import { publish, readConversation } from "../../collective/site/index.ts";
import type { StorePlace } from "../../collective/store/index.ts";
import { type CollectiveData, renderCollectivePage, writeTables } from "../../report/index.ts";
import { makeFolder, writeOutput } from "../../storage/index.ts";
import { DRAFTED_FILE } from "../town/draft-town.ts";
import { analyseStored, DRAFT_FOLDER } from "./draft-conversation.ts";
import { readDrafted } from "./ratify-conversation.ts";

export interface ReportConversationOptions {
  readonly place: StorePlace & { readonly folder: string };
  /** Default report.html in the folder. */
  readonly out?: string | undefined;
  /** Folder of the CSV files; none are written without. */
  readonly csv?: string | undefined;
}

/** Writes the page of a stored conversation, and its tables. Returns the files. @throws as `readConversation`, `readDrafted`; disk. */
export async function reportConversation({ place, out, csv }: ReportConversationOptions): Promise<readonly string[]> {
  const data = await readCollective(place);
  const page = out ?? join(place.folder, "report.html");
  writeOutput(page, renderCollectivePage(data));
  return [page, ...writeCsv(data, csv)];
}

/** Writes the tables into a folder; none without one. */
export function writeCsv(data: CollectiveData, folder: string | undefined): string[] {
  if (folder === undefined) return [];
  makeFolder(folder);
  return Object.entries(writeTables(data)).map(([name, text]) => {
    const path = join(folder, name);
    writeOutput(path, text);
    return path;
  });
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
