import { basename, join } from "node:path";
import type { LogStore } from "./log-store.ts";
import { openPostgres } from "./postgres.ts";
import { openSqlite } from "./sqlite.ts";

export interface StorePlace {
  /** The conversation's folder. */
  readonly folder: string;
  /** postgres://…, in place of a file in the folder. */
  readonly url?: string | undefined;
  readonly isReadOnly?: boolean | undefined;
}

/** The log of the conversation in a folder: `log.sqlite`, or PostgreSQL under the folder's name. */
export async function openStore({ folder, url, isReadOnly = false }: StorePlace): Promise<LogStore> {
  if (url !== undefined) return openPostgres({ url, conversation: basename(folder) });
  return openSqlite({ file: join(folder, "log.sqlite"), isReadOnly });
}
