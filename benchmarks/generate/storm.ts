import { openModel } from "../../src/models/index.ts";
import { spawnModelServer } from "../../test/support/model-server/process.ts";
import { requests } from "./client.ts";
import { figures } from "./table.ts";

export interface StormResult {
  readonly figure: string;
  readonly allowed: number;
  /** Seconds until the rate stays within a tenth of the best. */
  readonly settleSeconds: number;
  /** After settling. */
  readonly rateShare: number;
  readonly rejectedShare: number;
  /** Answered in each second. */
  readonly course: readonly number[];
}

interface Phase {
  readonly figure: string;
  readonly perSecond: number;
  readonly seconds: number;
}

const phases: readonly Phase[] = [
  { figure: figures.stormStart, perSecond: 300, seconds: 45 },
  { figure: figures.stormFall, perSecond: 60, seconds: 45 },
  { figure: figures.stormReturn, perSecond: 300, seconds: 45 },
];
/** Settled is the first second from which on every ten in a row reach nine tenths of the best rate between them. */
const SPAN = 10;

/** An endless supply of requests against a rate limit that changes twice; 429 with Retry-After: 1. */
export async function measureStorms(): Promise<StormResult[]> {
  const rateLimit = (perSecond: number) => ({ perSecond, burst: perSecond, retryAfter: 1 });
  const [first] = phases;
  const server = await spawnModelServer({
    latency: { median: 200, sigma: 0.3 },
    rateLimit: rateLimit(first?.perSecond ?? 0),
  });
  try {
    const capabilities = { logprobs: false, prefill: false, rawCompletion: false };
    const options = { env: {}, cache: false, capabilities, probe: "never" } as const;
    const model = await openModel(`vllm:toy@${server.url}`, options);
    const over = new AbortController();
    const asking = (async () => {
      for await (const answer of model.generate(requests(10_000_000), { maxTokens: 64, signal: over.signal }))
        void answer;
    })();
    asking.catch(() => undefined);
    const results: StormResult[] = [];
    let from = 0;
    for (const { figure, perSecond, seconds } of phases) {
      await server.configure({ rateLimit: rateLimit(perSecond) });
      const begun = (await server.stats()).seconds.length;
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
      const { seconds: all } = await server.stats();
      from = Math.max(begun - 1, 0);
      results.push(measureSettling(figure, perSecond, all.slice(from, from + seconds)));
    }
    over.abort();
    await asking.catch(() => undefined);
    return results;
  } finally {
    await server.stop();
  }
}

function measureSettling(
  figure: string,
  allowed: number,
  list: readonly { answered: number; rejected: number }[],
): StormResult {
  const sum = (part: "answered" | "rejected", begin: number, end?: number): number =>
    list.slice(begin, end).reduce((total, second) => total + second[part], 0);
  let settleSeconds = 0;
  for (let second = 0; second + SPAN <= list.length; second++) {
    if (sum("answered", second, second + SPAN) < 0.9 * allowed * SPAN) settleSeconds = second + 1;
  }
  const after = list.length - settleSeconds;
  const answered = sum("answered", settleSeconds);
  const rejected = sum("rejected", settleSeconds);
  return {
    figure,
    allowed,
    settleSeconds,
    rateShare: after === 0 ? 0 : answered / after / allowed,
    course: list.map((second) => second.answered),
    rejectedShare: answered + rejected === 0 ? 1 : rejected / (answered + rejected),
  };
}
