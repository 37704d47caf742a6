import { resolve } from "node:path";
import { PreceptError } from "../errors.ts";
import { isLocked, type Lock, makeFolder, takeLock } from "../storage/index.ts";
import { type FleetNotice, readNotice, shardFolder } from "./fleet.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import { Run, type RunOptions, refuseOther } from "./run.ts";
import { HandedOver, type Share, waitFor } from "./share.ts";
import type { Stage, StageRecords } from "./stage.ts";
import { StageWriter } from "./stage-writer.ts";

/** How often a client that waits asks whether somebody merges. */
const ASK_MS = 1000;

/** A client's part in a run: which of how many. */
export interface ClientShare extends Share {
  readonly client: number;
}

export interface JoinOptions {
  /** Told once where there is nothing to do yet, and each time that the process that merges is gone. */
  readonly onWait?: (what: string) => void;
}

/**
 * The run of another process, joined by one of its clients: it appends the batches of its share to files of its own and writes nothing
 * else of the run. A stage ends here when the other process has closed it.
 */
export class ClientRun extends Run {
  /** What the process that merges has told. */
  readonly notice: FleetNotice;
  readonly #share: ClientShare;
  readonly #onWait: (what: string) => void;
  #askedAt = 0;
  /** Whether it was said that nobody merges. */
  #isSaid = false;

  private constructor(
    folder: string,
    manifest: Manifest,
    lock: Lock,
    joined: { notice: FleetNotice; share: ClientShare; onWait: (what: string) => void },
  ) {
    super(folder, manifest, lock);
    this.notice = joined.notice;
    this.#onWait = joined.onWait;
    const { refuseAlone } = joined.share;
    const look = (): void => {
      refuseAlone?.();
      this.#noteAlone();
    };
    this.#share = { ...joined.share, refuseAlone: look };
  }

  /**
   * Joins a run once it has begun. @throws PreceptError run-locked where this client is at work already; usage for another number of
   * clients; run-invalid, run-version, Interruption.
   */
  static async join(
    folder: string,
    options: Pick<RunOptions, "kind" | "command">,
    share: ClientShare,
    { onWait = () => undefined }: JoinOptions = {},
  ): Promise<ClientRun> {
    const path = resolve(folder);
    if (readNotice(path) === undefined) onWait(`the run ${folder} to begin: precept run --shards ${share.of}`);
    const notice = await waitFor(() => (isLocked(path) ? readNotice(path) : undefined), share);
    if (notice.shards !== share.of) throw otherNumber(folder, notice.shards, share);
    const manifest = readManifest(path);
    if (manifest === undefined) throw new RangeError(`${path} has a fleet and no manifest`);
    refuseOther(path, manifest, options.kind);
    const own = shardFolder(path, share.client, share.of);
    makeFolder(own);
    const lock = takeLock(own, options.command);
    return new ClientRun(path, manifest, lock, { notice, share, onWait });
  }

  /** As it stands on disk: the process that merges writes it. */
  override get manifest(): Manifest {
    return readManifest(this.folder) ?? super.manifest;
  }

  override get ownFolder(): string {
    return shardFolder(this.folder, this.#share.client, this.#share.of);
  }

  override noteInput(): void {
    // The process that merges notes what the run is made of.
  }

  override noteModel(): void {
    // … and of which models.
  }

  override writeJson(): void {
    // … and every file beside the records.
  }

  /** Makes this client's batches, and waits until the stage is closed. @throws what `body` throws; usage where the inputs differ. */
  override async stage<R extends StageRecords, T>(
    { name, records: schemas }: Stage<R>,
    inputsHash: string,
    body: (stage: StageWriter<R>) => Promise<T>,
  ): Promise<T | "unchanged"> {
    const begun = await waitFor(() => this.#look(name, inputsHash), this.#share);
    if (begun === "done") return "unchanged";
    const writer = new StageWriter(this.stageFolder(name), schemas, { share: this.#share, inputs: inputsHash });
    try {
      await body(writer);
    } catch (error) {
      if (!(error instanceof HandedOver)) throw error;
    } finally {
      writer.release();
    }
    await waitFor(() => this.#look(name, inputsHash) === "done" || undefined, this.#share);
    return "unchanged";
  }

  /** While it waits for others: where nobody merges any more, a person has to start that. */
  #noteAlone(): void {
    if (performance.now() - this.#askedAt < ASK_MS) return;
    this.#askedAt = performance.now();
    const isAlone = !isLocked(this.folder);
    if (isAlone && !this.#isSaid) {
      this.#onWait(`the run ${this.folder} to go on: precept run --shards ${this.#share.of} --out ${this.folder}`);
    }
    this.#isSaid = isAlone;
  }

  #look(name: string, inputsHash: string): "open" | "done" | undefined {
    const entry = this.manifest.stages[name];
    if (entry?.status === "done" && entry.inputsHash === inputsHash) return "done";
    const open = readNotice(this.folder)?.open;
    if (open?.stage !== name) return undefined;
    if (open.inputsHash === inputsHash) return "open";
    throw new PreceptError("usage", {
      attempted: `Joining the stage ${name} of ${this.folder}`,
      found: "another constitution, other settings, models or prompts here than there",
      expected: "the configuration that the run was begun with",
      remedy: "copy the project's files from the machine that merges",
    });
  }
}

function otherNumber(folder: string, there: number, { client, of }: ClientShare): PreceptError {
  return new PreceptError("usage", {
    attempted: `Joining the run ${folder}`,
    found: `--shard ${client}/${of}, while the run is shared by ${there}`,
    expected: "the same number of clients everywhere: it says which prompts are whose",
    remedy: `precept run --shard ${Math.min(client, there)}/${there}`,
  });
}
