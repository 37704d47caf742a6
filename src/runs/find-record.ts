import { PreceptError } from "../errors.ts";
import { findNearest } from "../nearest.ts";
import { type FoundRecord, recordsOf, type StoredRun } from "./read-run.ts";

/** Ids remembered for suggestions. */
const remembered = 100_000;
const shown = 5;

/** The record with this id, or the only one whose id begins or ends with it. @throws PreceptError usage for none and for several. */
export async function findRecord(run: StoredRun, text: string): Promise<FoundRecord> {
  const partly: FoundRecord[] = [];
  const ids: string[] = [];
  let matches = 0;
  for await (const found of recordsOf(run)) {
    const { id } = found.record;
    if (id === text) return found;
    const isSeen = partly.some(({ record }) => record.id === id);
    if (!isSeen && (id.startsWith(text) || id.endsWith(text))) {
      matches += 1;
      if (partly.length < shown) partly.push(found);
    }
    if (ids.length < remembered) ids.push(id);
  }
  const [only] = partly;
  if (matches === 1 && only !== undefined) return only;
  const near = matches > 1 ? partly.map(({ record }) => record.id) : nearIds(text, ids);
  throw new PreceptError("usage", {
    attempted: `Looking for the record ${text} in ${run.name}`,
    found: matches > 1 ? `${matches} records whose ids begin or end with it` : "no record with that id",
    expected: "an id, or as much of its beginning or end as no other record shares",
    remedy: near.length === 0 ? `precept show ${run.folder} lists what there is` : `one of ${near.join(", ")}`,
  });
}

/** Ids that hold the text, else those a few edits away, their last parts counting where the text has no slash. */
function nearIds(text: string, ids: readonly string[]): string[] {
  const holding = ids.filter((id) => id.includes(text)).slice(0, 3);
  if (holding.length > 0) return holding;
  const whole = findNearest(text, ids);
  if (whole.length > 0 || text.includes("/")) return whole;
  const byEnd = new Map(ids.map((id) => [id.slice(id.lastIndexOf("/") + 1), id]));
  return findNearest(text, [...byEnd.keys()]).flatMap((end) => byEnd.get(end) ?? []);
}
