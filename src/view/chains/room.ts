import { PreceptError } from "../../errors.ts";
import { formatQuery, isFiltered } from "../query/index.ts";
import type { ServedRoom, ShareKeeper } from "../room.ts";
import type { Chain } from "../source.ts";

/** Chains of which every record goes along, byte for byte. */
const mostWithRecords = 200;
/** Lineages tell the same of every record of a chain, at ten times its size. */
const mostWithLineage = 30;

/** Every request from answer to training row. Chains, records and lineages are the server's own answers: every room links to them. */
export const chainsRoom: ServedRoom = {
  name: "chains",
  count: ({ run }) => run.listFile("sl-cai")?.index.items,
  lines: { records: ({ chains }, { path, query }) => (path.length === 0 ? chains.lines(query) : undefined) },
  share,
};

async function share({ filter, ask, keep, keepList, tell }: ShareKeeper): Promise<void> {
  const rows = await keepList(["chains"], filter);
  if (rows.length === 0 && isFiltered(filter)) {
    throw new PreceptError("usage", {
      attempted: `Choosing chains by ${formatQuery(filter)}`,
      found: "none that fits",
      expected: "one or more",
      remedy: "take the filter out of the address of a page that shows some",
    });
  }
  tell(rows.length, "chain with its request and answers", "chains with their requests and answers");
  if (rows.length > mostWithRecords) return;
  const ids: string[] = [];
  for (const { id } of rows) ids.push(...listRecords((await ask(["chains", id])) as Chain));
  for (const id of ids) keep(["records", id]);
  if (rows.length <= mostWithLineage) for (const id of ids) keep(["lineage", id]);
  tell(ids.length, "record", "records");
}

function listRecords({ response, rounds, examples }: Chain): string[] {
  const found = [
    response?.id,
    ...rounds.flatMap(({ critiques, revision }) => [...critiques.map(({ id }) => id), revision?.id]),
    ...examples.map(({ id }) => id),
  ];
  return found.filter((id) => id !== undefined);
}
