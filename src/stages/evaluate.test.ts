import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { trainSlCai } from "./bench.test-support.ts";
import { evaluate } from "./evaluate.ts";
import { benchmark, prompts, small, useBenches } from "./method.test-support.ts";
import { methodOptions } from "./options.ts";

const { open } = useBenches();

describe("evaluate", () => {
  it("measures roles first, and splits of checkpoints under the same seeds", async () => {
    const bench = await open();
    const roles = {
      id: "roles-1",
      async *measure() {
        yield { role: "verdict", condition: "seen", correct: true };
        yield { role: "verdict", condition: "seen", correct: false };
      },
    };
    const checkpoints = [
      { name: "initial", folder: bench.initial },
      { name: "same", folder: bench.initial },
    ];
    const { summary } = await evaluate(
      bench,
      { benchmark, roles, checkpoints },
      methodOptions(small, { evaluate: { samples: 2 } }),
    );
    expect(summary.roles).toMatchObject({ verdict: { seen: { estimate: 0.5, n: 2 } } });
    expect(summary.checkpoints["same"]).toEqual(summary.checkpoints["initial"]);
    expect(summary.counts).toEqual({ answers: 24, roleTrials: 2 });
    expect(summary.labels).toBeUndefined();
  });

  it("reports a damaged summary of a closed stage", async () => {
    const bench = await open();
    await trainSlCai(bench, { prompts }, methodOptions(small));
    await rm(join(bench.run.stageFolder("sl-cai"), "summary.json"));
    await expect(trainSlCai(bench, { prompts }, methodOptions(small))).rejects.toMatchObject({ code: "run-invalid" });
  });
});
