/** The files mutated in a room, and how the paths begin of the tests that are asked about them: quick ones, of the room and its neighbours. */
export interface MutatedRoom {
  readonly files: readonly string[];
  readonly tests: readonly string[];
}

/** Tests that are not asked: they measure time, so a busy machine fails them whatever the sources say. */
export const timedTests = /hedging|fits them in a second/;

/** The rooms whose tests are measured; named before any mutant was run. */
export const rooms: Readonly<Record<string, MutatedRoom>> = {
  "losses and advantages": {
    files: [
      "src/training/losses/dpo.ts",
      "src/training/losses/grpo.ts",
      "src/training/losses/kl.ts",
      "src/training/losses/masked.ts",
      "src/training/losses/ppo.ts",
      "src/training/losses/preference.ts",
      "src/training/losses/rloo.ts",
      "src/training/losses/token.ts",
      "src/training/gae.ts",
      "src/training/monitors.ts",
      "src/training/schedules.ts",
    ],
    tests: ["src/training/losses/", "src/training/gae", "src/training/monitors", "src/training/schedules"],
  },
  "training rows": {
    files: [
      "src/training/data/columns.ts",
      "src/training/data/comparisons.ts",
      "src/training/data/demonstrations.ts",
      "src/training/data/fields.ts",
      "src/training/data/formats.ts",
      "src/training/data/forms.ts",
      "src/training/data/labels-beside.ts",
      "src/training/data/rows.ts",
      "src/training/data/turns.ts",
    ],
    tests: ["src/training/data/", "src/records/"],
  },
  labels: {
    files: [
      "src/feedback/comparisons.ts",
      "src/feedback/copies.ts",
      "src/feedback/labels.ts",
      "src/feedback/training-pairs.ts",
    ],
    tests: ["src/feedback/"],
  },
  statistics: {
    files: [
      "src/statistics/agreement.ts",
      "src/statistics/bootstrap.ts",
      "src/statistics/bradley-terry.ts",
      "src/statistics/calibration.ts",
      "src/statistics/clusters.ts",
      "src/statistics/connectivity.ts",
      "src/statistics/distributions.ts",
      "src/statistics/elo.ts",
      "src/statistics/estimate.ts",
      "src/statistics/evidence.ts",
      "src/statistics/intervals.ts",
      "src/statistics/linear.ts",
      "src/statistics/multiple.ts",
      "src/statistics/paired.ts",
      "src/statistics/power.ts",
      "src/statistics/proportions.ts",
      "src/statistics/verdict.ts",
    ],
    tests: ["src/statistics/", "src/evaluation/arena/", "src/evaluation/compare/"],
  },
  "locks and files": {
    files: [
      "src/storage/files.ts",
      "src/storage/hash.ts",
      "src/storage/id-set.ts",
      "src/storage/json-lines.ts",
      "src/storage/json.ts",
      "src/storage/lines.ts",
      "src/storage/lock.ts",
      "src/storage/names.ts",
      "src/storage/sorted-lines.ts",
      "src/storage/text.ts",
      "src/storage/version.ts",
    ],
    tests: ["src/storage/", "src/runs/", "src/records/"],
  },
  limiter: {
    files: [
      "src/models/throughput/failures.ts",
      "src/models/throughput/limiter.ts",
      "src/models/throughput/pool.ts",
      "src/models/throughput/rate-headers.ts",
      "src/models/throughput/rejections.ts",
      "src/models/throughput/slowness.ts",
      "src/models/throughput/stream.ts",
    ],
    tests: ["src/models/"],
  },
  "readers of answers": {
    files: [
      "src/reading/numbers.ts",
      "src/reading/options.ts",
      "src/reading/plain-text.ts",
      "src/reading/reasoning.ts",
      "src/reading/refusals.ts",
      "src/reading/statements.ts",
    ],
    tests: ["src/reading/", "src/evaluation/", "src/feedback/"],
  },
  records: {
    files: [
      "src/records/exports/formats.ts",
      "src/records/exports/rows.ts",
      "src/records/exports/write.ts",
      "src/records/jsonl.ts",
      "src/records/lineage.ts",
      "src/records/prompt.ts",
      "src/records/prompts/dialogue.ts",
      "src/records/prompts/files.ts",
      "src/records/prompts/prompt-file.ts",
      "src/records/prompts/row.ts",
    ],
    tests: ["src/records/", "src/project/prompts/"],
  },
};
