import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { PreceptError } from "../../errors.ts";
import { placeOfProgram, pythonEnvironment, pythonFolder } from "./python-home.ts";

/** How long a process that was asked to stop may take, milliseconds: to end by itself, and after SIGTERM. */
export interface Patience {
  readonly terminateMs: number;
  readonly killMs: number;
}

/** A step may take long, and a state is worth waiting for. */
export const patience: Patience = { terminateMs: 30_000, killMs: 60_000 };

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The command that runs a job folder; the stub of a test is another one. */
export interface JobCommand {
  readonly program: string;
  readonly words: readonly string[];
  /** Variables that it sees beside those of every Python process: keys. */
  readonly keys?: readonly string[] | undefined;
}

/** One attempt at a job in a process of its own. What it prints goes to log-ATTEMPT.txt, for people. */
export class JobProcess {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #log: string;
  readonly #ended: Promise<ProcessEnd>;
  #end: ProcessEnd | undefined;
  #timers: NodeJS.Timeout[] = [];

  private constructor(child: ChildProcess, folder: string, log: string) {
    this.#child = child;
    this.#folder = folder;
    this.#log = log;
    this.#ended = new Promise((end, reject) => {
      child.once("error", (error) => {
        // It never was: there is nothing to stop, either.
        if (child.pid === undefined) this.#end = { code: null, signal: null };
        reject(error);
      });
      child.once("exit", (code, signal) => {
        this.#end = { code, signal };
        for (const timer of this.#timers) clearTimeout(timer);
        end(this.#end);
      });
    });
    // Told by `waitForEnd`, whenever somebody waits for it.
    this.#ended.catch(() => undefined);
  }

  /** @throws PreceptError package-missing where the program cannot be started. */
  static async start(folder: string, attempt: number, { program, words, keys }: JobCommand): Promise<JobProcess> {
    await rm(join(folder, "cancel"), { force: true });
    const log = join(folder, `log-${attempt}.txt`);
    const file = openSync(log, "w");
    try {
      const own = [...words, resolve(folder), "--attempt", String(attempt), "--follow-parent"];
      // Its standard input is open for as long as this process lives: by its end a child knows that it is alone.
      const options = {
        env: pythonEnvironment(process.env, keys),
        cwd: pythonFolder,
        stdio: ["pipe", file, file],
      } satisfies SpawnOptions;
      const child = spawn(placeOfProgram(program), own, options);
      child.stdin?.on("error", () => undefined);
      return new JobProcess(child, folder, log);
    } finally {
      closeSync(file);
    }
  }

  /** How it ended; undefined while it runs. */
  get end(): ProcessEnd | undefined {
    return this.#end;
  }

  /** How it ends. @throws PreceptError package-missing where the program could not be started. */
  async waitForEnd(): Promise<ProcessEnd> {
    try {
      return await this.#ended;
    } catch (cause) {
      throw new PreceptError("package-missing", {
        attempted: "Starting the Python process of a training job",
        found: cause instanceof Error ? cause.message : String(cause),
        remedy: "npx precept python setup, or name a Python in PRECEPT_PYTHON",
        cause,
      });
    }
  }

  /** Asks it to save and end, then more firmly. Once is enough. */
  async cancel({ terminateMs, killMs }: Patience = patience): Promise<void> {
    if (this.#timers.length > 0 || this.#end !== undefined) return;
    this.#timers = [
      setTimeout(() => this.#child.kill("SIGTERM"), terminateMs),
      setTimeout(() => this.#child.kill("SIGKILL"), killMs),
    ];
    await writeFile(join(this.#folder, "cancel"), "");
  }

  /** Gives it a line to read, as it asked for. */
  answer(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** The last line that it printed, for a person who wonders. */
  lastWords(): string | undefined {
    if (!existsSync(this.#log)) return undefined;
    const lines = readFileSync(this.#log, "utf8").split("\n");
    return lines
      .findLast((line) => line.trim() !== "")
      ?.trim()
      .slice(0, 300);
  }

  get log(): string {
    return this.#log;
  }
}
