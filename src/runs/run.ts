import { existsSync, readdirSync, rmSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { PreceptError } from "../errors.ts";
import {
  asFileError,
  gitCommit,
  type Lock,
  makeFolder,
  packageVersion,
  removeTemporaries,
  takeLock,
  writeWhole,
} from "../storage/index.ts";
import { dropNotice, type Fleet, refuseStrangers } from "./fleet.ts";
import {
  type Manifest,
  type ManifestInput,
  manifestPath,
  readManifest,
  runFormat,
  type StageEntry,
  versionFault,
} from "./manifest.ts";
import { peakMemoryBytes } from "./memory.ts";
import { type Stage, type StageRecords, stagesAfter } from "./stage.ts";
import { StageWriter } from "./stage-writer.ts";

export interface RunOptions {
  /** What the run is of: "project", "training", "evaluation", "arena" … */
  readonly kind: string;
  readonly manifest: ManifestInput;
  /** The command as typed, for the manifest and for whoever meets the lock. */
  readonly command: string;
  /** Clients that will share it, where some will. */
  readonly shards?: number | undefined;
}

/**
 * A run directory: manifest.json and one folder per stage. One process at a time; whatever moment it dies at, the same command
 * continues. A stage is skipped when it was closed with the same inputs, resumed when it was left open with the same
 * inputs, and done anew when its inputs changed.
 */
export class Run {
  readonly folder: string;
  readonly #lock: Lock;
  #manifest: Manifest;
  #fleet: Fleet | undefined;

  protected constructor(folder: string, manifest: Manifest, lock: Lock) {
    this.folder = folder;
    this.#manifest = manifest;
    this.#lock = lock;
  }

  /** Creates or resumes. @throws PreceptError run-locked, run-invalid, run-version, disk, permission. */
  static async open(folder: string, options: RunOptions): Promise<Run> {
    const path = resolve(folder);
    try {
      makeFolder(path);
    } catch (error) {
      throw asFileError(error, `Making the run folder ${path}`);
    }
    const earlier = readManifest(path);
    if (earlier === undefined) refuseForeignFolder(path);
    else refuseOther(path, earlier, options.kind);
    const lock = takeLock(path, options.command);
    try {
      removeTemporaries(path);
      dropNotice(path);
      await refuseStrangers(path, options.shards);
      const before = readManifest(path);
      const manifest = manifestOf(options, before?.stages ?? {});
      const run = new Run(path, before?.models === undefined ? manifest : { ...manifest, models: before.models }, lock);
      run.#save();
      return run;
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  get manifest(): Manifest {
    return this.#manifest;
  }

  /** Where this process keeps what is its own: a client of a fleet has a folder for that. */
  get ownFolder(): string {
    return this.folder;
  }

  stageFolder(name: string): string {
    return join(this.folder, name);
  }

  /** From now on clients make the batches of the fleet's stages, and this process merges them. */
  lead(fleet: Fleet): void {
    this.#fleet = fleet;
  }

  /** Adds the hash of an input that is known only once the run is open. */
  noteInput(name: string, hash: string): void {
    this.#manifest = { ...this.#manifest, inputs: { ...this.#manifest.inputs, [name]: hash } };
    this.#save();
  }

  /** Says which model plays a role, once that is known; `of` says anew what the run is of. */
  noteModel(role: string, name: string, of?: string): void {
    const { models, ...manifest } = this.#manifest;
    this.#manifest = { ...manifest, of: of ?? manifest.of, models: { ...models, [role]: name } };
    this.#save();
  }

  /** Writes a JSON file beside the manifest, whole or not at all. @throws PreceptError disk, permission. */
  writeJson(name: string, value: unknown): void {
    writeWhole(join(this.folder, name), `${JSON.stringify(value, null, 2)}\n`);
  }

  /** Runs `body` unless the stage was closed with the same inputs. @throws what `body` throws; the stage stays resumable. */
  async stage<R extends StageRecords, T>(
    { name, after, records: schemas }: Stage<R>,
    inputsHash: string,
    body: (stage: StageWriter<R>) => Promise<T>,
  ): Promise<T | "unchanged"> {
    const folder = this.stageFolder(name);
    const earlier = this.#manifest.stages[name];
    if (earlier?.status === "done" && earlier.inputsHash === inputsHash && isWhole(folder, earlier)) {
      new StageWriter(folder, schemas).removePartials();
      return "unchanged";
    }
    const resumed = earlier?.status === "running" && earlier.inputsHash === inputsHash;
    const fleet = this.#fleet?.stages.includes(name) === true ? this.#fleet : undefined;
    const shards = fleet?.share.of ?? (resumed ? earlier.shards : undefined);
    const plain = { status: "running" as const, after: [...after], inputsHash, records: {}, checkpoints: [] };
    const open = shards === undefined ? plain : { ...plain, shards };
    // The manifest forgets the old stage before its files go, so that a kill in between leaves nothing half-valid.
    const before = resumed ? earlier : { seconds: 0, peakMemoryBytes: 0 };
    if (!resumed) this.#outdate(name);
    this.#enter(name, { ...before, ...open });
    if (!resumed) rmSync(folder, { recursive: true, force: true });
    const writer = new StageWriter(folder, schemas, { share: fleet?.share, inputs: inputsHash });
    const started = performance.now();
    const measureCost = () => ({
      seconds: before.seconds + (performance.now() - started) / 1000,
      peakMemoryBytes: Math.max(before.peakMemoryBytes, peakMemoryBytes()),
    });
    try {
      fleet?.start(name, inputsHash);
      const result = await body(writer);
      writer.tidyMetrics();
      this.#enter(name, {
        ...open,
        status: "done",
        records: { ...writer.recordHashes },
        checkpoints: checkpointsIn(folder),
        ...measureCost(),
      });
      writer.release();
      writer.removePartials();
      await fleet?.finish(name);
      return result;
    } catch (error) {
      writer.release();
      this.#noteSpent(name, { ...open, ...measureCost() });
      throw error;
    }
  }

  /** Releases the lock. */
  async close(): Promise<void> {
    if (this.#fleet !== undefined) dropNotice(this.folder);
    this.#lock.release();
  }

  /** A stage done anew puts those after it out of date: they run again even for a command that asks for them alone. */
  #outdate(name: string): void {
    const later = stagesAfter(name, this.#manifest.stages);
    const stages = Object.entries(this.#manifest.stages).filter(([stage]) => !later.has(stage));
    this.#manifest = { ...this.#manifest, stages: Object.fromEntries(stages) };
  }

  #enter(name: string, entry: StageEntry): void {
    this.#manifest = { ...this.#manifest, stages: { ...this.#manifest.stages, [name]: entry } };
    this.#save();
  }

  /** After a failure only the costs are at stake: a disk too full to note them must not hide what happened. */
  #noteSpent(name: string, entry: StageEntry): void {
    try {
      this.#enter(name, entry);
    } catch (error) {
      if (!(error instanceof PreceptError)) throw error;
    }
  }

  #save(): void {
    writeWhole(manifestPath(this.folder), `${JSON.stringify(this.#manifest, null, 2)}\n`);
  }
}

