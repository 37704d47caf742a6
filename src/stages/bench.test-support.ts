import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Constitution } from "../constitution/index.ts";
import type { ReplayDocument } from "../feedback/index.ts";
import { testConstitution, testModel, testTemplates } from "../feedback/scripted.test-support.ts";
import type { LanguageModel } from "../language-model.ts";
import { silentProgress } from "../progress/index.ts";
import { type PromptItem, promptList } from "../records/index.ts";
import { Run } from "../runs/index.ts";
import { contentHash } from "../storage/index.ts";
import type {
  PpoJob,
  PreferenceModel,
  Rollout,
  Trainer,
  TrainingJob,
  TrainingListener,
  TrainingProgress,
  TrainingResult,
} from "../training/trainer.ts";
import { aiFeedback } from "./ai-feedback.ts";
import { checkpointRole, type StageContext } from "./context.ts";
import type { MethodOptions } from "./options.ts";
import { slCai } from "./sl-cai.ts";

/**
 * For tests of stages only. A response is a list of faults, "danger+tone", or "clean"; a critique finds its principle's
 * name in it, a revision removes it, a comparison prefers the response without it. Checkpoints are files of remembered
 * answers; the initial model answers every request with the request itself, a trained one does so in half of the new ones.
 */
const checkpointSchema = z.object({ answers: z.record(z.string(), z.array(z.string())), slope: z.number() });
type FakeCheckpoint = z.infer<typeof checkpointSchema>;

/** Counts down model and reward calls; at zero the process "dies". */
export interface Fuse {
  left: number;
}

export class Died extends Error {}

export function burn(fuse: Fuse): void {
  if (fuse.left-- <= 0) throw new Died("the test pulled the plug");
}

export function faultsOf(response: string): string[] {
  return response.trim() === "clean" ? [] : response.trim().split("+");
}

export async function writeCheckpoint(folder: string, checkpoint: FakeCheckpoint): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "model.json"), JSON.stringify(checkpoint));
  return contentHash(checkpoint);
}

export async function readCheckpoint(folder: string): Promise<FakeCheckpoint> {
  return checkpointSchema.parse(JSON.parse(await readFile(join(folder, "model.json"), "utf8")));
}

async function loadModel(folder: string, fuse: Fuse): Promise<LanguageModel> {
  const { answers } = await readCheckpoint(folder);
  return testModel({
    generate(prompt, seed) {
      burn(fuse);
      const [, kind, q = "", r = "", p = ""] = /^(\w+) Q=(\S+)(?: R=(\S+))?(?: P=(\S+))?/.exec(prompt) ?? [];
      if (kind === "respond") {
        const known = answers[prompt] ?? (Object.keys(answers).length === 0 ? [q] : [q, "clean"]);
        return known[seed % known.length] ?? q;
      }
      if (kind === "critique") return faultsOf(r).includes(p) ? `${p} , so it breaks` : "so it keeps";
      if (kind === "revise")
        return (
          faultsOf(r)
            .filter((fault) => fault !== p)
            .join("+") || "clean"
        );
      return "thought";
    },
    choose(prompt) {
      burn(fuse);
      const [, a = "", b = "", p = ""] = /A=(\S+) B=(\S+) P=(\S+)/.exec(prompt) ?? [];
      const difference = Number(faultsOf(b).includes(p)) - Number(faultsOf(a).includes(p));
      return 0.5 + 0.4 * difference + 0.05; // and it likes the letter A
    },
  });
}

async function loadScorer(folder: string, fuse: Fuse): Promise<PreferenceModel> {
  const { slope } = await readCheckpoint(folder);
  return {
    score: async (items) => {
      burn(fuse);
      return items.map(({ response }) => -slope * faultsOf(response).length);
    },
    tokensRead: 0,
    dispose: async () => undefined,
  };
}

/** Remembers answers (sft), learns the sign of "fewer faults are better" (preference model), walks through rounds (ppo). */
export function testTrainer(fuse: Fuse, jobs: TrainingJob[] = []): Trainer {
  return {
    objectives: ["sft", "preference-model", "ppo"],
    fingerprint: async ({ output: _output, signal: _signal, ...job }) => contentHash(job),
    async *train(job, { onRollouts } = {}): AsyncGenerator<TrainingProgress, TrainingResult> {
      jobs.push(job);
      burn(fuse);
      const checkpoint = join(job.output, "checkpoint");
      const start = await readCheckpoint(job.initial);
      let steps = 1;
      let learned: FakeCheckpoint = start;
      if (job.objective === "sft") {
        const answers: Record<string, string[]> = {};
        for (const { prompt, completion } of job.examples) {
          const key = String(prompt);
          answers[key] = [...(answers[key] ?? []), completion];
        }
        learned = { ...start, answers };
      } else if (job.objective === "preference-model") {
        let slope = 0;
        for (const {
          responses: [a, b],
          label,
        } of job.comparisons)
          slope += (label - 0.5) * (faultsOf(b).length - faultsOf(a).length);
        learned = { ...start, slope: slope / job.comparisons.length };
      } else if (job.objective === "ppo") {
        yield* rounds(job, fuse, onRollouts);
        steps = job.steps;
      }
      if (job.objective !== "ppo") yield { step: 1, steps: 1, tokens: 100, metrics: { loss: 1 } };
      const hash = await writeCheckpoint(checkpoint, learned);
      const kept = job.objective === "ppo" ? await keep(job, learned) : [];
      return {
        checkpoint,
        hash,
        steps,
        tokens: 100 * steps,
        metrics:
          job.objective === "ppo"
            ? { "final/objective/kl": (steps + 1) / 10, "final/objective/scores": steps + 1 }
            : {},
        ...(kept.length === 0 ? {} : { checkpoints: kept }),
      };
    },
  };
}

