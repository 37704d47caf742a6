import { randomInt } from "node:crypto";
import { PreceptError } from "../../errors.ts";
import { rng } from "../../rng.ts";
import { type Appended, EventLog, type LogStore, type NewEvent, openEvent, type StoredEvent } from "../store/index.ts";
import type { Analyst, HeadedResult } from "./analyst.ts";
import type { Configuration } from "./configuration.ts";
import { Live } from "./live.ts";
import { LogReader } from "./log-reader.ts";
import { Offers } from "./offers.ts";
import { Needs, Places } from "./packed.ts";
import { ShownMark } from "./shown-mark.ts";
import { ConversationState } from "./state.ts";
import type { Tokens } from "./tokens.ts";

export interface SiteParts {
  readonly store: LogStore;
  readonly analyst: Analyst;
  readonly tokens: Tokens;
  readonly configuration: Configuration;
  /** Of the conversation: its drafts and its constitution stand in it. */
  readonly folder: string;
  /** Uniform in [0, 1). Default: from a seed that nobody knows. */
  readonly random?: (() => number) | undefined;
  /** Told of failures that are the site's own. */
  readonly onFailure: (error: unknown) => void;
}

/** The result that everybody sees, as JSON in `published`; the rest is of the latest one. */
export interface ShownResult extends Omit<HeadedResult, "places" | "needs"> {
  readonly places: Places;
  readonly needs: Needs;
}

/** A conversation that is open: its log, what the log says, and who hears of it. */
export class Site {
  readonly configuration: Configuration;
  readonly folder: string;
  readonly tokens: Tokens;
  readonly offers: Offers;
  readonly live = new Live();
  readonly onFailure: (error: unknown) => void;
  state = new ConversationState();
  result: ShownResult | undefined;
  readonly #log: EventLog;
  readonly #analyst: Analyst;
  /** Number of everybody's latest vote: a result that moves by fewer people than a cell holds would tell how they voted. */
  readonly #voted = new Map<string, number>();
  readonly #shown = new ShownMark();
  #isStarted = false;
  #reading = Promise.resolve();

  constructor({
    store,
    analyst,
    tokens,
    configuration,
    folder,
    random = rng(randomInt(2 ** 47), "routing").next,
    onFailure,
  }: SiteParts) {
    this.#log = new EventLog(store, (line) => this.#hear(line));
    this.#analyst = analyst;
    this.tokens = tokens;
    this.configuration = configuration;
    this.folder = folder;
    this.onFailure = onFailure;
    this.offers = new Offers(configuration, random);
  }

  /** Reads the log, then computes the first result. */
  async start(): Promise<void> {
    await this.#log.catchUp();
    await this.#reading;
    this.#isStarted = true;
    // The result that was shown last: one of this moment might differ from it by one person's votes.
    const last = this.#shown.upTo;
    if (this.state.voteCount > 0) this.#want(last === 0 ? this.#log.seen : last);
  }

  /** Resolves once the events are on disk and everything here knows of them. */
  async write(events: readonly NewEvent[], erase: readonly number[] = []): Promise<readonly Appended[]> {
    const appended = await this.#log.append(events, erase);
    if (erase.length > 0) await this.#reading;
    return appended;
  }

  /** Writes what may be lost with the machine, as a statement that was shown but not yet answered. */
  note(event: NewEvent["event"]): void {
    this.#log.append([{ event }]).catch(this.onFailure);
  }

  /** Numbers of the lines that hold somebody's events. */
  async linesOf(isTheirs: (event: NewEvent["event"]) => boolean): Promise<number[]> {
    const found: number[] = [];
    for (let last = 0; ; ) {
      const lines = await this.#log.store.read(last, 5000);
      for (const line of lines) {
        const event = openEvent(line);
        if (event !== undefined && isTheirs(event)) found.push(line.seq);
      }
      if (lines.length < 5000) return found;
      last = lines.at(-1)?.seq ?? last;
    }
  }

  /** Hears what other machines wrote. */
  async catchUp(): Promise<void> {
    await this.#log.catchUp();
  }

  /**
   * Takes a result over. What everybody sees moves on once enough people voted since; routing, and everybody's own place, at once.
   * The log keeps what was published.
   */
  async publish(result: HeadedResult): Promise<void> {
    const { upTo, head, hash, published, flagged, withoutFlagged } = result;
    // Of before a deletion: the next one is wanted already.
    if (!this.#shown.isWhole(upTo)) return;
    const own = { flagged, withoutFlagged, places: new Places(result.places), needs: new Needs(result.needs) };
    const shown = this.result;
    if (shown !== undefined && !this.#mayMove(shown, upTo)) {
      this.result = { ...shown, ...own };
      this.live.tell({ kind: "places" });
      return;
    }
    if (hash !== shown?.hash) {
      const event = { kind: "published", at: this.now(), upTo, head, result: hash } as const;
      await this.#log.append([{ event }]);
    }
    this.result = { upTo, head, hash, published, ...own };
    this.live.tell({ kind: "published", upTo });
  }

  #want(upTo: number): void {
    if (this.#isStarted) this.#analyst.want(upTo);
  }

  #mayMove(shown: ShownResult, upTo: number): boolean {
    if (this.state.phase !== "voting" || !this.#shown.isWhole(shown.upTo)) return true;
    const moved = [...this.#voted.values()].filter((seq) => seq > shown.upTo && seq <= upTo).length;
    return moved >= this.configuration.smallestCell;
  }

  /** Whole seconds: finer times tell who sat beside whom. */
  now(): number {
    return Math.floor(Date.now() / 1000) * 1000;
  }

  async close(): Promise<void> {
    await this.#analyst.close();
    await this.#log.close();
  }

  #hear(line: StoredEvent): void {
    const event = openEvent(line);
    if (event === undefined) {
      if (line.body !== null) this.onFailure(refuseLine(line.seq));
      return;
    }
    this.state.apply(event);
    this.#shown.hear(event, line.seq);
    if (event.kind === "vote") {
      this.#voted.set(event.participant, line.seq);
      this.#want(line.seq);
    } else if (event.kind === "deletion") {
      this.#reading = this.#reading.then(() => this.#readAnew());
    } else if (event.kind === "phase" || event.kind === "drafts") {
      this.#want(line.seq);
      this.live.tell({ kind: "phase" });
    } else if (event.kind === "moderation" || event.kind === "statement") this.live.tell({ kind: "statements" });
  }

  /** What was erased is gone from the log, not from what was computed of it. */
  async #readAnew(): Promise<void> {
    for (;;) {
      const reader = new LogReader(this.#log.store);
      const { seen } = this.#log;
      await reader.readTo(seen);
      if (seen !== this.#log.seen) continue;
      this.state = reader.state;
      this.result = undefined;
      this.#voted.clear();
      break;
    }
    this.#want(this.#log.seen);
  }
}

function refuseLine(seq: number): PreceptError {
  return new PreceptError("run-invalid", {
    attempted: `Reading event ${seq} of the log`,
    found: "no event of a conversation",
    remedy: "precept collective verify FOLDER says what is wrong with the log",
  });
}
