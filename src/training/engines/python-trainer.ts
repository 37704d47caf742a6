import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Interruption, PreceptError } from "../../errors.ts";
import { omitUndefined } from "../../omit-undefined.ts";
import { tryJson } from "../../storage/index.ts";
import { refuseDialogues } from "../local/encoding.ts";
import { fingerprintOf } from "../local/job-state.ts";
import type { Trainer, TrainingJob, TrainingListener, TrainingProgress, TrainingResult } from "../trainer.ts";
import { attemptsIn, type EngineEvent, EventTail, eventsFile, eventsIn, StepTeller } from "./events.ts";
import { CONTRACT, clearJobFolder, type EngineJob, fingerprintIn, writeJob, writeJobFolder } from "./job-folder.ts";
import { finishedResult, HeldOut, readJob } from "./job-result.ts";
import { placesOf, planJob, type TrlJob } from "./plan-job.ts";
import { movedReward, serverOf } from "./plan-rounds.ts";
import { findPython, type PythonProgram } from "./python-home.ts";
import { type JobCommand, JobProcess, type Patience, patience } from "./python-process.ts";
import { RewardDesk } from "./reward-desk.ts";

export interface PythonTrainerOptions {
  /** The Python to use. Default: PRECEPT_PYTHON, else the environment of `precept python setup`. */
  readonly python?: string | undefined;
  /** "bfloat16": products in half precision, weights that learn stay whole. Default "float32", the local engine's numbers. */
  readonly dtype?: EngineJob["model"]["dtype"] | undefined;
  /** Rows that are read at once; a step's others follow, to the same sum. Default: all of a step's. */
  readonly rowsPerProcess?: number | undefined;
  /** A server of vLLM's protocol that draws the responses of grpo and rloo, e.g. "http://host:8000". Default: the process itself. */
  readonly rolloutServer?: string | undefined;
}

/** For tests: what runs instead of Python, and how long it is waited for. */
export interface PythonTrainerInside {
  readonly command: JobCommand;
  readonly versions: Readonly<Record<string, string>>;
  readonly patience: Patience;
}

/** Milliseconds between two looks at the events. */
const pollMs = 50;

/**
 * Trains by TRL in a Python process of its own, on tokens, batches, rates and adapters that are decided here. The job's output
 * is the job folder: what is in it is the whole state.
 */
export class PythonTrainer implements Trainer {
  readonly objectives = ["sft", "preference-model", "dpo", "grpo", "rloo"] as const;
  readonly #options: PythonTrainerOptions;
  readonly #inside: PythonTrainerInside | undefined;
  #python: Promise<PythonProgram> | undefined;

  constructor(options: PythonTrainerOptions = {}, inside?: PythonTrainerInside) {
    this.#options = options;
    this.#inside = inside;
  }

