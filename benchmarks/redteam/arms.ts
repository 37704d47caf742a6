import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Constitution } from "../../src/constitution/index.ts";
import { LocalModel } from "../../src/models/local/index.ts";
import { silentProgress, terminalProgress } from "../../src/progress/index.ts";
import { trainAttacker } from "../../src/project/index.ts";
import { loadRecords } from "../../src/records/index.ts";
import {
  type AttemptRecord,
  ask,
  attemptRecordSchema,
  criticGrader,
  deliver,
  findStrategies,
  type Grader,
  runCampaign,
  type Strategy,
  writeRecordSchema,
} from "../../src/redteam/index.ts";
import { rng } from "../../src/rng.ts";
import { RecordLog } from "../../src/runs/index.ts";
import { governanceOf, harborAttackLanguage, harborGoals, harborTemplates } from "../../src/worlds/harbor/index.ts";

/** Draws from all that can be asked, uniformly over words and ways. */
const random: Strategy = {
  id: "random",
  source: "the baseline",
  needs: {},
  isAdaptive: false,
  ways: (techniques) => techniques.map(({ id }) => id),
  async *attack(_, { goals, techniques, random: own, rewrite }) {
    for (;;) {
      const technique = own.pick(techniques);
      const goal = own.pick(goals);
      const [text] = await rewrite([{ goal, technique }]);
      if (text !== undefined) yield { messages: ask(text), technique: technique.id, goalId: goal.id };
    }
  },
};

/** Grades that belong to other answers of the same batch: an attacker that learns from grades learns nothing here. */
function shuffled(grader: Grader): Grader {
  let batch = 0;
  return {
    ...grader,
    grade: async (items, options) => {
      batch += 1;
      return rng(options.seed, "shuffled-grades", batch).shuffle(await grader.grade(items, options));
    },
  };
}

export type Arm = "random" | "archive" | "archive, grades shuffled" | WriterArm;
export type WriterArm = (typeof writerArms)[number];
export const writerArms = [
  "writer, unrewarded",
  "writer, rewarded",
  "writer, rewards shuffled",
  "writer, rewarded before: as many more",
] as const;

export interface ArmOptions {
  readonly checkpoint: string;
  /** Where trainings of writers are kept. */
  readonly folder: string;
  readonly critic: string;
  readonly constitution: Constitution;
  readonly details: number;
  readonly budget: number;
  readonly seed: number;
}

/** One attacker on one model, at temperature 0; the frozen helpful-only model is the critic that grades. */
export async function attackBy(arm: Arm, options: ArmOptions): Promise<AttemptRecord[]> {
  if (arm === "random") return campaign([random], options);
  if (arm === "archive") return campaign(findStrategies(["archive"]), options);
  if (arm === "archive, grades shuffled") return campaign(findStrategies(["archive"]), options, { isShuffled: true });
  const { checkpoint, folder, details, budget, seed } = options;
  const writer = await trainAttacker({
    target: checkpoint,
    folder: join(folder, `writer-${seed}-${budget}-${details}`),
    // Not all that it writes is a request; what is none is not sent.
    budget: Math.ceil(1.25 * budget),
    seed,
    details,
    temperature: 0,
    isShuffled: arm === "writer, rewards shuffled",
    env: process.env,
    progress: terminalProgress({ stream: process.stderr }),
  });
  if (arm === "writer, unrewarded") return campaign(findStrategies(["trained"]), options, { writer: writer.untrained });
  if (arm === "writer, rewarded before: as many more")
    return campaign(findStrategies(["trained"]), options, { writer: writer.checkpoint });
  const attempts = await loadRecords(writer.attempts, attemptRecordSchema);
  return attempts.sort((a, b) => a.turn - b.turn).slice(0, budget);
}

async function campaign(
  strategies: readonly Strategy[],
  { checkpoint, critic, constitution, details, budget, seed }: ArmOptions,
  { isShuffled = false, writer }: { readonly isShuffled?: boolean; readonly writer?: string } = {},
): Promise<AttemptRecord[]> {
  const folder = mkdtempSync(join(tmpdir(), "redteam-arm-"));
  const [target, judge] = [await LocalModel.load(checkpoint), await LocalModel.load(critic)];
  const attacker = writer === undefined ? undefined : await LocalModel.load(writer);
  const attempts = RecordLog.open(folder, "records", attemptRecordSchema);
  const writes = RecordLog.open(folder, "writes", writeRecordSchema);
  const grader = criticGrader(judge, harborTemplates, "initial");
  try {
    await runCampaign({
      range: {
        constitution,
        target: "target",
        delivery: deliver(target, harborTemplates.response),
        isGuarded: false,
        grader: isShuffled ? shuffled(grader) : grader,
        seed,
        maxTokens: 56,
        temperature: 0,
      },
      goals: harborGoals(governanceOf(constitution)).map(({ twin: _, ...goal }) => goal),
      strategies,
      attacker: attacker && (async () => attacker),
      language: harborAttackLanguage(details),
      budget,
      samples: 1,
      attempts,
      writes,
      progress: silentProgress,
    });
    return await Array.fromAsync(attempts.all());
  } finally {
    attempts.release();
    writes.release();
    await target.dispose();
    await judge.dispose();
    await attacker?.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
}
