import type { CheckSession, Finding } from "./check.ts";
import type { Decision } from "./decide.ts";

/** Text that may leave: the model's own, or the guard's in place of `length` characters of it. */
export interface Piece {
  readonly text: string;
  readonly length: number;
  readonly isOwn: boolean;
}

/** Where a text may not go on, and why. */
export interface Stop {
  readonly action: "block" | "revise" | "route";
  readonly at: number;
  readonly findings: readonly Finding[];
}

export interface HoldOptions {
  /** "wait": not before the text ends. */
  readonly decide: (finding: Finding, text: string, isEnd: boolean) => Decision | "wait" | Promise<Decision | "wait">;
  /** What stands in place of this text, which a finding masks. */
  readonly mask: (finding: Finding, text: string) => string;
  /** The text begins with this, which was delivered before: it is checked as the start of the text, and not given out. */
  readonly prefill?: string | undefined;
}

/**
 * The hold-back. Text goes in as it comes, and comes out once every check has settled it; findings are acted on in the order
 * in which they stand in the text, and only where all checks have settled. So the same text gives the same pieces and the same stop,
 * however it was cut.
 */
export class HeldText {
  /** All findings that stand in settled text, in order. */
  readonly findings: Finding[] = [];
  stop: Stop | undefined;
  readonly #sessions: readonly CheckSession[];
  readonly #options: HoldOptions;
  #pending: Finding[] = [];
  #text = "";
  #released: number;
  #settled = 0;
  #isReady = false;

  constructor(sessions: readonly CheckSession[], options: HoldOptions) {
    this.#sessions = sessions;
    this.#options = options;
    this.#released = options.prefill?.length ?? 0;
  }

  /** The whole text so far. */
  get text(): string {
    return this.#text;
  }

  /** Characters that every check has settled. */
  get settled(): number {
    return this.#settled;
  }

  /** What may leave now. */
  async push(text: string): Promise<Piece[]> {
    if (!this.#isReady) {
      this.#isReady = true;
      const { prefill = "" } = this.#options;
      if (prefill !== "") await this.#read(prefill);
    }
    await this.#read(text);
    return this.#release(false);
  }

  /** What may leave at the end. */
  async end(): Promise<Piece[]> {
    await this.push("");
    for (const session of this.#sessions) this.#pending.push(...(await session.end()));
    return this.#release(true);
  }

  async #read(text: string): Promise<void> {
    this.#text += text;
    for (const session of this.#sessions) {
      const found = session.push(text);
      this.#pending.push(...(found instanceof Promise ? await found : found));
    }
  }

  async #release(isEnd: boolean): Promise<Piece[]> {
    const pieces: Piece[] = [];
    if (this.stop !== undefined) return pieces;
    const limit = isEnd ? this.#text.length : Math.min(this.#text.length, ...this.#sessions.map((s) => s.settled));
    this.#settled = Math.max(this.#settled, limit);
    this.#pending.sort(byPlace);
    while (this.#pending[0] !== undefined && (this.#pending[0].span[0] < limit || isEnd)) {
      const finding = this.#pending[0];
      const [start, end] = finding.span;
      if (this.#isTold(finding)) {
        this.#pending.shift();
        continue;
      }
      const decision = await this.#options.decide(finding, this.#text, isEnd);
      // A masked span leaves whole: what overlaps it may still forbid it.
      if (decision === "wait" || (decision === "mask" && end > limit)) return [...pieces, ...this.#releaseOwn(start)];
      this.#pending.shift();
      if (decision === "ignore") continue;
      this.findings.push(finding);
      if (decision === "mask") {
        pieces.push(...this.#releaseOwn(start));
        if (end > this.#released) pieces.push(this.#releaseMasked(finding, end));
      } else if (decision !== "observe" && decision !== "ask") {
        pieces.push(...this.#releaseOwn(start));
        this.stop = { action: decision, at: Math.min(start, this.#released), findings: [finding] };
        return pieces;
      }
    }
    return [...pieces, ...this.#releaseOwn(limit)];
  }

  /** A rule that reads a text twice, as it is and as it reads, tells of one place once. */
  #isTold({ check, span: [start, end] }: Finding): boolean {
    return this.findings.some((told) => told.check === check && told.span[0] < end && start < told.span[1]);
  }

  #releaseOwn(to: number): Piece[] {
    if (to <= this.#released) return [];
    const text = this.#text.slice(this.#released, to);
    this.#released = to;
    return [{ text, length: text.length, isOwn: true }];
  }

  #releaseMasked(finding: Finding, end: number): Piece {
    const length = end - this.#released;
    const [start] = finding.span;
    const isContinued = start < this.#released;
    this.#released = end;
    const text = isContinued ? "" : this.#options.mask(finding, this.#text.slice(start, end));
    return { text, length, isOwn: false };
  }
}

/** By place; of those that begin together the surer, then the longer first, so that order does not depend on when they were found. */
function byPlace(a: Finding, b: Finding): number {
  return (
    a.span[0] - b.span[0] ||
    b.score - a.score ||
    b.span[1] - a.span[1] ||
    (a.check < b.check ? -1 : a.check > b.check ? 1 : 0)
  );
}
