import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Interruption, PreceptError, throwIfInterrupted } from "../../errors.ts";
import { refuseDialogues } from "../local/encoding.ts";
import { fingerprintOf } from "../local/job-state.ts";
import type { Trainer, TrainingJob, TrainingProgress, TrainingResult } from "../trainer.ts";
import { type EngineEvent, eventsIn } from "./events.ts";
import { CONTRACT, clearJobFolder, type EngineJob, fingerprintIn, writeJob, writeJobFolder } from "./job-folder.ts";
import { JobPlace } from "./job-place.ts";
import { finishedResult, readJob } from "./job-result.ts";
import { openStorage } from "./job-storage.ts";
import { type FixedJob, placesOf, planJob } from "./plan-job.ts";
import { failure, requireTrl, Telling } from "./python-trainer.ts";
import { type RayAccess, type RayJob, RayJobs } from "./ray-http.ts";
import { packJobCode } from "./ray-package.ts";
import { measureRewinds } from "./rewinds.ts";

export interface RayTrainerOptions extends RayAccess {
  /** A folder that the cluster sees under the same path, `s3://BUCKET/FOLDER` or `gs://BUCKET/FOLDER`. */
  readonly storage: string;
  /** Copies of the model that learn together. Default 1. */
  readonly processes?: number | undefined;
  /** Of each process, in Ray's names. Default one CPU; with `device: "cuda"` one GPU. */
  readonly resources?: Readonly<Record<string, number>> | undefined;
  readonly dtype?: EngineJob["model"]["dtype"] | undefined;
  /** Rows that a process reads at once. Default: its share of a step. */
  readonly rowsPerProcess?: number | undefined;
  /** Hears what becomes of the job, a line at a time. */
  readonly tell?: ((text: string) => void) | undefined;
}

/**
 * Milliseconds: between two looks at the events, two at the job, of a stop by itself, of a cluster that nobody reaches, and until
 * a job that runs and says nothing is said to wait.
 */
export interface RayPatience {
  readonly eventsMs: number;
  readonly jobMs: number;
  readonly stopMs: number;
  readonly silenceMs: number;
  readonly roomMs: number;
}

const patience: RayPatience = { eventsMs: 1000, jobMs: 5000, stopMs: 60_000, silenceMs: 300_000, roomMs: 60_000 };

/** What runs a job in the cluster's images: all that a number may depend on is said, and nothing is fetched. */
const variables = {
  PYTHONHASHSEED: "0",
  PYTHONUNBUFFERED: "1",
  HF_HUB_OFFLINE: "1",
  HF_HUB_DISABLE_TELEMETRY: "1",
  TOKENIZERS_PARALLELISM: "false",
  CUBLAS_WORKSPACE_CONFIG: ":4096:8",
} as const;

const again = "give the same command again";

/**
 * Trains by TRL on a Ray cluster: the same job folder as `PythonTrainer`, on storage that both sides reach. A job goes on when this
 * process dies; the same job again finds it, or starts it anew from its last state.
 */
export class RayTrainer implements Trainer {
  readonly objectives = ["sft", "preference-model", "dpo"] as const;
  readonly #options: RayTrainerOptions;
  readonly #patience: RayPatience;

  constructor(options: RayTrainerOptions, own: RayPatience = patience) {
    this.#options = options;
    this.#patience = own;
  }

  /** @throws PreceptError usage for what TRL does not train; input-invalid. */
  async fingerprint(job: TrainingJob): Promise<string> {
    const fixed = requireFixed(job);
    await refuseDialogues(fixed);
    const { dtype, rowsPerProcess, processes, resources } = this.#settings(fixed);
    const computed = {
      own: await fingerprintOf(fixed),
      contract: CONTRACT,
      dtype,
      rowsPerProcess,
      processes,
      resources,
    };
    return createHash("sha256").update(JSON.stringify(computed)).digest("hex");
  }

