import { describe, expect, it } from "vitest";
import { loadRecords } from "../records/index.ts";
import { rolloutSchema } from "../training/records.ts";
import { checkpointOf, method, recordsOf, useBenches } from "./method.test-support.ts";

const { open } = useBenches();

describe("rl-cai", () => {
  it("rewards with the centred score, and keeps every rollout once", async () => {
    const bench = await open();
    const { preference } = await method(bench);
    const { meanScore } = preference.summary;
    const rollouts = await loadRecords(recordsOf(bench, "rl-cai"), rolloutSchema);
    expect(rollouts.map(({ step }) => step)).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
    for (const { score, reward } of rollouts) expect(reward).toBeCloseTo(score - meanScore, 12);
    const job = bench.jobs.find(({ objective }) => objective === "ppo");
    expect(job).toMatchObject({
      initial: checkpointOf(bench, "sl-cai"),
      reference: checkpointOf(bench, "sl-cai"),
      maxTokens: 32,
    });
  });
});
