import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { openModel } from "../../src/models/index.ts";
import { rng } from "../../src/rng.ts";
import { spawnModelServer } from "../../test/support/model-server/process.ts";
import { inParallel, requests, seconds } from "./client.ts";

/** An endpoint with 256 places, each taken for a log-normal time around 200 ms. */
export const endpoint = { slots: 256, latency: { median: 200, sigma: 0.3 } } as const;
/** Answers per second when no place is ever free: places over the mean of the distribution, median · exp(σ²/2). */
export const capacity = endpoint.slots / ((endpoint.latency.median / 1000) * Math.exp(endpoint.latency.sigma ** 2 / 2));

const body = (index: number) =>
  JSON.stringify({ model: "toy", messages: [{ role: "user", content: `item ${index}` }], max_tokens: 64, seed: index });

export interface Estimate {
  readonly perSecond: number;
  readonly share: number;
}

const rate = (count: number, since: number): Estimate => {
  const perSecond = count / seconds(since);
  return { perSecond, share: perSecond / capacity };
};

/** What a client that costs no time would have over so many calls: the last of them leave places free. */
export function perfectShare(count: number): number {
  const random = rng(1, "perfect");
  const freeAt = new Float64Array(endpoint.slots);
  for (let call = 0; call < count; call++) {
    let place = 0;
    for (let slot = 1; slot < freeAt.length; slot++) if ((freeAt[slot] ?? 0) < (freeAt[place] ?? 0)) place = slot;
    freeAt[place] = (freeAt[place] ?? 0) + endpoint.latency.median * Math.exp(endpoint.latency.sigma * random.normal());
  }
  return count / (Math.max(...freeAt) / 1000) / capacity;
}

/** Ours, from the first request to the last answer, the search for the right concurrency included. */
export async function ourRate(count: number): Promise<Estimate> {
  const server = await spawnModelServer(endpoint);
  try {
    const model = await openModel(server.url, { env: {}, cache: false });
    const since = performance.now();
    let answers = 0;
    for await (const answer of model.generate(requests(count), { maxTokens: 64 })) if (answer.text !== "") answers++;
    if (answers !== count) throw new Error(`${answers} answers to ${count} requests`);
    return rate(count, since);
  } finally {
    await server.stop();
  }
}

/** What can be had at all on this machine now: bare requests that nobody reads, more than there are places. */
export async function bareRate(count: number): Promise<Estimate> {
  const server = await spawnModelServer(endpoint);
  try {
    const since = performance.now();
    await inParallel(count, 320, async (index) => {
      const response = await fetch(`${server.url}/chat/completions`, { method: "POST", body: body(index) });
      await response.arrayBuffer();
    });
    return rate(count, since);
  } finally {
    await server.stop();
  }
}

export interface PeerRate extends Estimate {
  readonly batch: number;
  readonly replicas: number;
  readonly version: string;
}

/**
 * distilabel's TextGeneration over OpenAILLM: a batch is asked for at once, so batch size × replicas is its concurrency.
 * Timed from its first request to its last answer as the server saw them, without its start-up.
 */
export async function distilabelRate(
  python: string,
  count: number,
  batch: number,
  replicas: number,
): Promise<PeerRate | undefined> {
  if (!existsSync(python)) return undefined;
  const server = await spawnModelServer(endpoint);
  try {
    const script = new URL("./distilabel_run.py", import.meta.url).pathname;
    const args = [script, server.url, String(count), String(batch), String(replicas)];
    const run = spawnSync(python, args, {
      encoding: "utf8",
      timeout: 600_000,
      env: { ...process.env, HF_HUB_OFFLINE: "1", no_proxy: "127.0.0.1" },
      maxBuffer: 1 << 28,
    });
    const line = run.stdout.split("\n").find((text) => text.startsWith("RESULT "));
    if (line === undefined) throw new Error(`distilabel failed:\n${run.stderr.slice(-2000)}`);
    const { rows, version } = JSON.parse(line.slice(7)) as { rows: number; version: string };
    const { answered, activeMs } = await server.stats();
    if (rows !== count || answered !== count) throw new Error(`distilabel made ${rows} rows of ${count}`);
    const perSecond = count / (activeMs / 1000);
    return { perSecond, share: perSecond / capacity, batch, replicas, version };
  } finally {
    await server.stop();
  }
}
