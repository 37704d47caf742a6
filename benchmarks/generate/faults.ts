import type { Generation } from "../../src/language-model.ts";
import { openModel } from "../../src/models/index.ts";
import { spawnModelServer } from "../../test/support/model-server/process.ts";
import { defaultSettings, faultKinds } from "../../test/support/model-server/settings.ts";
import { spoken } from "../../test/support/model-server/toy-model.ts";
import { requests, seconds } from "./client.ts";

export interface FaultResult {
  readonly records: number;
  readonly faults: number;
  readonly kinds: number;
  readonly lost: number;
  readonly doubled: number;
  readonly wrong: number;
  readonly perSecond: number;
}

/** A fifth of all attempts fails, in every way that the server knows; every answer is compared with what it must be. */
export async function measureFaults(records: number): Promise<FaultResult> {
  const server = await spawnModelServer({ faultShare: 0.2, slowMs: 100, latency: { median: 20, sigma: 0.3 } });
  try {
    const capabilities = { logprobs: false, prefill: false, rawCompletion: false };
    const options = { env: {}, cache: false, capabilities, probe: "never" } as const;
    const model = await openModel(`vllm:toy@${server.url}`, {
      ...options,
      throughput: { maxAttempts: 12, timeoutMs: 20_000 },
    });
    const seen = new Uint8Array(records);
    let [doubled, wrong] = [0, 0];
    const since = performance.now();
    for await (const answer of model.generate(requests(records), { maxTokens: 64 })) {
      const index = Number(answer.id.slice("item-".length));
      if (seen[index] === 1) doubled++;
      seen[index] = 1;
      if (!isRight(answer, index)) wrong++;
    }
    const perSecond = records / seconds(since);
    const { faults } = await server.stats();
    const counts = Object.values(faults);
    return {
      records,
      faults: counts.reduce((sum, count) => sum + count, 0),
      kinds: counts.length,
      lost: seen.reduce((sum, value) => sum + (value === 0 ? 1 : 0), 0),
      doubled,
      wrong,
      perSecond,
    };
  } finally {
    await server.stop();
  }
}

function isRight({ text, finishReason }: Generation, index: number): boolean {
  const expected = spoken(`user: item ${index}\nassistant:`, index, defaultSettings.words);
  return text === expected && finishReason === "stop";
}

export const allKinds = faultKinds.length;
