import { PreceptError } from "../../errors.ts";
import type { Progress } from "../../progress/index.ts";
import { clientName, type Fleet, isClientAt, type Run, storedBytes, writeNotice } from "../../runs/index.ts";
import type { Budget, Spending } from "../../spending/index.ts";
import type { ClientEnd, ClientProcess, StartClient } from "./clients.ts";

/** How often what the clients spent is looked at. */
const LOOK_MS = 1000;
/** Times that a client which was killed before it had stored anything more is started again. */
const RESTARTS = 3;
/** How long clients that were asked to stop may take: to end by themselves, and after SIGTERM. */
const patience = { terminateMs: 30_000, killMs: 60_000 };

export interface FleetOptions {
  /** Number of clients. */
  readonly shards: number;
  readonly start: StartClient;
  readonly patience?: typeof patience;
}

interface Led extends FleetOptions {
  readonly run: Run;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly spending: Spending;
  /** What clients are told besides. */
  readonly inputs: unknown;
}

/** Stages that clients share: those that ask models about prompts. */
const sharedStages = ["sl-cai", "ai-feedback"] as const;

/** Client processes, started when the first shared stage opens, and ended with the run. */
export class FleetLead {
  readonly fleet: Fleet;
  readonly #led: Led;
  readonly #running = new Set<ClientProcess>();
  readonly #said = new Set<string>();
  readonly #budgets = new Map<number, Budget>();
  /** Clients that somebody else started: left to them while they live, started here once they are gone. */
  readonly #elsewhere = new Set<number>();
  #failure: unknown;
  #isStarted = false;
  /** Whether a client has spent its part of the budget. */
  #isSpent = false;
  #isEnding = false;
  /** Of each client that was killed: how often, since it stored what it had stored then. */
  readonly #killed = new Map<number, { readonly times: number; readonly stored: string }>();
  #stage = "";
  #clock: NodeJS.Timeout | undefined;

