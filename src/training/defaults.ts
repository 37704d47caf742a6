import type { Schedule } from "./schedules.ts";
import type { Objective } from "./trainer.ts";

/** Of fine-tuning, where a job says nothing. */
export const sftSchedule: Schedule = { shape: "cosine", warmup: 0.02 };

const rates: Readonly<Record<Objective, number>> = {
  sft: 2e-5,
  "rejection-sampling": 2e-5,
  dpo: 1e-6,
  "preference-model": 1e-5,
  "token-heads": 1e-5,
  ppo: 3e-6,
  grpo: 1e-6,
  rloo: 1e-6,
};

/** Peak rates for all weights as TRL has them; an adapter takes ten times as much (its advice for LoRA). */
export function defaultLearningRate(objective: Objective, isAdapter: boolean): number {
  return rates[objective] * (isAdapter ? 10 : 1);
}
