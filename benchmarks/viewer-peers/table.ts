import { median } from "../engine/contender.ts";
import type { Contestant } from "./contestant.ts";
import type { Turn } from "./turn.ts";

/** What a viewer's turns came to. */
export interface Result {
  readonly contestant: Contestant;
  readonly turns: readonly Turn[];
  /** First rows of a run without an index, which Precept alone makes; milliseconds. */
  readonly withoutIndex: readonly number[];
}

type Show = (value: number) => string;
const asTime: Show = (ms) => (ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(1)} s`);
const asMemory: Show = (mib) => `${mib.toFixed(0)} MiB`;
const asSize: Show = (kb) => (kb < 1000 ? `${kb.toFixed(0)} kB` : `${(kb / 1000).toFixed(1)} MB`);

const figures: readonly (readonly [keyof Turn, string, Show])[] = [
  ["command", "from the command to the first rows", asTime],
  ["first", "from the address to the first rows, in a fresh browser", asTime],
  ["again", "the same once more, in that browser", asTime],
  ["search", "a word searched: from the last key to its rows", asTime],
  ["tab", "memory of the tab's process after that", asMemory],
  ["scripts", "of it JavaScript, after a collection", asMemory],
  ["server", "memory of the server", asMemory],
  ["received", "received by the page, opened first", asSize],
];

/** Medians of all turns, of times the worst as well, peers beside ours and how many times ours they are. */
export function tableOf(ours: Result, peers: readonly Result[]): string {
  const title = ({ contestant: { name, version } }: Result): string => `${name} ${version}`;
  const head = ["figure", title(ours), ...peers.flatMap((peer) => [title(peer), "times ours"])];
  const rows = figures.map(([key, what, show]) => {
    const own = valuesOf(ours, key);
    const others = peers.flatMap((peer) => {
      const values = valuesOf(peer, key);
      return [showSpread(values, show), `${formatRatio(median(values) / median(own))} ×`];
    });
    return [what, showSpread(own, show), ...others];
  });
  const firstTime = showSpread(ours.withoutIndex, asTime);
  rows.splice(2, 0, ["of those, with no index made yet", firstTime, ...peers.flatMap(() => ["", ""])]);
  rows.push(["the search reads", ours.contestant.reads, ...peers.flatMap(({ contestant }) => [contestant.reads, ""])]);
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

const valuesOf = ({ turns }: Result, key: keyof Turn): number[] => turns.map((turn) => turn[key]);

/** Times vary; what is held and sent hardly does. */
const showSpread = (values: readonly number[], show: Show): string =>
  show === asTime ? `${show(median(values))}, worst ${show(Math.max(...values))}` : show(median(values));

const formatRatio = (ratio: number): string => (ratio < 10 ? ratio.toFixed(1) : ratio.toFixed(0));