  constructor(led: Led) {
    this.#led = led;
    const { shards, signal } = led;
    this.fleet = {
      share: { client: "merge", of: shards, signal, refuseAlone: () => this.#refuseFailed() },
      stages: sharedStages,
      start: (stage, inputsHash) => this.#start(stage, inputsHash),
      // What the clients spent is known to the last cent before anybody writes it down.
      finish: async (stage) => {
        if (stage === sharedStages.at(-1)) await this.end();
      },
    };
    led.run.lead(this.fleet);
    signal.addEventListener("abort", () => this.#stopAll(), { once: true });
  }

  /** What the clients have sent and got so far. */
  get tokens(): number {
    this.#led.spending.refresh();
    return this.#led.spending.tokens;
  }

  /** Ends all clients at their next safe place, and waits for that. */
  async end(): Promise<void> {
    this.#isEnding = true;
    this.#stopAll();
    const { terminateMs, killMs } = this.#led.patience ?? patience;
    const killAll = (signal: "SIGTERM" | "SIGKILL") => () => {
      for (const client of this.#running) client.kill(signal);
    };
    const timers = [setTimeout(killAll("SIGTERM"), terminateMs), setTimeout(killAll("SIGKILL"), killMs)];
    await Promise.all([...this.#running].map(({ ended }) => ended));
    for (const timer of timers) clearTimeout(timer);
    clearInterval(this.#clock);
    this.#led.spending.refresh();
  }

  #start(stage: string, inputsHash: string): void {
    const { run, shards, inputs, spending } = this.#led;
    this.#stage = stage;
    writeNotice(run.folder, { shards, open: { stage, inputsHash }, inputs });
    if (this.#isStarted) return;
    this.#isStarted = true;
    // Budgets are dealt before anybody spends.
    for (let client = 1; client <= shards; client++) {
      const budget = spending.shareFor({ client, name: clientName(client, shards) }, shards);
      if (budget.maxCost === 0) throw spending.limitError();
      this.#budgets.set(client, budget);
    }
    for (const client of this.#budgets.keys()) {
      if (isClientAt(run.folder, client, shards)) this.#leaveTo(client);
      else this.#run(client);
    }
    this.#watch();
  }

  /** Somebody else has started it. */
  #leaveTo(client: number): void {
    this.#led.progress.message(`${"".padEnd(16)} client ${client} of ${this.#led.shards} is at work already`);
    this.#elsewhere.add(client);
  }

  #run(client: number): void {
    const { shards, start } = this.#led;
    const own = start({ client, of: shards, budget: this.#budgets.get(client) ?? {} }, (text) => this.#say(text));
    this.#running.add(own);
    void own.ended.then((end) => {
      this.#running.delete(own);
      this.#note(client, end);
    });
  }

  #note(client: number, end: ClientEnd): void {
    const { shards, progress, run, signal } = this.#led;
    if (end.kind === "done" || this.#isEnding || signal.aborted) return;
    if (end.kind === "killed" && this.#countKill(client) <= RESTARTS) {
      progress.message(`warning      client ${client} of ${shards} ended (${end.how}); it is started again`);
      this.#run(client);
      return;
    }
    if (end.kind === "failed" && end.error.code === "run-locked") this.#leaveTo(client);
    else if (end.kind === "failed" && (end.error.code === "budget-reached" || this.#isSpent)) this.#noteSpent();
    else {
      this.#failure ??= end.kind === "killed" ? killedOften(run.folder, end.how) : end.error;
      this.#stopAll();
    }
  }

  /** What a client has stored since shows that it goes on: kills before that are forgotten. */
  #countKill(client: number): number {
    const { run, shards } = this.#led;
    const stored = `${this.#stage} ${storedBytes(run.stageFolder(this.#stage), clientName(client, shards))}`;
    const before = this.#killed.get(client);
    const times = before?.stored === stored ? before.times + 1 : 1;
    this.#killed.set(client, { times, stored });
    return times;
  }

  /** One client has spent its part: the others spend theirs. */
  #noteSpent(): void {
    this.#isSpent = true;
    for (const client of this.#running) client.leaveAlone();
    if (this.#running.size > 0) return;
    this.#led.spending.refresh();
    this.#failure ??= this.#led.spending.limitError();
  }

  /** Every client warns of the same things, with numbers of its own. */
  #say(text: string): void {
    const kind = text.replace(/\d+/g, "#");
    if (this.#said.has(kind)) return;
    this.#said.add(kind);
    this.#led.progress.message(text);
  }

  /** Calls, tokens and dollars of all clients, for the progress line; and clients whose starter is gone. */
  #watch(): void {
    const { spending, progress, run, shards } = this.#led;
    const look = () => {
      spending.refresh();
      return { calls: spending.calls, tokens: spending.tokens, dollars: spending.cost ?? 0 };
    };
    let before = look();
    this.#clock = setInterval(() => {
      const now = look();
      const [calls, tokens] = [now.calls - before.calls, now.tokens - before.tokens];
      progress.advance(0, { calls, tokens, dollars: now.dollars - before.dollars });
      before = now;
      for (const client of this.#isEnding ? [] : this.#elsewhere) {
        if (isClientAt(run.folder, client, shards)) continue;
        this.#elsewhere.delete(client);
        this.#run(client);
      }
    }, LOOK_MS).unref();
  }

  #stopAll(): void {
    for (const client of this.#running) client.stop();
  }

  #refuseFailed(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}

function killedOften(folder: string, how: string): PreceptError {
  return new PreceptError("model-failed", {
    attempted: `Sharing the run ${folder}`,
    found: `a client ended ${RESTARTS + 1} times with nothing stored in between (${how})`,
    expected: "clients that go on",
    remedy: "fewer --shards, where memory is short; the same command continues, and nothing that was answered is lost",
  });
}
