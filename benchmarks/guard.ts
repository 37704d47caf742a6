/**
 * What the guard adds to a request, beside a proxy of the same making that checks nothing, in turns within one run:
 *   node benchmarks/guard.ts [--requests 200] [--flood 2000] [--memory 20000] [--write]
 * All talk to one fake model on loopback, each in a process of its own. --write puts the tables into docs/guard.md.
 */
import { type ChildProcess, fork } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "200" },
    flood: { type: "string", default: "2000" },
    memory: { type: "string", default: "20000" },
    write: { type: "boolean", default: false },
  },
});

interface System {
  readonly name: string;
  readonly url: string;
  readonly process: ChildProcess;
}

async function start(name: string, kind: string, upstream = ""): Promise<System> {
  const child = fork(fileURLToPath(new URL("guard/server.ts", import.meta.url)), [kind, upstream], {
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const url = await new Promise<string>((resolve) =>
    child.stdout?.once("data", (line) => resolve(String(line).trim())),
  );
  return { name, url, process: child };
}

const fair = "The listed price is what the shop asks for it, and our people can tell you more about delivery. ".repeat(
  3,
);

/** Milliseconds to the first byte of the answer's text and to its end, and the text. */
async function ask(
  { url }: System,
  text: string,
  stream: boolean,
): Promise<{ first: number; end: number; said: string }> {
  const started = performance.now();
  const body = JSON.stringify({
    model: "fake",
    stream,
    messages: [{ role: "user", content: Buffer.from(text).toString("base64") }],
  });
  const response = await fetch(`${url}/chat/completions`, { method: "POST", body });
  if (response.body === null) throw new Error("no body");
  let first: number | undefined;
  let raw = "";
  const decoder = new TextDecoder();
  for await (const part of response.body) {
    raw += decoder.decode(part, { stream: true });
    if (raw.includes('"content":"')) first ??= performance.now() - started;
  }
  const end = performance.now() - started;
  const said = [...raw.matchAll(/"content":("(?:[^"\\]|\\.)*")/g)].map(([, json = '""']) => JSON.parse(json)).join("");
  return { first: first ?? end, end, said };
}

const quantile = (of: readonly number[], share: number): number =>
  [...of].sort((a, b) => a - b)[Math.min(of.length - 1, Math.floor(share * of.length))] ?? Number.NaN;

/** `count` requests to each system, in turns, `width` at once. */
async function measure(systems: readonly System[], count: number, width: number, stream: boolean) {
  const times = systems.map(() => ({ first: [] as number[], end: [] as number[] }));
  for (let done = 0; done < count; done += width) {
    for (const [index, system] of systems.entries()) {
      const answers = await Promise.all(Array.from({ length: width }, () => ask(system, fair, stream)));
      for (const { first, end, said } of answers) {
        if (said !== fair) throw new Error(`${system.name} changed a fair answer`);
        times[index]?.first.push(first);
        times[index]?.end.push(end);
      }
    }
  }
  return times.map(({ first, end }) => ({
    p50: quantile(end, 0.5),
    p95: quantile(end, 0.95),
    first: quantile(first, 0.5),
  }));
}

/** Requests per second, 64 at once. */
async function flood(system: System, count: number): Promise<number> {
  const started = performance.now();
  let left = count;
  const work = async (): Promise<void> => {
    while (left-- > 0) await ask(system, fair, false);
  };
  await Promise.all(Array.from({ length: 64 }, work));
  return (count / (performance.now() - started)) * 1000;
}

/** Positions at which a character of the forbidden word came through a stream. */
async function leaksOf(system: System): Promise<number> {
  let leaks = 0;
  for (let position = 5; position <= 56; position++) {
    const before = "a ".repeat(60).slice(0, position);
    const { said } = await ask(system, `${before}no takesies ${"b ".repeat(40)}`, true);
    // What the guard says in its place begins behind a blank line.
    if ((said.split("\n\n")[0] ?? "") !== before) leaks++;
  }
  return leaks;
}

async function bytesOf(system: System): Promise<number> {
  const answer = new Promise<number>((resolve) =>
    system.process.once("message", (told: { bytes: number }) => resolve(told.bytes)),
  );
  system.process.send("memory?");
  return answer;
}

const model = await start("the model itself", "model");
const plain = await start("proxy that checks nothing", "plain", model.url);
const guarded = await start("precept guard, two words on input and output", "guard", model.url);
const systems = [model, plain, guarded];
try {
  const count = Number(values.requests);
  await measure(systems, 100, 10, false);
  await measure(systems, 50, 10, true);
  const rows: string[] = [];
  for (const [width, stream] of [
    [1, false],
    [1, true],
    [16, false],
    [16, true],
  ] as const) {
    const figures = await measure(systems, count, width, stream);
    const base = figures[1];
    for (const [index, { p50, p95, first }] of figures.entries()) {
      const added =
        index < 2 || base === undefined ? "" : `${(p50 - base.p50).toFixed(2)} / ${(p95 - base.p95).toFixed(2)}`;
      rows.push(
        `| ${systems[index]?.name} | ${stream ? "stream" : "whole"} | ${width} | ${[p50, p95, first].map((ms) => ms.toFixed(2)).join(" | ")} | ${added} |`,
      );
    }
  }
  const rates: number[][] = [[], [], []];
  for (let round = 0; round < 3; round++) {
    for (const [index, system] of systems.entries()) rates[index]?.push(await flood(system, Number(values.flood)));
  }
  const [, plainRate = 0, guardRate = 0] = rates.map((of) => quantile(of, 0.5));
  const leaks = [await leaksOf(plain), await leaksOf(guarded)];
  const before = await bytesOf(guarded);
  await flood(guarded, Number(values.memory));
  const after = await bytesOf(guarded);
  const text = [
    `Measured on ${availableParallelism()} cores that others used at the same time (load ${loadavg()[0]?.toFixed(1)}), ${count} requests each, in turns; an answer of ${fair.length} characters, streamed in 60 pieces. Only figures of one run compare.`,
    "",
    "| | answer | at once | p50 ms | p95 ms | first byte ms | added to the plain proxy, p50 / p95 ms |",
    "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ...rows,
    "",
    `Requests per second, 64 at once, median of 3 turns: proxy that checks nothing ${plainRate.toFixed(0)}, guard ${guardRate.toFixed(0)}, which is ${(guardRate / plainRate).toFixed(2)} of it. A forbidden word at 52 positions of a stream came through, whole or in part: plain proxy ${leaks[0]}, guard ${leaks[1]}. Memory of the guard's process before and after ${values.memory} further requests: ${(before / 2 ** 20).toFixed(0)} and ${(after / 2 ** 20).toFixed(0)} MiB.`,
  ].join("\n");
  process.stdout.write(`${text}\n`);
  if (values.write) {
    const path = new URL("../docs/guard.md", import.meta.url);
    const document = readFileSync(path, "utf8");
    const next = document.replace(
      /(<!-- measured -->\n)[\s\S]*?(<!-- end -->)/,
      (_, from, to) => `${from}\n${text}\n\n${to}`,
    );
    writeFileSync(path, next);
  }
} finally {
  for (const { process: child } of systems) child.kill();
}
