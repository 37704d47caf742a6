/**
 * The mathematics of collective constitutions: against Polis's own figures, in any order of the input, and how fast.
 *   npm run bench:collective -- [--part gold,orders,speed,million] [--orders 20] [--analysed 20] [--only brexit,ubi] [--turns 3] [--peer DIR] [--peer-most 5000] [--write]
 * --only: the rows of other conversations stay as they were written. Data: PRECEPT_DATA, else ../shared/data. --peer: a folder for a Python environment with red-dwarf, which takes its turns with ours, in
 * conversations of --peer-most people at most: its silhouette takes the square of them.
 * --write puts the tables into docs/collective.md.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { goldTable } from "./collective/gold.ts";
import { ordersTable } from "./collective/orders.ts";
import { measureSpeeds, redDwarf, type Took } from "./collective/scale.ts";
import { writeSection } from "./experiments/section.ts";

const { values } = parseArgs({
  options: {
    part: { type: "string", default: "gold,orders,speed,million" },
    orders: { type: "string", default: "20" },
    analysed: { type: "string", default: "20" },
    only: { type: "string", default: "" },
    turns: { type: "string", default: "3" },
    peer: { type: "string" },
    "peer-most": { type: "string", default: "5000" },
    write: { type: "boolean", default: false },
  },
});
const document = "docs/collective.md";
const machine = `${availableParallelism()} cores at a load of ${loadavg()[0]?.toFixed(1)} before; one thread of ours.`;
const tell = (line: string): void => void process.stderr.write(`${line}\n`);
const publish = (name: string, text: string): void => {
  if (values.write) writeSection(name, text, document);
  else process.stdout.write(`${text}\n\n`);
};

for (const part of values.part.split(",")) {
  if (part === "gold") publish("gold", goldTable());
  if (part === "orders") {
    const only = values.only.split(",").filter((name) => name !== "");
    const before = existsSync(document) ? readFileSync(document, "utf8") : "";
    const [orders, analysed] = [Number(values.orders), Number(values.analysed)];
    publish("orders", await ordersTable({ orders, analysed, seeds: [0, 1, 2], only, before }, tell));
  }
  if (part === "speed") publish("speed", await speedTable());
  if (part === "million") publish("million", millionText());
}

async function speedTable(): Promise<string> {
  const rows: string[] = [];
  for (const [people, statements, votes] of [
    [536, 314, 29_802],
    [5_000, 783, 300_000],
    [33_000, 783, 2_000_000],
  ] as const) {
    const peer = people <= Number(values["peer-most"]) ? values.peer : undefined;
    const took = await measureSpeeds([people, statements, votes], Number(values.turns), peer);
    const ratio = (
      took.peer.length === 0 ? Number.NaN : median(took.peer, "processor") / median(took.cold, "processor")
    ).toFixed(1);
    const cells = [took.cold, took.warm, took.peer].map(showTook);
    rows.push(
      `| ${people.toLocaleString("en-US")} × ${statements}, ${votes.toLocaleString("en-US")} votes | ${cells.join(" | ")} | ${ratio === "NaN" ? "–" : `${ratio} ×`} |`,
    );
  }
  return [
    `Seconds of the processor, and on the clock in brackets; ${values.turns === "1" ? "one turn" : `median of ${values.turns} turns`}, after a vote of 5 votes each. ${machine}`,
    "",
    `| | cold, from the log | after one vote | red-dwarf ${redDwarf}, cold | red-dwarf over ours |`,
    "| --- | ---: | ---: | ---: | ---: |",
    ...rows,
  ].join("\n");
}

function millionText(): string {
  const script = fileURLToPath(new URL("collective/million.ts", import.meta.url));
  const out = execFileSync(process.execPath, [script, "1000000", "1000", "50000000"], { encoding: "utf8" });
  const { votes, tabulate, analyse, processor, groups, peakBytes } = JSON.parse(out);
  return `1,000,000 participants × 1,000 statements, 50,000,000 votes of which ${votes.toLocaleString("en-US")} are the latest: ${(tabulate + analyse).toFixed(1)} s cold on the clock, of which ${tabulate.toFixed(1)} s go to the table, ${processor.toFixed(1)} s of the processor; ${(peakBytes / 2 ** 30).toFixed(2)} GiB at most, the votes before and after among them; groups of ${groups.join(", ")}. ${machine}`;
}

function median(of: readonly Took[], kind: keyof Took): number {
  const sorted = of.map((took) => took[kind]).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function showTook(of: readonly Took[]): string {
  return of.length === 0 ? "–" : `${median(of, "processor").toFixed(2)} (${median(of, "clock").toFixed(2)})`;
}