  /** @throws PreceptError package-missing; input-invalid for what TRL does not train. */
  async fingerprint(job: TrainingJob): Promise<string> {
    const fixed = requireTrl(job);
    const [own, { versions }] = [await fingerprintOf(fixed), await this.#program()];
    await refuseDialogues(fixed);
    const { dtype = "float32", rowsPerProcess, rolloutServer } = this.#options;
    // Where the server is does not matter, only that there is one.
    const isServed = rolloutServer === undefined ? undefined : true;
    const computed = { own, contract: CONTRACT, dtype, rowsPerProcess, processes: 1, versions, isServed };
    return createHash("sha256").update(JSON.stringify(computed)).digest("hex");
  }

  async *train(job: TrainingJob, listener: TrainingListener = {}): AsyncGenerator<TrainingProgress, TrainingResult> {
    const start = performance.now();
    const fixed = requireTrl(job);
    const fingerprint = await this.fingerprint(fixed);
    const folder = job.output;
    const isRounds = fixed.objective === "grpo" || fixed.objective === "rloo";
    const desk = isRounds ? await RewardDesk.open(fixed, listener) : undefined;
    const known = fingerprintIn(folder);
    const finished = known === fingerprint ? await finishedResult(fixed, fingerprint) : undefined;
    if (finished !== undefined) {
      // It may have ended alone, after whoever listened was killed.
      yield* new Telling(folder, desk).tell(eventsIn(folder));
      return finished;
    }
    if (known !== fingerprint) await this.#begin(fixed, folder, fingerprint);
    else writeJob(folder, await relocate(fixed, folder, this.#options));
    yield* this.#follow(fixed, folder, desk);
    const result = await finishedResult(fixed, fingerprint);
    if (result === undefined) {
      throw new PreceptError("checkpoint-invalid", {
        attempted: `Reading what the Python process wrote into ${folder}`,
        found: "no result, or another checkpoint than it speaks of",
        remedy: "give the same command again: training continues from its last saved state",
      });
    }
    return { ...result, seconds: (performance.now() - start) / 1000 };
  }

  /** Writes the job folder anew; what another job left there counts as nothing. */
  async #begin(job: TrlJob, folder: string, fingerprint: string): Promise<void> {
    const { dtype = "float32", rowsPerProcess, rolloutServer } = this.#options;
    await clearJobFolder(folder);
    const backend = { kind: "python" } as const;
    await writeJobFolder(
      folder,
      await planJob(job, folder, fingerprint, { dtype, processes: 1, rowsPerProcess, backend, rolloutServer }),
    );
  }

  /** One attempt: the steps that were not told yet, those of earlier attempts first. */
  async *#follow(job: TrlJob, folder: string, desk: RewardDesk | undefined): AsyncGenerator<TrainingProgress> {
    const telling = new Telling(folder, desk);
    const attempt = (attemptsIn(folder).at(-1) ?? 0) + 1;
    const earlier = attemptsIn(folder).map((number) => new EventTail(eventsFile(folder, number)));
    const child = await JobProcess.start(folder, attempt, await this.#command());
    const tail = new EventTail(eventsFile(folder, attempt));
    const seen: EngineEvent[] = [];
    try {
      for (let isOver = false; ; ) {
        const fresh = tail.read();
        seen.push(...fresh);
        // An earlier process may still have been at work; this one says nothing before that one has ended.
        yield* telling.tell([...earlier.flatMap((one) => one.read()), ...fresh]);
        const request = fresh.findLast((event) => event.type === "reward-request");
        if (request?.type === "reward-request" && desk !== undefined && child.end === undefined)
          child.answer(await desk.answer(request));
        if (isOver) break;
        // Read once more after the end, for what was written before it.
        isOver = child.end !== undefined;
        if (!isOver) {
          if (job.signal?.aborted === true) await child.cancel(this.#inside?.patience ?? patience);
          await Promise.race([child.waitForEnd(), sleep(pollMs)]);
        }
      }
    } finally {
      // Whoever no longer listens has stopped: the state is saved all the same.
      if (child.end === undefined) await child.cancel(this.#inside?.patience ?? patience);
      await child.waitForEnd();
      await desk?.dispose();
    }
    throwFor(child, seen, job, folder);
  }

  async #command(): Promise<JobCommand> {
    if (this.#inside !== undefined) return this.#inside.command;
    const keys = this.#options.rolloutServer === undefined ? [] : ["VLLM_API_KEY"];
    return { program: (await this.#program()).path, words: ["-m", "precept_job"], keys };
  }

  #program(): Promise<Pick<PythonProgram, "path" | "versions">> {
    if (this.#inside !== undefined) return Promise.resolve({ path: "", versions: this.#inside.versions });
    this.#python ??= findPython(this.#options.python);
    return this.#python;
  }
}

/** job.json with the places where its models are now. */
async function relocate(job: TrlJob, folder: string, options: PythonTrainerOptions): Promise<EngineJob> {
  const known = readJob(folder);
  const { rollouts } = known;
  const moved = { ...known, ...(await placesOf(job, folder)) };
  if (rollouts === undefined || (job.objective !== "grpo" && job.objective !== "rloo")) return moved;
  const reward = await movedReward(job, folder, rollouts.reward);
  const server = serverOf(job, known.fingerprint, options);
  return { ...moved, rollouts: { ...rollouts, reward, ...omitUndefined({ server }) } };
}

/** Tells the steps of a job that nobody has told, and keeps which was the last. */
export class Telling {
  readonly #steps: number;
  readonly #heldOut: HeldOut;
  readonly #told: string;
  readonly #teller: StepTeller;
  readonly #desk: RewardDesk | undefined;

  constructor(folder: string, desk: RewardDesk | undefined) {
    this.#desk = desk;
    this.#steps = readJob(folder).steps;
    this.#heldOut = new HeldOut(folder);
    this.#told = join(folder, "told.json");
    this.#teller = new StepTeller(readTold(this.#told));
  }

  async *tell(events: readonly EngineEvent[]): AsyncGenerator<TrainingProgress> {
    for (const event of events) {
      // Rounds that were told are written down.
      if (event.type === "rollouts" && event.step > this.#teller.told) await this.#desk?.tell(event);
      const next = this.#teller.take(event);
      if (next === undefined) continue;
      const { step, tokens, forwardTokens, metrics } = next.step;
      const isLast = step === this.#steps;
      const measured = next.measured === undefined || isLast ? {} : this.#heldOut.metrics(next.measured, "final");
      const counted = { tokens, ...omitUndefined({ forwardTokens }) };
      yield { step, steps: this.#steps, ...counted, metrics: { ...metrics, ...measured } };
      // After the record of it is written: a process that is killed in between tells the step again.
      writeFileSync(this.#told, `${JSON.stringify({ step })}\n`);
    }
  }
}

function readTold(path: string): number {
  if (!existsSync(path)) return 0;
  const value = tryJson(readFileSync(path, "utf8"));
  return typeof value === "object" && value !== null && "step" in value && typeof value.step === "number"
    ? value.step
    : 0;
}

/** @throws PreceptError usage for an objective that TRL lacks or this engine leaves out, with what to do instead; device-missing. */
export function requireTrl(job: TrainingJob): TrlJob {
  if (job.device === "webgpu") {
    throw new PreceptError("device-missing", {
      attempted: "Training with the Python engine",
      found: "device webgpu",
      expected: "cpu, cuda or auto",
      remedy: "leave --device out, or train with the local engine",
    });
  }
  const { objective } = job;
  if (objective !== "ppo" && objective !== "rejection-sampling" && objective !== "token-heads") return job;
  const instead = {
    ppo: "TRL 1.16 has no PPO: train rloo, which has the KL in the reward, too, or ppo with the local engine",
    "rejection-sampling": "precept train best-of-n writes the responses, which train sft takes with --engine python",
    "token-heads": "train with the local engine",
  } as const;
  throw new PreceptError("usage", {
    attempted: `Training ${objective} with the Python engine`,
    found: `the objective ${objective}`,
    expected: "sft, preference-model, dpo, grpo or rloo",
    remedy: instead[objective],
  });
}

/** Ends quietly when the job is done. @throws PreceptError for every other end. */
function throwFor(child: JobProcess, seen: readonly EngineEvent[], job: TrlJob, folder: string): void {
  if (seen.some(({ type }) => type === "done") || (child.end?.code === 0 && seen.length === 0)) return;
  const done = seen.findLast((event) => event.type === "step");
  const step = done?.type === "step" ? done.step : undefined;
  const saved = eventsIn(folder).findLast((event) => event.type === "state");
  const state = saved?.type === "state" ? `the state of step ${saved.step}` : "the beginning: no state was saved yet";
  const attempted = "Training in a Python process";
  const failed = seen.findLast((event) => event.type === "failed");
  if (failed?.type === "failed") throw failure(failed, job, `${state}; ${child.log} has what it printed`);
  if (seen.some(({ type }) => type === "stopped") || job.signal?.aborted === true) {
    const remedy = "give the same command again: training continues from its last saved state";
    const { steps, rollouts } = readJob(folder);
    throw new Interruption(
      "Training",
      `stopped after ${step ?? 0} of ${steps} ${rollouts === undefined ? "steps" : "rounds"}`,
      remedy,
    );
  }
  const { code, signal } = child.end ?? {};
  const words = child.lastWords();
  throw new PreceptError("model-failed", {
    attempted,
    found: `it ended ${signal === null || signal === undefined ? `with exit code ${code}` : `by ${signal}`}${
      step === undefined ? " before its first step" : ` after step ${step}`
    }${words === undefined ? "" : `; its last line: ${words}`}`,
    remedy: `give the same command again: it continues from ${state}${
      signal === "SIGKILL" ? "; where memory ran out, lower --batch first" : ""
    }`,
  });
}

export function failure(
  { code, message }: Extract<EngineEvent, { type: "failed" }>,
  job: TrlJob,
  state: string,
): PreceptError {
  const again = "give the same command again: it continues from";
  const rate = `lower the learning rate (now ${job.learningRate}), or look for extreme values in the data`;
  const kinds = {
    "not-finite": ["not-finite", `${rate}; last was saved ${state}`],
    diverged: ["monitor-tripped", `${rate}; last was saved ${state}`],
    "out-of-memory": ["model-failed", `lower --batch, or train an adapter (--lora 16); ${again} ${state}`],
    "input-invalid": ["input-invalid", undefined],
    storage: ["disk", `free some space or change the folder's permissions, then ${again} ${state}`],
    engine: ["model-failed", `${again} ${state}`],
  } as const;
  const [own, remedy] = kinds[code];
  const memory = code === "out-of-memory" ? `no memory left (${message})` : message;
  return new PreceptError(own, { attempted: "Training in a Python process", found: memory, remedy });
}
