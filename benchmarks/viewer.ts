/**
 * npm run bench:viewer -- --run runs/demo [--records 1000000] [--keep FOLDER] [--json | --write]
 *
 * `precept view` on a run of a million records, made of harbor's: how soon the server shows something, what a filter, the next chain,
 * a record take, and what memory it and a tab hold (Chromium: CHROMIUM, else /usr/bin/chromium). --write puts the table into
 * docs/viewer.md.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { harborPrinciples } from "./experiments/harbor-principles.ts";
import { writeSection } from "./experiments/section.ts";
import { makeLargeRun } from "./viewer/large-run.ts";
import { measureTab, steps } from "./viewer/large-tab.ts";
import { serveRun } from "./viewer/served.ts";

const { values } = parseArgs({
  options: {
    run: { type: "string", default: "runs/demo" },
    records: { type: "string", default: "1000000" },
    keep: { type: "string" },
    json: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});

const page = z.object({
  total: z.number(),
  matching: z.number(),
  isExact: z.boolean(),
  indexed: z.number(),
  rows: z.array(z.object({ id: z.string() })),
});

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;

const folder = values.keep ?? mkdtempSync(join(tmpdir(), "precept-viewer-"));
const run = join(folder, "large");
const size = makeLargeRun(values.run, run, Number(values.records));
rmSync(join(run, ".view"), { recursive: true, force: true });
const rows: [string, string, string][] = [];
const add = (what: string, value: string, target = ""): void => void rows.push([what, value, target]);
const ms = (value: number): string =>
  value < 1000 ? `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms` : `${(value / 1000).toFixed(1)} s`;

const cold = await serveRun(run);
const start = performance.now();
const first = await cold.ask("large/chains?n=200");
add("first 200 rows without an index", ms(first.ms), "< 1 s");
for (let seen = page.parse(first.body); seen.indexed < 1; ) {
  await new Promise((resolve) => setTimeout(resolve, 200));
  seen = page.parse((await cold.ask("large/chains?n=1")).body);
}
add("the whole index, made once, with words", ms(performance.now() - start));
add("memory while it is made, at most (its worker's included)", `${cold.memory().peak.toFixed(0)} MiB`);
await cold.stop();

const warm = await serveRun(run);
const opened = await warm.ask("large/chains?n=200");
const all = page.parse(opened.body);
add("chains with an index, 200 rows", ms(opened.ms), "< 1 s");
const time = async (paths: readonly string[]): Promise<{ readonly median: number; readonly worst: number }> => {
  const times: number[] = [];
  for (const path of paths) times.push((await warm.ask(path)).ms);
  return { median: median(times), worst: Math.max(...times) };
};
const spread = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => all.rows[(i * 7) % all.rows.length]?.id ?? "");
const show = ({ median: usual, worst }: { readonly median: number; readonly worst: number }): string =>
  `${ms(usual)}, worst ${ms(worst)}`;
const filters = harborPrinciples.flatMap((id) => [
  `large/chains?principle=${id}&n=50`,
  `large/chains?principle=${id}&kind=red-team&rounds=2&n=50`,
  `large/chains?found=${id}&pattern=changed&sort=-changed&n=50`,
]);
add("a filter with all counts, 50 rows", show(await time(filters)), "< 100 ms");
add("two words", show(await time(harborPrinciples.map((id) => `large/chains?q=${id}+rule&n=50`))), "< 100 ms");
add(
  "a phrase, until its first 50 rows",
  show(await time(harborPrinciples.map((id) => `large/chains?q=%22it+is+${id}%22&n=50`))),
);
add(
  "row 100,000 of the list, or the last",
  show(await time([`large/chains?from=${Math.min(100_000, all.total - 50)}&n=50`])),
);
add("the next chain", show(await time(spread(40).map((id) => `large/chains/${id}`))), "< 50 ms");
add("a record by its id", show(await time(spread(40).map((id) => `large/records/sl-cai/${id}/response-0`))));
add("its lineage", show(await time(spread(40).map((id) => `large/lineage/sl-cai/${id}/response-0`))));
add("the overview", show(await time(["large", "large"])), "< 500 ms");
add(
  "memory of the server with an index, after all of this: at most",
  `${warm.memory().peak.toFixed(0)} MiB`,
  "≤ 250 MB",
);
const tab = await measureTab(warm, "large", harborPrinciples);
add("in the browser: from the address to the first rows", ms(tab.first), "< 1 s");
add(
  `memory of the tab: ${harborPrinciples.length} searches, ${steps.chains} chains, ${steps.jumps} jumps through the list; at most`,
  `${tab.peak.toFixed(0)} MiB`,
  "≤ 150 MB",
);
await warm.stop();
if (values.keep === undefined) rmSync(folder, { recursive: true });

const count = (n: number): string => n.toLocaleString("en-US");
if (values.json) process.stdout.write(`${JSON.stringify({ ...size, chains: all.total, rows }, null, 2)}\n`);
else {
  const head = `${count(size.records)} records, ${count(Math.round(size.bytes / 1e6))} MB, ${count(all.total)} chains; ${cpus().length} cores at a load of ${loadavg()[0]?.toFixed(1)}, Node ${process.version}`;
  const table = `| figure | measured | target |\n| --- | --- | --- |\n${rows.map((row) => `| ${row.join(" | ")} |`).join("\n")}`;
  if (values.write) writeSection("server", `${head}\n\n${table}`, "docs/viewer.md");
  else process.stdout.write(`${head}\n\n${table}\n`);
}
