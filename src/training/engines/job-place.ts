import { createHash } from "node:crypto";
import { appendFileSync, createReadStream, existsSync, readdirSync, statSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { PreceptError, throwIfInterrupted } from "../../errors.ts";
import { tryJson } from "../../storage/index.ts";
import { type EngineEvent, EventTail, eventsFile } from "./events.ts";
import { type EngineJob, readResult } from "./job-folder.ts";
import { readJob } from "./job-result.ts";
import type { JobStorage } from "./storage.ts";

/** What of a checkpoint's folder goes to a cluster. */
const modelFile = /\.(json|safetensors|jinja|model)$/;

/** Whoever may write to the storage names its files: none leads out of the folder. @throws PreceptError run-invalid. */
function refuseOutside(name: string, place: string): void {
  if (!name.includes("\\") && name.split("/").every((part) => part !== "" && part !== "." && part !== "..")) return;
  throw new PreceptError("run-invalid", {
    attempted: `Fetching the checkpoint from ${place}`,
    found: `a file named ${JSON.stringify(name)}`,
    expected: "names that stay in their folder",
    remedy: `look who else writes there; delete ${place}, then give the same command again`,
  });
}

/** A job's folder on the storage, and its copy here: TypeScript reads the copy alone. */
export class JobPlace {
  readonly #storage: JobStorage;
  readonly #folder: string;
  readonly #name: string;
  readonly #fingerprint: string;
  /** Files of events, the earliest first; all but the last are whole. */
  readonly #tails = new Map<number, EventTail>();
  /** Read and not handed on yet: what came before a fault of the storage. */
  readonly #said: EngineEvent[] = [];

  constructor(storage: JobStorage, folder: string, fingerprint: string) {
    this.#storage = storage;
    this.#folder = folder;
    this.#fingerprint = fingerprint;
    this.#name = `jobs/${fingerprint.slice(0, 16)}`;
  }

  get url(): string {
    return `${this.#storage.url}/${this.#name}`;
  }

  /** Sends what the job needs and is not there yet, job.json last. @throws Interruption between two files. */
  async send(signal?: AbortSignal): Promise<void> {
    if (await this.#isThere("job.json")) return;
    const job = readJob(this.#folder);
    const own = ["plan.jsonl", "rows.jsonl", "held-out.jsonl"].filter((name) => existsSync(join(this.#folder, name)));
    for (const name of own) await this.#send(join(this.#folder, name), `${this.#name}/${name}`, signal);
    const adapter = join(this.#folder, "initial-adapter");
    if (existsSync(adapter))
      for (const name of readdirSync(adapter))
        await this.#send(join(adapter, name), `${this.#name}/initial-adapter/${name}`, signal);
    const sent: EngineJob = { ...job, initial: await this.#sendModel(job.initial, signal) };
    if (job.reference !== undefined) Object.assign(sent, { reference: await this.#sendModel(job.reference, signal) });
    await this.#storage.write(`${this.#name}/job.json`, `${JSON.stringify(sent, null, 1)}\n`);
  }

  async #send(file: string, name: string, signal: AbortSignal | undefined): Promise<void> {
    throwIfInterrupted(signal, "Training", "stopped before it was submitted", "give the same command again");
    await this.#storage.send(file, name);
  }

  /** A model's place as it is seen from the job's: under the hash of its files, sent once for all jobs. */
  async #sendModel(place: string, signal: AbortSignal | undefined): Promise<string> {
    const folder = resolve(this.#folder, place);
    const shared = relative(this.#storage.url, folder).replaceAll("\\", "/");
    // It lies where the cluster sees it.
    if (!this.#storage.url.includes("://") && !shared.startsWith("..")) return `../../${shared}`;
    const files = readdirSync(folder)
      .filter((name) => modelFile.test(name))
      .sort();
    const hash = createHash("sha256");
    for (const name of files) {
      hash.update(`${name}\u0000${statSync(join(folder, name)).size}\u0000`);
      for await (const chunk of createReadStream(join(folder, name), { highWaterMark: 2 ** 20 })) hash.update(chunk);
    }
    const target = `models/${hash.digest("hex").slice(0, 16)}`;
    if ((await this.#storage.read(`${target}/whole`)) === undefined) {
      for (const name of files) await this.#send(join(folder, name), `${target}/${name}`, signal);
      await this.#storage.write(`${target}/whole`, `${basename(folder)}\n`);
    }
    return `../../${target}`;
  }

  /** What was said since the last call; at the first, all of it. */
  async copyEvents(): Promise<EngineEvent[]> {
    const names = await this.#storage.list(`${this.#name}/events-`);
    const numbers = names.map((name) => Number(/\/events-(\d+)\.jsonl$/.exec(name)?.[1] ?? 0)).filter((n) => n > 0);
    for (const number of numbers.sort((a, b) => a - b)) {
      const known = this.#tails.get(number);
      if (known !== undefined && number < Math.max(...this.#tails.keys())) continue;
      const path = eventsFile(this.#folder, number);
      const fresh = await this.#storage.read(
        `${this.#name}/${basename(path)}`,
        existsSync(path) ? statSync(path).size : 0,
      );
      if (fresh !== undefined && fresh.length > 0) appendFileSync(path, fresh);
      const tail = known ?? new EventTail(path);
      this.#tails.set(number, tail);
      this.#said.push(...tail.read());
    }
    return this.#said.splice(0);
  }

  /** Fetches the checkpoints and the result, where the job is done; whether it is. */
  async fetchResult(): Promise<boolean> {
    if (!(await this.#isThere("result.json"))) return false;
    const files = await this.#storage.tree(this.#name);
    const folders = new Set(files.map((name) => name.slice(this.#name.length + 1).split("/")[0] ?? ""));
    for (const folder of folders) {
      if (!/^checkpoint(-\d+)?$/.test(folder)) continue;
      const [target, writing] = [join(this.#folder, folder), join(this.#folder, `${folder}.writing`)];
      await rm(writing, { recursive: true, force: true });
      const prefix = `${this.#name}/${folder}/`;
      for (const name of files.filter((one) => one.startsWith(prefix))) {
        refuseOutside(name, this.url);
        await this.#storage.fetch(name, join(writing, name.slice(prefix.length)));
      }
      await rm(target, { recursive: true, force: true });
      await rename(writing, target);
    }
    await this.#storage.fetch(`${this.#name}/result.json`, join(this.#folder, "result.json"));
    return readResult(this.#folder) !== undefined;
  }

  /** Asks for a state and an end. */
  cancel = (): Promise<void> => this.#storage.write(`${this.#name}/cancel`, "\n");

  clearCancel = (): Promise<void> => this.#storage.remove(`${this.#name}/cancel`);

  async #isThere(name: string): Promise<boolean> {
    const text = (await this.#storage.read(`${this.#name}/${name}`))?.toString("utf8");
    const value = text === undefined ? undefined : tryJson(text);
    return typeof value === "object" && value !== null && "fingerprint" in value
      ? value.fingerprint === this.#fingerprint
      : false;
  }
}
