/**
 * What the guard adds to a request, beside a proxy of the same making that checks nothing, in turns within one run:
 *   node benchmarks/guard.ts [--peers] [--requests 200] [--flood 2000] [--memory 20000] [--write]
 * All talk to one fake model on loopback, each in a process of its own. --peers puts LiteLLM's proxy and NeMo Guardrails' server
 * beside them, from PyPI into PRECEPT_PEERS (else a folder of the system's temporary one). --write puts the tables into docs/guard.md.
 */
import { mkdirSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeSection } from "./experiments/section.ts";
import { startLitellm, startNemo } from "./guard/peers.ts";
import { bytesOf, fair, flood, leaksOf, measure, quantile, type System, startOwn } from "./guard/system.ts";

const { values } = parseArgs({
  options: {
    peers: { type: "boolean", default: false },
    requests: { type: "string", default: "200" },
    flood: { type: "string", default: "2000" },
    memory: { type: "string", default: "20000" },
    write: { type: "boolean", default: false },
  },
});
const count = Number(values.requests);
const load = loadavg()[0]?.toFixed(1);

const model = await startOwn("the model itself", "model");
const plain = await startOwn("proxy that checks nothing", "plain", model.url);
const guarded = await startOwn("precept guard, two words on input and output", "guard", model.url);
const peers: System[] = [];
try {
  if (values.peers) await startPeers();
  const systems = [model, plain, guarded, ...peers];
  await measure(systems, 32, 8, false);
  await measure(systems, 32, 8, true);
  const rows: string[] = [];
  for (const [width, stream] of [
    [1, false],
    [1, true],
    [16, false],
    [16, true],
  ] as const) {
    const figures = await measure(systems, count, width, stream);
    const [direct] = figures;
    for (const [index, { p50, p95, first }] of figures.entries()) {
      const added = index === 0 || direct === undefined ? [] : [p50 - direct.p50, p95 - direct.p95];
      const times = [p50, p95, first].map((ms) => ms.toFixed(2));
      const kind = stream ? "stream" : "whole";
      rows.push(
        `| ${[systems[index]?.name, kind, width, ...times, added.map((ms) => ms.toFixed(2)).join(" / ")].join(" | ")} |`,
      );
    }
  }
  const leaks: string[] = [];
  for (const system of systems.slice(1)) {
    const { whole, part } = await leaksOf(system);
    leaks.push(`| ${system.name} | ${whole} | ${part} |`);
  }
  for (const peer of peers.splice(0)) await peer.stop();
  const rates: number[][] = [[], []];
  for (let round = 0; round < 3; round++)
    for (const [index, system] of [plain, guarded].entries())
      rates[index]?.push(await flood(system, Number(values.flood)));
  const [plainRate = 0, guardRate = 0] = rates.map((of) => quantile(of, 0.5));
  const memory = [await bytesOf(guarded)];
  for (let part = 0; part < 4; part++) {
    await flood(guarded, Math.ceil(Number(values.memory) / 4));
    memory.push(await bytesOf(guarded));
  }
  const inMiB = memory.map((bytes) => (bytes / 2 ** 20).toFixed(0)).join(", ");
  const text = [
    `${availableParallelism()} cores at a load of ${load} before, ${count} requests each, in turns; an answer of ${fair.length} characters, streamed in 60 pieces. Only figures of one run compare.`,
    "",
    "| | answer | at once | p50 ms | p95 ms | first byte ms | added to the model, p50 / p95 ms |",
    "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ...rows,
    "",
    "Forbidden words at 52 positions of a stream that came through:",
    "",
    "| | whole | a part |",
    "| --- | ---: | ---: |",
    ...leaks,
    "",
    `Requests per second, 64 at once, median of 3 turns: proxy that checks nothing ${plainRate.toFixed(0)}, guard ${guardRate.toFixed(0)}, which is ${(guardRate / plainRate).toFixed(2)} of it. Memory of the guard's process before ${Number(values.memory).toLocaleString("en-US")} further requests, and after each quarter of them: ${inMiB} MiB.`,
    ...(values.peers ? [] : ["", "LiteLLM and NeMo Guardrails were not in this run (`--peers`)."]),
  ].join("\n");
  if (values.write) writeSection("measured", text, "docs/guard.md");
  else process.stdout.write(`${text}\n`);
} finally {
  for (const { stop } of [model, plain, guarded, ...peers]) await stop();
}

async function startPeers(): Promise<void> {
  const root = process.env["PRECEPT_PEERS"] || join(tmpdir(), "precept-guard-peers");
  mkdirSync(root, { recursive: true });
  peers.push(await startLitellm(root, model.url));
  peers.push(await startNemo(root, model.url, false), await startNemo(root, model.url, true));
}
