/**
 * The mathematics of collective constitutions: against Polis's own figures, in any order of the input, and how fast.
 *   npm run bench:collective -- [--part gold,orders,speed,million] [--orders 20] [--turns 3] [--peer DIR] [--write]
 * Data: PRECEPT_DATA, else ../shared/data. --peer: a folder for a Python environment with red-dwarf, which takes its turns with ours.
 * --write puts the tables into docs/collective.md.
 */
import { execFileSync } from "node:child_process";
import { availableParallelism, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { goldTable } from "./collective/gold.ts";
import { ordersTable } from "./collective/orders.ts";
import { measureSpeeds, redDwarf } from "./collective/scale.ts";
import { writeSection } from "./experiments/section.ts";

const { values } = parseArgs({
  options: {
    part: { type: "string", default: "gold,orders,speed,million" },
    orders: { type: "string", default: "20" },
    turns: { type: "string", default: "3" },
    peer: { type: "string" },
    write: { type: "boolean", default: false },
  },
});
const machine = `${availableParallelism()} cores at a load of ${loadavg()[0]?.toFixed(1)} before; one thread of ours.`;
const tell = (line: string): void => void process.stderr.write(`${line}\n`);
const publish = (name: string, text: string): void => {
  if (values.write) writeSection(name, text, "docs/collective.md");
  else process.stdout.write(`${text}\n\n`);
};

for (const part of values.part.split(",")) {
  if (part === "gold") publish("gold", goldTable());
  if (part === "orders") publish("orders", await ordersTable(Number(values.orders), [0, 1, 2], tell));
  if (part === "speed") publish("speed", await speedTable());
  if (part === "million") publish("million", millionText());
}

async function speedTable(): Promise<string> {
  const rows: string[] = [];
  for (const size of [
    [536, 314, 29_802],
    [33_000, 783, 2_000_000],
  ] as const) {
    const { votes, cold, warm, peer } = await measureSpeeds(size, Number(values.turns), values.peer);
    const theirs = peer.length === 0 ? ["–", "–"] : [seconds(peer), `${(median(peer) / median(cold)).toFixed(1)} ×`];
    const number = votes.toLocaleString("en-US");
    rows.push(
      `| ${size[0].toLocaleString("en-US")} × ${size[1]}, ${number} votes | ${seconds(cold)} | ${seconds(warm)} | ${theirs.join(" | ")} |`,
    );
  }
  const turns = `Median of ${values.turns} turns (least and most); warm: 5 votes each turn. ${machine}`;
  return [
    turns,
    "",
    `| | cold, from the log | after one vote | red-dwarf ${redDwarf}, cold | red-dwarf over ours |`,
    "| --- | ---: | ---: | ---: | ---: |",
    ...rows,
  ].join("\n");
}

function millionText(): string {
  const script = fileURLToPath(new URL("collective/million.ts", import.meta.url));
  const out = execFileSync(process.execPath, [script, "1000000", "1000", "50000000"], { encoding: "utf8" });
  const { votes, tabulate, analyse, groups, peakBytes } = JSON.parse(out);
  return `1,000,000 participants × 1,000 statements, 50,000,000 votes of which ${votes.toLocaleString("en-US")} are the latest: ${(tabulate + analyse).toFixed(1)} s cold, of which ${tabulate.toFixed(1)} s go to the table; ${(peakBytes / 2 ** 30).toFixed(2)} GiB at most, the votes before and after among them; groups of ${groups.join(", ")}. ${machine}`;
}

function median(of: readonly number[]): number {
  const sorted = [...of].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function seconds(of: readonly number[]): string {
  const sorted = [...of].sort((a, b) => a - b);
  return `${median(of).toFixed(3)} s (${sorted[0]?.toFixed(3)}–${sorted.at(-1)?.toFixed(3)})`;
}