  async *train(job: TrainingJob): AsyncGenerator<TrainingProgress, TrainingResult> {
    const start = performance.now();
    const fixed = requireFixed(job);
    const fingerprint = await this.fingerprint(fixed);
    const folder = job.output;
    const known = fingerprintIn(folder);
    const finished = known === fingerprint ? await finishedResult(fixed, fingerprint) : undefined;
    if (finished !== undefined) {
      yield* new Telling(folder, undefined).tell(eventsIn(folder));
      return withRewinds(finished, folder);
    }
    const jobs = await RayJobs.open(this.#options);
    const storage = await openStorage(this.#options.storage, this.#options.env);
    if (known !== fingerprint) {
      await clearJobFolder(folder);
      const { resources, ...settings } = this.#settings(fixed);
      const backend = { kind: "ray", resources: { ...resources } } as const;
      await writeJobFolder(folder, await planJob(fixed, folder, fingerprint, { ...settings, backend }));
    }
    // The run may have been moved since, and its models with it.
    else writeJob(folder, { ...readJob(folder), ...(await placesOf(fixed, folder)) });
    const place = new JobPlace(storage, folder, fingerprint);
    yield* this.#follow(fixed, { jobs, place, fingerprint });
    const result = await finishedResult(fixed, fingerprint);
    if (result === undefined) {
      throw new PreceptError("checkpoint-invalid", {
        attempted: `Fetching the checkpoint from ${place.url}`,
        found: "another checkpoint than its result.json speaks of",
        remedy: `delete ${place.url}, then ${again}`,
      });
    }
    return { ...withRewinds(result, folder), seconds: (performance.now() - start) / 1000 };
  }

  #settings(job: FixedJob) {
    const { dtype = "float32", rowsPerProcess, processes = 1 } = this.#options;
    const resources = this.#options.resources ?? (job.device === "cuda" ? { GPU: 1 } : { CPU: 1 });
    return { dtype, rowsPerProcess, processes, resources };
  }

  /** Until the job is done: one that runs is followed, one that was stopped before is started again. */
  async *#follow(job: FixedJob, own: OwnJob): AsyncGenerator<TrainingProgress> {
    const { place } = own;
    const telling = new Telling(job.output, undefined);
    for (;;) {
      yield* telling.tell(await place.copyEvents());
      if (await place.fetchResult()) return;
      const { id, isOurs } = await this.#startOrAttach(job, own);
      const ended = yield* this.#watch(job, own, id, telling);
      if (await place.fetchResult()) return;
      // Somebody had asked the job that was found for an end: not this process, which goes on.
      if (isOurs || job.signal?.aborted === true || !wasStopped(ended)) throw endOf(ended, own, job, id);
    }
  }

  /** The job of an earlier command, where it still runs, else a new attempt. */
  async #startOrAttach(job: FixedJob, { jobs, place, fingerprint }: OwnJob): Promise<Started> {
    // Of the job and of its place: the same job on another storage is somebody else's.
    const own = createHash("sha256").update(`${fingerprint}\u0000${place.url}`).digest("hex").slice(0, 12);
    const isOwn = ({ metadata }: RayJob): boolean =>
      metadata["fingerprint"] === fingerprint && metadata["place"] === place.url;
    for (let attempt = 1; ; attempt++) {
      const id = `precept-${job.objective}-${own}-${attempt}`;
      const found = await jobs.find(id);
      if (found !== undefined) {
        if (!isAlive(found) || !isOwn(found)) continue;
        this.#options.tell?.(`following ${id}, which is ${found.status.toLowerCase()}`);
        return { id, isOurs: false };
      }
      await place.send(job.signal);
      throwIfInterrupted(job.signal, "Training", "stopped before it was submitted", again);
      await place.clearCancel();
      const entrypoint = "python -m precept_job job.json";
      const metadata = { fingerprint, place: place.url, objective: job.objective, contract: String(CONTRACT) };
      const told = { ...variables, PRECEPT_JOB: place.url };
      const isNew = await jobs.submit({ id, entrypoint, package: packJobCode(), variables: told, metadata });
      // Another client was first: its job is found at the next look.
      if (!isNew) {
        attempt -= 1;
        continue;
      }
      this.#options.tell?.(`submitted ${id}: ${jobs.logsOf(id)}`);
      return { id, isOurs: true };
    }
  }

  /** Tells the steps of a job until it ends. */
  async *#watch(
    job: FixedJob,
    { jobs, place }: OwnJob,
    id: string,
    telling: Telling,
  ): AsyncGenerator<TrainingProgress, End> {
    const { eventsMs, jobMs, stopMs, silenceMs, roomMs } = this.#patience;
    const seen: EngineEvent[] = [];
    let [asked, heard, isStopping, isOver] = [0, Date.now(), false, false];
    let cancelled: number | undefined;
    let isLeft = true;
    let running: number | undefined;
    let reached = Date.now();
    try {
      for (;;) {
        let end: RayJob | undefined;
        if (Date.now() - asked >= jobMs) {
          asked = Date.now();
          try {
            end = await jobs.find(id);
            isOver = end === undefined || !isAlive(end);
            heard = asked;
            if (end?.status === "RUNNING" && !seen.some(({ type }) => type === "hello")) {
              running ??= asked;
              if (asked - running >= roomMs) {
                const { processes, resources } = this.#settings(job);
                const each = Object.entries(resources).map(([name, count]) => `${name} ${count}`);
                this.#options.tell?.(
                  `${id} runs, and its processes have not begun: they may wait for room, ${processes} × ${each.join(", ")}`,
                );
                running = Number.POSITIVE_INFINITY;
              }
            }
          } catch (error) {
            // The head may be busy or on its way back; the job needs it less than we do.
            if (!isAway(error) || Date.now() - heard > silenceMs) throw error;
          }
        }
        const fresh = await place.copyEvents().catch((error: unknown) => {
          if (isOver || !isAway(error) || Date.now() - reached > silenceMs) throw error;
          return undefined;
        });
        if (fresh === undefined) {
          await sleep(eventsMs);
          continue;
        }
        reached = Date.now();
        seen.push(...fresh);
        yield* telling.tell(fresh);
        if (isOver) return { end, seen };
        // What comes after that is the cluster's putting away.
        if (fresh.some(({ type }) => type === "done" || type === "stopped")) asked = 0;
        if (job.signal?.aborted === true) {
          if (cancelled === undefined) await place.cancel();
          else if (!isStopping && Date.now() - cancelled > stopMs) {
            isStopping = true;
            await jobs.stop(id);
          }
          cancelled ??= Date.now();
        }
        await sleep(eventsMs);
      }
    } catch (error) {
      // The job goes on: the next command finds it.
      isLeft = false;
      throw error;
    } finally {
      // Whoever no longer listens has stopped: the state is saved all the same.
      if (isLeft && !isOver && cancelled === undefined) await place.cancel();
    }
  }
}

