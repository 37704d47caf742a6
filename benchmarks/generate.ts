/**
 * The proof of issue 4 in one run, with target beside measured: `npm run bench:generate -- [flags]`
 *   --only capacity,distilabel,overhead,faults,kills,storms,memory   (all, half an hour)
 *   --calls 60000    for the share of capacity;  --prompts 100000  for memory;  --records 20000  for faults
 *   --kills 50
 *   --peer-calls 6144   --peer 50x1,256x1,…   distilabel's batch size x replicas; its best counts
 *   --write          put the rows measured into docs/real-models.md
 * The endpoint is test/support/model-server in a process of its own. PRECEPT_DISTILABEL names a Python with distilabel.
 */
import { execFileSync } from "node:child_process";
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { bareRate, capacity, distilabelRate, ourRate, type PeerRate, perfectShare } from "./generate/capacity.ts";
import { allKinds, measureFaults } from "./generate/faults.ts";
import { measureKills } from "./generate/kill.ts";
import { measureMemory } from "./generate/memory.ts";
import { measureOverhead } from "./generate/overhead.ts";
import { measureStorms } from "./generate/storm.ts";
import { figures, type Row, tableOf, writeTable } from "./generate/table.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "capacity,distilabel,overhead,faults,kills,storms,memory" },
    calls: { type: "string", default: "60000" },
    prompts: { type: "string", default: "100000" },
    records: { type: "string", default: "20000" },
    kills: { type: "string", default: "50" },
    "peer-calls": { type: "string", default: "6144" },
    peer: { type: "string", default: "50x1,256x1,512x1,1024x1,2048x1,512x2" },
    write: { type: "boolean", default: false },
  },
});
const parts = new Set(values.only.split(","));
const python = process.env["PRECEPT_DISTILABEL"] ?? "python/.venv-distilabel/bin/python";
const log = (line: string): void => console.error(line);

const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
const rows: Row[] = [];
const add = (figure: string, target: string, measured: string, isMet: boolean): void => {
  rows.push({ figure, target, measured, isMet, commit });
  log(`${isMet ? "met   " : "MISSED"} ${figure}: ${measured} (target ${target})`);
};
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const whole = (value: number): string => Math.round(value).toLocaleString("en");

const load = loadavg()[0] ?? 0;
let ours: Awaited<ReturnType<typeof ourRate>> | undefined;
if (parts.has("capacity") || parts.has("distilabel")) {
  const calls = Number(values.calls);
  ours = await ourRate(calls);
  if (parts.has("capacity")) {
    const bare = await bareRate(calls);
    const found = `${percent(ours.share)} (${whole(ours.perSecond)} of ${whole(capacity)} per second over ${whole(calls)} calls, first and last ones included; a perfect client has about ${percent(perfectShare(calls))}, bare fetch had ${percent(bare.share)})`;
    add(figures.capacity, "≥ 95 %", found, ours.share >= 0.95);
  }
}
if (parts.has("distilabel") && ours !== undefined) {
  const peers: PeerRate[] = [];
  for (const setting of values.peer.split(",")) {
    const [batch = 256, replicas = 1] = setting.split("x").map(Number);
    const peer = await distilabelRate(python, Number(values["peer-calls"]), batch, replicas);
    if (peer === undefined) break;
    log(`distilabel ${peer.version}, batches of ${batch}, ${replicas} replicas: ${percent(peer.share)}`);
    peers.push(peer);
  }
  const target = "≥ 2, or ≥ 0.95 of capacity where it exceeds half";
  const [best] = peers.toSorted((a, b) => b.perSecond - a.perSecond);
  if (best === undefined) add(figures.distilabel, target, `not measured: no distilabel at ${python}`, false);
  else {
    const ratio = ours.perSecond / best.perSecond;
    const all = peers.map(({ batch, replicas, perSecond }) => `${batch} × ${replicas}: ${whole(perSecond)}`);
    const found = `${ratio.toFixed(2)} (ours ${whole(ours.perSecond)} per second, ${best.version} ${whole(best.perSecond)}, ${percent(best.share)} of capacity; batch × replicas: ${all.join(", ")})`;
    add(figures.distilabel, target, found, ratio >= 2 || (best.share > 0.5 && ours.share >= 0.95));
  }
}
if (parts.has("overhead")) {
  const { ours: own, generateText, doGenerate } = await measureOverhead(2000, 5);
  const found = `${(own - doGenerate).toFixed(2)} ms (ours ${own.toFixed(2)}, the SDK's doGenerate ${doGenerate.toFixed(2)}, generateText ${generateText.toFixed(2)})`;
  add(figures.overhead, "≤ 1 ms", found, own - doGenerate <= 1);
}
if (parts.has("faults")) {
  const { records, faults, kinds, lost, doubled, wrong } = await measureFaults(Number(values.records));
  const found = `${lost}, ${doubled}, ${wrong} (${whole(records)} records, ${whole(faults)} faults of ${kinds} kinds)`;
  add(figures.faults, "0, 0, 0", found, lost + doubled + wrong === 0 && kinds === allKinds);
}
if (parts.has("kills")) {
  const { kills, equal } = await measureKills(Number(values.kills));
  add(figures.kills, `${values.kills} of ${values.kills}`, `${equal} of ${kills}`, equal === Number(values.kills));
}
if (parts.has("storms")) {
  for (const { figure, allowed, settleSeconds, rateShare, rejectedShare } of await measureStorms()) {
    const found = `${settleSeconds} s, then ${percent(rateShare)} of ${allowed} per second, ${percent(rejectedShare)} rejected`;
    const isMet = settleSeconds <= 30 && rejectedShare <= 0.02;
    add(figure, "≤ 30 s, ≤ 2 % rejected afterwards", found, isMet);
  }
}
if (parts.has("memory")) {
  const { prompts, calls, peakMb, tenthsMb } = await measureMemory(Number(values.prompts));
  const [early, late] = [tenthsMb[1] ?? 0, tenthsMb.at(-1) ?? 0];
  const found = `${whole(prompts)} prompts, ${whole(calls)} calls: ${whole(peakMb)} MB at most; tenth by tenth ${tenthsMb.map(whole).join(", ")}`;
  add(figures.memory, "flat, ≤ 400 MB", found, late <= 1.15 * early && peakMb <= 400);
}

const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? "processor"}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}, load ${load.toFixed(1)} before the latest rows. \`npm run bench:generate\``;
console.log(`${tableOf(rows)}\n\n${machine}`);
if (values.write) writeTable(rows, machine);
