import type { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { readRows as readFileRows } from "../../records/index.ts";
import { contentHash } from "../../storage/index.ts";

/** Faults that are listed; a file with more is refused all the same. */
const LISTED = 10;

/** What a row has said of itself. */
interface Identified {
  readonly id?: string | undefined;
}

/**
 * Reads a file of rows (JSONL, JSON, CSV or Parquet; JSONL where its name does not say) through a schema, `take` giving what a row
 * becomes. All rows are read before anything is refused, so that one attempt shows every fault; an id may stand twice only with
 * the same content.
 * @throws PreceptError input-invalid with file, line and field of each wrong row, or when there is no row; usage for a path that
 * is no file; as `readLines`.
 */
export async function readRows<Row extends Identified | readonly Identified[], Item>(
  path: string,
  schema: z.ZodType<Row>,
  take: (row: Row, where: string, index: number) => Item,
): Promise<Item[]> {
  const items: Item[] = [];
  const faults: string[] = [];
  let count = 0;
  const addFault = (fault: string): void => {
    count += 1;
    if (faults.length < LISTED) faults.push(fault);
  };
  const seen = new Map<string, { readonly where: string; readonly hash: string }>();
  let index = -1;
  for await (const placed of readFileRows(path, { otherwise: "jsonl" })) {
    index += 1;
    const { where } = placed;
    if ("fault" in placed) {
      addFault(`${where}: ${placed.fault}`);
      continue;
    }
    const parsed = schema.safeParse(placed.row);
    if (!parsed.success) {
      for (const { path: field, message } of parsed.error.issues) {
        addFault(`${where}${field.length === 0 ? "" : ` ${field.join(".")}`}: ${message}`);
      }
      continue;
    }
    const row = parsed.data;
    const { id } = (Array.isArray(row) ? row[0] : row) ?? {};
    if (id !== undefined) {
      const hash = contentHash(row);
      const first = seen.get(id);
      if (first === undefined) seen.set(id, { where, hash });
      else if (first.hash !== hash) addFault(`${where} id: the id of ${first.where}, whose content is another`);
    }
    items.push(take(row, where, index));
  }
  const attempted = `Reading the data ${path}`;
  if (count > 0) {
    const more = count > LISTED ? [`and ${count - LISTED} more`] : [];
    throw new PreceptError("input-invalid", {
      attempted,
      found: [...faults, ...more].join("\n"),
      expected: "rows of the form that docs/training.md shows",
    });
  }
  if (items.length > 0) return items;
  throw new PreceptError("input-invalid", {
    attempted,
    found: "an empty dataset",
    expected: "at least one JSON object, one per line",
    remedy: "check the path, and what wrote the file",
  });
}
