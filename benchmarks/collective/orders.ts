import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { hashesOf } from "../../src/collective/hashes.ts";
import {
  adjustedRand,
  analyse,
  type Conversation,
  importConversation,
  type NamedText,
  readExport,
  settleOptions,
  tableOf,
} from "../../src/collective/index.ts";
import { polisData, read } from "../../src/collective/polis/gold.test-support.ts";
import { clusterAround, kMeans } from "../../src/collective/robust/kmeans.ts";
import { rng } from "../../src/rng.ts";

export interface OrdersOptions {
  readonly orders: number;
  /** Of these, the ones that are analysed in full, under every seed. */
  readonly analysed: number;
  readonly seeds: readonly number[];
  /** Parts of the names of the conversations to analyse; none: all. */
  readonly only: readonly string[];
  /** A table that was written before: its lines stay for the conversations that are not analysed now. */
  readonly before: string;
}

/**
 * Every open conversation in shuffled orders of its votes and statements: is the table of votes the same every time, of which all
 * else is a function, and are the groups, under each of the seeds? Beside them the sum of squares within the published groups
 * and within ours of the same number, over the same people on the same map, and a control: the votes of each statement dealt anew.
 */
export async function ordersTable(options: OrdersOptions, tell: (line: string) => void): Promise<string> {
  const { only, before } = options;
  const lines: string[] = [];
  for (const name of readdirSync(join(polisData, "opendata"))) {
    const isWanted = only.length === 0 || only.some((part) => name.includes(part));
    const kept = before.split("\n").find((line) => line.startsWith(`| ${shortName(name)} |`));
    const line = isWanted ? await conversationRow(name, options) : kept;
    if (line === undefined) continue;
    if (isWanted) tell(line);
    lines.push(line);
  }
  return [
    `| conversation | participants × statements | different tables, in orders | different groupings, in orders × seeds | groups | stability | as strong when shuffled | Polis's groups | squares within: ours / Polis's | likeness to Polis's (ARI) | shuffled votes |`,
    "| --- | --- | ---: | ---: | --- | --- | ---: | ---: | ---: | ---: | --- |",
    ...lines,
  ].join("\n");
}

async function conversationRow(name: string, { orders, analysed, seeds }: OrdersOptions): Promise<string> {
  const files = await readExport(join(polisData, "opendata", name));
  const { conversation } = importConversation(files.votes === undefined ? files : { ...files, matrix: undefined });
  const once = analyse(conversation, { seed: seeds[0] });
  const tables = new Set<string>();
  const results = new Set<string>();
  for (let order = 0; order < orders; order++) {
    const random = rng(order, "order");
    const shuffled = { statements: random.shuffle(conversation.statements), votes: random.shuffle(conversation.votes) };
    tables.add(hashesOf(tableOf(shuffled, "canonical"), shuffled.statements, settleOptions({})).log);
    if (order >= analysed) continue;
    for (const seed of seeds) {
      const { positions } = analyse(shuffled, { seed });
      results.add(JSON.stringify(positions.map(({ participant, group }) => [participant, group])));
    }
  }
  const published = publishedGroups(
    files.matrix ?? { name, text: read(join(polisData, "opendata", name, "participants-votes.csv")) },
  );
  const people = once.positions.filter(({ participant }) => published.has(participant));
  const points = { x: Float64Array.from(people, ({ x }) => x), y: Float64Array.from(people, ({ y }) => y) };
  const theirs = people.map(({ participant }) => published.get(participant) as number);
  const k = new Set(theirs).size;
  const ours = kMeans(points, k, rng(0, "squares"), 20);
  const pairs = Array.from(ours.labels, (label, i) => [label, theirs[i] as number] as const);
  const control = analyse({ ...conversation, votes: dealVotes(conversation) }, { seed: seeds[0] });
  const { grouping } = once;
  return `| ${[
    shortName(name),
    `${once.positions.length} × ${once.statements.length}`,
    `${tables.size} in ${orders}`,
    `${results.size} in ${Math.min(orders, analysed)} × ${seeds.length}`,
    grouping.state === "groups" ? grouping.groups.map(({ members }) => members.length).join(", ") : "no clear groups",
    grouping.groups.map(({ stability }) => stability?.toFixed(2)).join(", ") || "–",
    once.chance?.toFixed(3) ?? "–",
    k,
    `${ours.withinSquares.toFixed(0)} / ${squaresWithin(points, theirs, k).toFixed(0)}`,
    adjustedRand(pairs).toFixed(2),
    control.grouping.state,
  ].join(" | ")} |`;
}

function shortName(name: string): string {
  return name.split(".").slice(0, 2).join(".");
}

function dealVotes({ votes }: Conversation): Conversation["votes"] {
  const latest = new Map(votes.map((event) => [`${event.participant}\t${event.statement}`, event]));
  const byStatement = Map.groupBy(latest.values(), ({ statement }) => statement);
  return [...byStatement].flatMap(([statement, events]) => {
    const dealt = rng(0, "deal", statement).shuffle(events.map(({ vote }) => vote));
    return events.map((event, i) => ({ ...event, vote: dealt[i] ?? event.vote }));
  });
}

function publishedGroups({ text }: NamedText): ReadonlyMap<string, number> {
  const rows: Record<string, string>[] = parse(text, { columns: true, bom: true });
  return new Map(
    rows
      .filter((row) => (row["group-id"] ?? "") !== "")
      .map((row) => [row["participant"] ?? "", Number(row["group-id"])]),
  );
}

/** Σ |p - centre of its group|² of given groups: their own centres, not the nearest ones. */
function squaresWithin(
  { x, y }: { readonly x: Float64Array; readonly y: Float64Array },
  groups: readonly number[],
  k: number,
): number {
  let sum = 0;
  for (const group of new Set(groups)) {
    const own = groups.flatMap((of, i) => (of === group ? [i] : []));
    const part = { x: Float64Array.from(own, (i) => x[i] ?? 0), y: Float64Array.from(own, (i) => y[i] ?? 0) };
    sum += clusterAround(part, { x: part.x.subarray(0, 1), y: part.y.subarray(0, 1) }).withinSquares;
  }
  return k === 0 ? 0 : sum;
}
