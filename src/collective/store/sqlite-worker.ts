import { serve } from "../../tensor/index.ts";
import type { NewEvent } from "./log-store.ts";
import { SqliteFile, type SqliteOptions } from "./sqlite-file.ts";

let file: SqliteFile | undefined;

function getFile(): SqliteFile {
  if (file === undefined) throw new Error("the log is not open");
  return file;
}

serve({
  open(options: SqliteOptions) {
    file = new SqliteFile(options);
  },
  append: ({ events, erase }: { events: readonly NewEvent[]; erase: readonly number[] }) =>
    getFile().append(events, erase),
  keep: ({ name, value }: { name: string; value: string }) => getFile().keep(name, value),
  close: () => file?.close(),
});