function manifestOf(options: RunOptions, stages: Manifest["stages"]): Manifest {
  return {
    format: runFormat,
    kind: options.kind,
    version: packageVersion,
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    gitCommit: gitCommit(),
    command: options.command,
    ...options.manifest,
    stages,
  };
}

/** Whether every records file and every checkpoint of a closed stage is still there. */
function isWhole(folder: string, { records, checkpoints }: StageEntry): boolean {
  const there = existsSync(folder) ? checkpointsIn(folder) : [];
  return (
    Object.keys(records).every((name) => existsSync(join(folder, `${name}.jsonl`))) &&
    checkpoints.every((name) => there.includes(name))
  );
}

/** Files of which one is in every folder with weights: of a model, of one in parts, of an adapter. */
const weights = ["model.safetensors", "model.safetensors.index.json", "adapter_model.safetensors"];

/** Folders of a stage, at any depth, that hold weights. */
function checkpointsIn(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return files
    .filter((file) => weights.includes(basename(file)))
    .map((file) => dirname(file).replaceAll("\\", "/"))
    .sort();
}

/** @throws PreceptError run-version, run-invalid for a run of another version or kind. */
export function refuseOther(
  folder: string,
  { version, kind }: Pick<Manifest, "version" | "kind">,
  expected: string,
): void {
  if (release(version) !== release(packageVersion)) throw versionFault(folder, version, "a run");
  if (kind !== expected) throw kindFault(folder, kind, expected);
}

/** Versions that share major.minor continue each other's runs. */
function release(version: string): string {
  return version.split(".").slice(0, 2).join(".");
}

function kindFault(folder: string, found: string, expected: string): PreceptError {
  return new PreceptError("run-invalid", {
    attempted: `Opening the run ${folder}`,
    found: `a run of kind ${found}`,
    expected: `a run of kind ${expected}, or a new folder`,
    remedy: "use another --out",
  });
}

/** A folder without a manifest must be empty, but for what a run that died at birth leaves. */
function refuseForeignFolder(folder: string): void {
  const others = readdirSync(folder).filter((name) => !/^(run\.lock|manifest\.json\.tmp$)/.test(name));
  if (others.length === 0) return;
  throw new PreceptError("run-invalid", {
    attempted: `Opening the run ${folder}`,
    found: `no manifest.json, but other files (${others.slice(0, 3).join(", ")}${others.length > 3 ? ", …" : ""})`,
    expected: "an empty folder, a new one, or a run",
    remedy: others.includes("trainer-state")
      ? "use another --out; a training job that precept 0.1 began there, npx precept@0.1.0 continues"
      : "use another --out",
  });
}
