import { wordsOf } from "../query/index.ts";
import { type OpenFile, type OpenRun, readFound } from "../run/open-run.ts";
import { isRecord, type RawRecord, textIn } from "../segments/listing.ts";
import type { Segment } from "../segments/segment.ts";
import type { ItemPage } from "../source-rooms.ts";

const most = 3;
/** Chains whose rows are read to be compared word by word. */
const mostRead = 30;

/** The training rows whose requests share the rarest words with a text, by inverse document frequency (Spärck Jones 1972). */
export function nearestRows(run: OpenRun, text: string): ItemPage["nearest"] {
  const file = run.listFile("sl-cai");
  if (file === undefined || !file.index.isWhole) return [];
  const words = [...new Set(wordsOf(text))];
  const weights = new Map<string, number>();
  const scores = new Map<Segment, Float64Array>(
    file.index.segments.map((segment) => [segment, new Float64Array(segment.n)]),
  );
  for (const word of words) {
    const holding: [Segment, number][] = [];
    for (const segment of scores.keys()) segment.eachHolding(word, false, (item) => holding.push([segment, item]));
    const weight = Math.log((1 + file.index.items) / (1 + holding.length));
    weights.set(word, weight);
    for (const [segment, item] of holding) {
      const own = scores.get(segment);
      if (own !== undefined) own[item] = (own[item] ?? 0) + weight;
    }
  }
  const total = sum(words, weights);
  const likely = [...scores].flatMap(([segment, own]) =>
    [...own.entries()].flatMap(([item, score]) => (score > 0.3 * total ? [{ segment, item, score }] : [])),
  );
  const rows = likely
    .sort((a, b) => b.score - a.score)
    .slice(0, mostRead)
    .flatMap(({ segment, item }) => readRow(file, segment, item));
  return rows
    .map((row) => ({ row, likeness: likeness(words, wordsOf(row.request), weights) }))
    .filter((found) => found.likeness > 0.2)
    .sort((a, b) => b.likeness - a.likeness)
    .slice(0, most)
    .map(({ row: { id, chain, request, completion } }) => ({ id, chain, text: `${request}\n\n${completion}` }));
}

/** The row that a chain was trained on, and what it answers: as it was asked, without a template's marks. */
function readRow(file: OpenFile, segment: Segment, item: number) {
  const { first, n } = segment.rowsOf(item);
  const numbers = Array.from({ length: n }, (_, i) => first + i);
  const read = (type: string): RawRecord | undefined => {
    const number = numbers.find((one) => segment.row(one).type === type);
    return number === undefined ? undefined : readFound(file, segment, number)?.record;
  };
  const [example, response] = [read("sl-example"), read("response")];
  const [id, completion] = [example && textIn(example, "id"), example && textIn(example, "completion")];
  if (example === undefined || id === undefined || completion === undefined) return [];
  const request = requestIn(response?.["messages"]) ?? requestIn(example["prompt"]) ?? "";
  return [{ id, chain: textIn(example, "promptId") ?? null, request, completion }];
}

/** What the person said last. */
function requestIn(messages: unknown): string | undefined {
  if (typeof messages === "string") return messages;
  if (!Array.isArray(messages)) return undefined;
  const last: unknown = messages.findLast((message: unknown) => isRecord(message) && message["role"] === "user");
  return isRecord(last) ? textIn(last, "content") : undefined;
}

/** Weighted Jaccard; words of one side alone that nobody else has count as much as the rarest. */
function likeness(a: readonly string[], b: readonly string[], weights: ReadonlyMap<string, number>): number {
  const others = new Set(b);
  const common = sum(
    a.filter((word) => others.has(word)),
    weights,
  );
  const rarest = Math.max(...weights.values());
  const alone = [...others].filter((word) => !weights.has(word)).length * rarest * 0.5;
  return common / (sum(a, weights) + alone);
}

function sum(words: readonly string[], weights: ReadonlyMap<string, number>): number {
  return words.reduce((total, word) => total + (weights.get(word) ?? 0), 0);
}
