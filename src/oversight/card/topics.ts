import { contentStems } from "../../constitution/index.ts";
import type { Usage } from "./found.ts";

/** Fewer people than this are in no cell, so that no card points at somebody. */
export const leastPeople = 20;

export interface UsedRequest {
  readonly text: string;
  /** Where the file names it. */
  readonly topic?: string | undefined;
  /** Who asked, where the file says so. */
  readonly user?: string | undefined;
}

type Cell = readonly [topic: string, requests: readonly UsedRequest[]];

/**
 * What requests are about, by the topic that the file names, else by the word that most of the remaining ones share. A cell counts
 * its different users where the file names users (requests without one are one person's), else its requests; cells of fewer than 20
 * stand together, and where these are too few themselves, with the smallest cell.
 */
export function countTopics(requests: readonly UsedRequest[], least = leastPeople): Omit<Usage, "file"> {
  const isNamed = requests.some(({ topic }) => topic !== undefined);
  const hasUsers = requests.some(({ user }) => user !== undefined);
  const size = hasUsers ? countUsers : (own: readonly UsedRequest[]): number => own.length;
  const cells = isNamed ? namedTopics(requests) : wordTopics(requests, least, size);
  const large = cells
    .filter(([topic, own]) => topic !== rest && size(own) >= least)
    .sort((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1));
  const shown = new Set(large.flatMap(([, own]) => own));
  const others = requests.filter((one) => !shown.has(one));
  const merged = others.length > 0 && size(others) < least ? large.pop() : undefined;
  const remaining = [...others, ...(merged?.[1] ?? [])];
  const topics = [...large, ...(size(remaining) >= least ? [[rest, remaining] as const] : [])];
  return {
    requests: requests.length,
    users: hasUsers ? countUsers(requests) : undefined,
    least,
    how: isNamed ? "topics as the file names them" : "the word that most of the requests share, then of the others",
    topics: topics.map(([topic, own]) => ({ topic, requests: own.length })),
  };
}

const rest = "all others";

const countUsers = (requests: readonly UsedRequest[]): number => new Set(requests.map(({ user }) => user)).size;

const namedTopics = (requests: readonly UsedRequest[]): Cell[] => [
  ...Map.groupBy(requests, ({ topic = rest }) => topic.trim().toLowerCase() || rest),
];

/** Greedy: each request belongs to one word, that of the most people first, until no word is shared by enough. */
function wordTopics(
  requests: readonly UsedRequest[],
  least: number,
  size: (requests: readonly UsedRequest[]) => number,
): Cell[] {
  const stemsOf = new Map(requests.map((one) => [one, new Set(contentStems(one.text))]));
  let left = requests;
  const cells: Cell[] = [];
  for (;;) {
    const byStem = new Map<string, UsedRequest[]>();
    for (const one of left)
      for (const stem of stemsOf.get(one) ?? []) {
        const own = byStem.get(stem);
        if (own === undefined) byStem.set(stem, [one]);
        else own.push(one);
      }
    const [best] = [...byStem]
      .map(([stem, own]) => ({ stem, own, people: size(own) }))
      .sort((a, b) => b.people - a.people || (a.stem < b.stem ? -1 : 1));
    if (best === undefined || best.people < least) return cells;
    const { stem, own } = best;
    cells.push([wordOf(stem, own), own]);
    const taken = new Set(own);
    left = left.filter((one) => !taken.has(one));
  }
}

/** The word that requests mostly use for a stem. */
function wordOf(stem: string, requests: readonly UsedRequest[]): string {
  const counts = new Map<string, number>();
  for (const { text } of requests)
    for (const word of text.toLowerCase().match(/[\p{L}\p{N}'-]+/gu) ?? [])
      if (contentStems(word).includes(stem)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const [first] = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return first?.[0] ?? stem;
}