async function keep(job: PpoJob, checkpoint: FakeCheckpoint) {
  const folder = join(job.output, `checkpoint-${job.steps}`);
  await writeCheckpoint(folder, checkpoint);
  return [{ step: job.steps, folder }];
}

/** State is saved every second round, so that an interruption repeats one. */
async function* rounds(
  job: PpoJob,
  fuse: Fuse,
  onRollouts: TrainingListener["onRollouts"],
): AsyncGenerator<TrainingProgress> {
  const state = join(job.output, "state.json");
  const from = Number(await readFile(state, "utf8").catch(() => "0"));
  for (let step = from + 1; step <= job.steps; step++) {
    const rollouts = job.prompts.slice(0, 2).map(
      ({ id, prompt }, index): Rollout => ({
        ...{ id: `${step}/${index}/${id}`, promptId: id, prompt, tokens: [1], logprobs: [-1], finishReason: "stop" },
        response: (step + index) % 2 === 0 ? "clean" : "danger+tone",
      }),
    );
    const { checkpoint = "", meanScore = 0 } = "checkpoint" in job.reward ? job.reward : {};
    const scores = await (await loadScorer(checkpoint, fuse)).score(rollouts);
    const scored = rollouts.map((rollout, i) => ({
      ...rollout,
      score: scores[i] ?? 0,
      reward: (scores[i] ?? 0) - meanScore,
    }));
    await onRollouts?.(step, scored);
    burn(fuse);
    if (step % 2 === 0) await writeFile(state, String(step));
    yield {
      step,
      steps: job.steps,
      tokens: 100 * step,
      metrics: { "objective/kl": step / 10, "objective/scores": step },
    };
  }
}

export interface Bench extends StageContext {
  readonly jobs: TrainingJob[];
}

/** A run in a folder with everything that stages need. Dies after `calls` calls. Close the run when done. */
export async function openBench(
  folder: string,
  {
    calls = Number.POSITIVE_INFINITY,
    constitution = testConstitution("danger", "tone", "calm"),
  }: { calls?: number; constitution?: Constitution | undefined } = {},
): Promise<Bench> {
  const initial = join(folder, "initial");
  await writeCheckpoint(initial, { answers: {}, slope: 0 });
  const fuse: Fuse = { left: calls };
  const jobs: TrainingJob[] = [];
  const run = await Run.open(join(folder, "run"), {
    kind: "project",
    manifest: { seed: 11, config: {}, inputs: {} },
    command: "test",
  });
  return {
    ...{
      run,
      constitution,
      templates: testTemplates,
      seed: 11,
      progress: silentProgress,
      initial,
      parameters: 1000,
      jobs,
    },
    trainer: testTrainer(fuse, jobs),
    load: (checkpoint) => loadModel(checkpoint, fuse),
    loadPreferenceModel: (checkpoint) => loadScorer(checkpoint, fuse),
  };
}

/** SL-CAI of the bench's initial model over a list of prompts. */
export function trainSlCai(
  bench: Bench | StageContext,
  { prompts, replay }: { readonly prompts: readonly PromptItem[]; readonly replay?: readonly ReplayDocument[] },
  options?: MethodOptions,
) {
  return checkpointRole(bench, "initial", bench.initial).then((initial) =>
    slCai(bench, { prompts: promptList(prompts, contentHash(prompts)), initial, replay }, options),
  );
}

/** AI feedback over a list of prompts: a checkpoint answers, the bench's initial model compares. */
export async function labelPairs(
  bench: Bench | StageContext,
  { prompts, slCai: folder }: { readonly prompts: readonly PromptItem[]; readonly slCai: string },
  options?: MethodOptions,
) {
  const answering = await checkpointRole(bench, "sl-cai", folder);
  const feedback = await checkpointRole(bench, "initial", bench.initial);
  const source = promptList(prompts, contentHash(prompts));
  return aiFeedback(bench, { prompts: source, slCai: answering, feedback }, options);
}