/** How a job ended, undefined where the cluster has forgotten it, and what it said. */
interface End {
  readonly end: RayJob | undefined;
  readonly seen: readonly EngineEvent[];
}

/** @throws PreceptError usage for what this trainer does not train; device-missing. */
function requireFixed(job: TrainingJob): FixedJob {
  const { objective } = job;
  if (objective !== "sft" && objective !== "preference-model" && objective !== "dpo") {
    throw new PreceptError("usage", {
      attempted: `Training ${objective} on Ray`,
      found: `the objective ${objective}`,
      expected: "sft, preference-model or dpo",
      remedy: `the ${objective === "grpo" || objective === "rloo" ? "python" : "local"} engine trains it on this machine; on a cluster, dpo on the comparisons`,
    });
  }
  requireTrl(job);
  return job;
}

const isAway = (error: unknown): boolean => error instanceof PreceptError && error.code === "endpoint-down";

const isAlive = ({ status }: RayJob): boolean => status === "RUNNING" || status === "PENDING";

const wasStopped = ({ end, seen }: End): boolean =>
  end?.status === "STOPPED" || seen.some(({ type }) => type === "stopped");

interface OwnJob {
  readonly jobs: RayJobs;
  readonly place: JobPlace;
  readonly fingerprint: string;
}

interface Started {
  readonly id: string;
  /** Whether this process submitted it. */
  readonly isOurs: boolean;
}

const withRewinds = (result: TrainingResult, folder: string): TrainingResult => ({
  ...result,
  metrics: { ...result.metrics, ...measureRewinds(eventsIn(folder)) },
});

/** Why a job ended without a result. */
function endOf({ end, seen }: End, { place, jobs }: OwnJob, job: FixedJob, id: string): PreceptError {
  const saved = eventsIn(job.output).findLast((event) => event.type === "state");
  const state = saved?.type === "state" ? `the state of step ${saved.step}` : "the beginning: no state was saved yet";
  const attempted = "Training on Ray";
  // What failed in a try that Ray repeated is over.
  const last = seen.slice(seen.findLastIndex(({ type }) => type === "hello" || type === "stopped") + 1);
  const failed = last.findLast((event) => event.type === "failed");
  if (failed?.type === "failed") {
    const { code, details } = failure(failed, job, `${state}; ${jobs.logsOf(id)} has what it printed`);
    return new PreceptError(code, { ...details, attempted });
  }
  const step = seen.findLast((event) => event.type === "step");
  const done = step?.type === "step" ? step.step : 0;
  if (job.signal?.aborted === true || wasStopped({ end, seen })) {
    const remedy = `${again}: training continues from ${state}`;
    return new Interruption("Training", `stopped after ${done} of ${readJob(job.output).steps} steps`, remedy);
  }
  if (end === undefined) {
    return new PreceptError("upstream-failed", {
      attempted,
      found: `the cluster no longer knows ${id}: its head was started anew`,
      remedy: `${again}: training continues from ${state}, which lies in ${place.url}`,
    });
  }
  return new PreceptError("model-failed", {
    attempted,
    found: `${id} ended as ${end.status} ${done === 0 ? "before its first step" : `after step ${done}`}${
      end.message === undefined ? "" : `: ${end.message}`
    }`,
    remedy: `${again}: it continues from ${state}; ${jobs.logsOf(id)} has what it printed`,
  });
}
