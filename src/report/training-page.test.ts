import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { silentProgress } from "../progress/index.ts";
import { trainRun } from "../stages/index.ts";
import type { SftJob, Trainer, TrainingResult } from "../training/index.ts";
import { writeReport } from "./index.ts";

/** Steps with these losses, and what is measured on held-out data before and after. */
function scriptedTrainer(losses: readonly number[], heldOut: readonly [number, number], stopped?: string): Trainer {
  const metrics = { loss: losses.at(-1) ?? 0, "initial/held_out_loss": heldOut[0], "final/held_out_loss": heldOut[1] };
  const result: TrainingResult = {
    checkpoint: "c",
    hash: "ab12",
    steps: losses.length,
    tokens: 100 * losses.length,
    metrics,
    stopped: stopped === undefined ? undefined : { reason: stopped, step: losses.length },
  };
  return {
    objectives: ["sft"],
    fingerprint: async () => "job",
    async *train() {
      for (const [i, loss] of losses.entries())
        yield {
          step: i + 1,
          steps: losses.length,
          tokens: 100 * (i + 1),
          metrics: { loss, gradient_norm: 1 / (i + 1) },
        };
      return result;
    },
  };
}

async function pageOf(trainer: Trainer): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "precept-training-page-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const examples: SftJob["examples"] = [{ id: "a", prompt: "p", completion: "c", weight: 1 }];
  await trainRun({
    folder: join(folder, "tuned"),
    job: {
      objective: "sft",
      initial: "/models/<b>small</b>",
      seed: 1,
      learningRate: 1e-4,
      epochs: 2,
      lora: { rank: 8 },
      examples,
    },
    trainer,
    command: "train sft",
    progress: silentProgress,
  });
  return readFileSync(await writeReport(join(folder, "tuned")), "utf8");
}

test("the page of a training says from what, on what, how far, and draws its steps", async () => {
  const page = await pageOf(scriptedTrainer([2.5, 1.5, 0.75], [2.4, 1.25]));
  expect(page).toContain("Fine-tuning of b&gt;, 3 steps: held-out loss 2.4 → 1.25.");
  expect(page).not.toMatch(/<b>|<script|undefined|NaN/u);
  expect(page).toMatch(/<dt>Examples<\/dt><dd>1<\/dd>/u);
  expect(page).toContain("adapters of rank 8");
  const card = /<pre tabindex[^>]*>([^<]*)<\/pre>/u.exec(page)?.[1] ?? "";
  expect(card).toMatch(/^Fine-tuning, \d/u);
  expect(card).toMatch(/^Held-out loss +2\.4 → 1\.25$/mu);
  expect(card).toMatch(/^Loss +2\.5 → 0\.75$/mu);
  expect(page).toContain("Loss: 2.50 at step 1, 0.750 at step 3");
  expect(page).not.toContain('id="alarms"');
  expect(page).toContain("ab12");
});

test("what went wrong in a training is worth a look", async () => {
  const page = await pageOf(scriptedTrainer([2.5, 2.6], [2.4, 2.9], "the KL is above its bound"));
  expect(page).toContain("Stopped early at step 2: the KL is above its bound.");
  expect(page).toMatch(/The loss on held-out data rose from 2\.4 to 2\.9/u);
});
