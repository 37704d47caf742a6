import { hashRecord } from "../../review/index.ts";
import { divisionOf, namesIn, type RawRecord, textIn } from "../segments/listing.ts";
import type { Lineage, LineageNode, Neighbour, RecordPage } from "../source.ts";
import type { FoundRow, OpenRun } from "./open-run.ts";

/** Records above so many bytes show their head; the rest is a download. */
export const largestRecordBytes = 2 * 2 ** 20;
const headBytes = 64 * 2 ** 10;
const shownChildren = 100;
const shownNodes = 500;

/** A record as it stands, with its neighbours; undefined where there is none of this id. */
export async function readRecord(
  run: OpenRun,
  id: string,
  promptOf: (found: FoundRow) => string | undefined,
  reviewOf: (record: RawRecord) => RecordPage["review"],
): Promise<RecordPage | undefined> {
  const found = await run.find(id);
  if (found === undefined) return undefined;
  const { file, row, record } = found;
  const isLarge = row.length > largestRecordBytes;
  const parents: Neighbour[] = [];
  for (const parent of namesIn(record, "parents")) parents.push(await findNeighbour(run, parent));
  const children = run.childrenOf(id, shownChildren);
  return {
    id,
    type: textIn(record, "type") ?? null,
    stage: file.stage,
    file: file.path,
    byteOffset: row.at,
    byteLength: row.length,
    record: isLarge ? null : record,
    head: isLarge ? wholeSigns(file.index.read({ at: row.at, length: headBytes })) : null,
    hash: isLarge ? null : hashRecord(record),
    parents,
    children: children.found.map(neighbourOf),
    childCount: children.count,
    chain: promptOf(found) ?? null,
    review: isLarge ? null : reviewOf(record),
    notices: [],
  };
}

/** UTF-8 without the half of a sign at its end. */
function wholeSigns(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes, { stream: true });
}

async function findNeighbour(run: OpenRun, id: string): Promise<Neighbour> {
  const found = await run.find(id);
  return found === undefined ? { id, type: "prompt", stage: null, principle: null } : neighbourOf(found);
}

function neighbourOf({ file, row, record }: FoundRow): Neighbour {
  const id = textIn(record, "id") ?? "";
  return { id, type: row.type, stage: file.stage, principle: row.principle ?? null };
}

/** What a record was made from and what was made from it, the nearest first; undefined where nothing has this id. */
export async function traceLineage(run: OpenRun, of: string): Promise<Lineage | undefined> {
  const nodes = new Map<string, LineageNode>();
  const edges = new Map<string, { readonly from: string; readonly to: string }>();
  const left = new Set<string>();
  const connect = (from: string, to: string): void => void edges.set(JSON.stringify([from, to]), { from, to });
  const place = (node: LineageNode): boolean => {
    if (nodes.has(node.id)) return false;
    if (nodes.size < shownNodes) nodes.set(node.id, node);
    else left.add(node.id);
    return nodes.has(node.id);
  };
  const placeRecord = (found: FoundRow, level: number): boolean => {
    const node = nodeOf(found, level);
    const isNew = place(node);
    for (const principle of principlesOf(found)) {
      const name = `principle:${principle}`;
      place({ id: name, kind: "principle", type: null, stage: null, principle, label: principle, level: level - 1 });
      if (nodes.has(name) && nodes.has(node.id)) connect(name, node.id);
    }
    return isNew;
  };

  const start = await run.find(of);
  if (start === undefined && run.childrenOf(of, 1).count === 0) return undefined;
  if (start === undefined) place(promptNode(of, 0));
  else placeRecord(start, 0);

  let above = start === undefined ? [] : [start];
  for (let level = -1; above.length > 0; level--) {
    const next: FoundRow[] = [];
    for (const { record } of above) {
      const id = textIn(record, "id") ?? "";
      for (const parent of namesIn(record, "parents")) {
        const found = await run.find(parent);
        const isNew = found === undefined ? place(promptNode(parent, level)) : placeRecord(found, level);
        if (isNew && found !== undefined) next.push(found);
        if (nodes.has(parent)) connect(parent, id);
      }
    }
    above = next;
  }

  let below = [of];
  for (let level = 1; below.length > 0; level++) {
    const next: string[] = [];
    for (const id of below) {
      const children = run.childrenOf(id, shownNodes);
      for (const child of children.found) {
        const name = textIn(child.record, "id") ?? "";
        if (placeRecord(child, level)) next.push(name);
        if (nodes.has(name)) connect(id, name);
      }
    }
    below = next;
  }
  return { of, nodes: [...nodes.values()], edges: [...edges.values()], more: left.size };
}

function promptNode(id: string, level: number): LineageNode {
  return { id, kind: "prompt", type: null, stage: null, principle: null, label: id, level };
}

function nodeOf({ file, row, record }: FoundRow, level: number): LineageNode {
  return {
    id: textIn(record, "id") ?? "",
    kind: "record",
    type: row.type,
    stage: file.stage,
    principle: row.principle ?? null,
    label: divisionOf(record) ?? "",
    level,
  };
}

/** Its own, and of a comparison those that decided together. */
function principlesOf({ row, record }: FoundRow): string[] {
  const evidence = Array.isArray(record["evidence"]) ? record["evidence"] : [];
  const named = evidence.flatMap((one: unknown) =>
    typeof one === "object" && one !== null && "principleId" in one && typeof one.principleId === "string"
      ? [one.principleId]
      : [],
  );
  return [...new Set([...(row.principle === undefined ? [] : [row.principle]), ...named])];
}
