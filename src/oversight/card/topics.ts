import { contentStems } from "../../constitution/index.ts";
import type { Usage } from "./found.ts";

/** Fewer requests than this are in no cell, so that no card points at somebody. */
export const leastRequests = 20;

export interface UsedRequest {
  readonly text: string;
  /** Where the file names it. */
  readonly topic?: string | undefined;
}

/**
 * What requests are about, by the topic that the file names, else by the word that most of the remaining ones share; cells of fewer
 * than 20 stand together, and where these are too few themselves, with the smallest cell.
 */
export function countTopics(requests: readonly UsedRequest[], least = leastRequests): Omit<Usage, "file"> {
  const isNamed = requests.some(({ topic }) => topic !== undefined);
  const cells = isNamed ? namedTopics(requests) : wordTopics(requests, least);
  const large = cells
    .filter(([topic, n]) => topic !== rest && n >= least)
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const others = requests.length - large.reduce((sum, [, n]) => sum + n, 0);
  const how = isNamed
    ? "topics as the file names them"
    : "the word that most of the requests share, then of the others";
  const merge = others > 0 && others < least ? large.pop() : undefined;
  const remaining = others + (merge?.[1] ?? 0);
  const topics = [...large, ...(remaining >= least ? [[rest, remaining] as const] : [])];
  return { requests: requests.length, least, how, topics: topics.map(([topic, n]) => ({ topic, requests: n })) };
}

const rest = "all others";

function namedTopics(requests: readonly UsedRequest[]): (readonly [string, number])[] {
  const groups = Map.groupBy(requests, ({ topic = rest }) => topic.trim().toLowerCase() || rest);
  return [...groups].map(([topic, own]) => [topic, own.length] as const);
}

/** Greedy: each request belongs to one word, the most common first, until no word is shared by enough. */
function wordTopics(requests: readonly UsedRequest[], least: number): (readonly [string, number])[] {
  let left = requests.map(({ text }) => ({ text, stems: new Set(contentStems(text)) }));
  const cells: (readonly [string, number])[] = [];
  for (;;) {
    const [best] = countMost(left.flatMap(({ stems }) => [...stems]));
    if (best === undefined || best[1] < least) return cells;
    const [stem, n] = best;
    const own = left.filter(({ stems }) => stems.has(stem));
    cells.push([
      wordOf(
        stem,
        own.map(({ text }) => text),
      ),
      n,
    ]);
    left = left.filter(({ stems }) => !stems.has(stem));
  }
}

/** The word that requests mostly use for a stem. */
function wordOf(stem: string, texts: readonly string[]): string {
  const words = texts.flatMap((text) => text.toLowerCase().match(/[\p{L}\p{N}'-]+/gu) ?? []);
  const [word] = countMost(words.filter((one) => contentStems(one).includes(stem)));
  return word?.[0] ?? stem;
}

/** What stands most often first, with its count. */
function countMost(items: readonly string[]): (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}
