import { performance } from "node:perf_hooks";
import type { Finding } from "./check.ts";
import type { Revision } from "./critic.ts";
import type { Limit } from "./critic-budget.ts";
import { type Decision, decide, isRestored, type Verdict } from "./decide.ts";
import { type Exchange, prefillOf } from "./exchange.ts";
import { type GuardParts, Judge } from "./judge.ts";
import { Masks } from "./masks.ts";
import type { Mode } from "./policy.ts";
import type { LoadedPolicy } from "./policy-file.ts";
import { Restorer } from "./restorer.ts";
import { isOfInput, type Stage } from "./stage.ts";
import { HeldText, type Piece, type Stop } from "./stream.ts";

/** What a text became. */
export interface GuardedEnd {
  readonly pieces: readonly Piece[];
  readonly verdict: Verdict;
}

/** A stream is held whole up to here where it may be rewritten or answered by another; beyond, such findings block. */
const WHOLE_STREAM = 4000;

/** One text of an exchange under guard: goes in as it comes, comes out as far as it is settled. */
export class GuardedText {
  readonly stage: Stage;
  /** Milliseconds that the guard itself took. */
  addedMs = 0;
  verdict: Verdict | undefined;
  readonly #loaded: LoadedPolicy;
  readonly #judge: Judge;
  readonly #held: HeldText;
  /** Puts masks of the input back into what leaves of an answer. */
  readonly #restorer: Restorer | undefined;
  /** Whether what follows a finding is rewritten, and what stood before it is delivered. */
  readonly #mends: boolean;
  /** Up to how many characters nothing leaves before the end. */
  readonly #wholeUpTo: number;
  #kept: Piece[] = [];
  #wasMasked = false;
  /** What was let go so far, from the caller's start of the answer on, names in the place of what is masked. */
  #said: string;
  #delivered = 0;
  #deliveredTo: number;
  #started = 0;

  constructor(
    parts: GuardParts,
    exchange: Exchange,
    { stage, masks = new Masks(), isWhole = false }: { stage: Stage; masks?: Masks | undefined; isWhole?: boolean },
  ) {
    const { loaded } = parts;
    this.stage = stage;
    this.#loaded = loaded;
    this.#judge = new Judge(parts, { exchange, stage, masks, leftMs: () => this.#leftMs });
    if (stage === "output" && masks.areRestored) this.#restorer = new Restorer(masks);
    const isHeld = isWhole || this.#judge.isAskedAlways;
    const modes = modesOf(loaded);
    this.#mends = !isHeld && stage === "output" && loaded.policy.stream === "mend";
    const mayReplace = !this.#mends && (modes.has("revise") || modes.has("route"));
    this.#wholeUpTo = isHeld ? Number.POSITIVE_INFINITY : mayReplace ? WHOLE_STREAM : 0;
    const prefill = stage === "output" ? prefillOf(exchange) : "";
    this.#deliveredTo = prefill.length;
    this.#said = prefill;
    const sessions = this.#judge.open(() => {
      this.verdict = closedVerdict("This could not be checked here.");
    });
    this.#held = new HeldText(sessions, {
      prefill,
      mask: (finding, text) => masks.nameOf(finding, text, isOfInput(stage) && isRestored(finding, loaded.policy)),
      decide: (finding, text, isEnd) => this.#decide(finding, text, isEnd),
    });
  }

  get revision(): Revision | undefined {
    return this.#judge.revision;
  }

  /** The limit of the policy that kept a check from being made. */
  get limit(): Limit | undefined {
    return this.#judge.limit;
  }

  get text(): string {
    return this.#held.text;
  }

  /** Characters that left, that every check had settled, and that left of a span that was acted on. */
  get coverage(): { readonly delivered: number; readonly checked: number; readonly leaked: number } {
    const at = this.#held.stop?.at;
    const leaked = at === undefined ? 0 : Math.max(0, this.#deliveredTo - at);
    return { delivered: this.#delivered, checked: this.#held.settled, leaked };
  }

  /** Called where a piece leaves, by whoever writes it. */
  countDelivered({ length, isOwn }: Piece): void {
    if (isOwn) this.#delivered += length;
    this.#deliveredTo += length;
  }

  /** What was found so far, for a text that nobody waits for any more. */
  get unfinished(): Verdict {
    const { findings } = this.#held;
    return this.verdict ?? { action: findings.length > 0 ? "observe" : "pass", findings, status: this.#judge.status };
  }

  /** What may leave now; nothing more once there is a verdict. */
  async push(text: string): Promise<readonly Piece[]> {
    if (this.verdict !== undefined) return [];
    this.#started = performance.now();
    const { maxCharacters } = this.#loaded.policy.limits;
    if (this.#judge.isActing && this.#held.text.length + text.length > maxCharacters) {
      this.#judge.limit = "maxCharacters";
      this.verdict = closedVerdict(`This answer is longer than can be checked (${maxCharacters} characters).`);
      return [];
    }
    const pieces = await this.#held.push(text);
    if (this.verdict !== undefined) return [];
    this.#wasMasked ||= pieces.some(({ isOwn }) => !isOwn);
    const { stop } = this.#held;
    if (stop !== undefined && !this.#mends) this.verdict = this.#judge.blockFor(stop.findings);
    const released = this.#release(this.#keep(pieces), stop !== undefined);
    if (stop !== undefined && this.#mends) this.verdict = await this.#mendFrom(stop);
    this.#stopClock();
    return released;
  }

  /** What is left to deliver, and the verdict. Where that replaces the text, its `say` is all that may still leave. */
  async end(): Promise<GuardedEnd> {
    if (this.verdict !== undefined) return { pieces: [], verdict: this.verdict };
    this.#started = performance.now();
    const pieces = await this.#held.end();
    if (this.verdict !== undefined) return { pieces: [], verdict: this.verdict };
    const { stop: held } = this.#held;
    const { found, stop = held } = held === undefined ? await this.#judge.askAlways(this.text) : { found: [] };
    this.#held.findings.push(...found);
    if (held !== undefined && this.#mends) {
      const rest = this.#release([...this.#kept, ...pieces], true);
      this.verdict = await this.#mendFrom(held);
      this.#stopClock();
      return { pieces: rest, verdict: this.verdict };
    }
    if (stop !== undefined) {
      this.verdict = await this.#judge.replace(stop, this.text);
      // What stands before a forbidden span leaves only with a block, and only of a stream.
      const rest = stop.action === "block" && Number.isFinite(this.#wholeUpTo) ? [...this.#kept, ...pieces] : [];
      this.#stopClock();
      return { pieces: this.#release(rest, true), verdict: this.verdict };
    }
    const { findings } = this.#held;
    this.#wasMasked ||= pieces.some(({ isOwn }) => !isOwn);
    const action = this.#wasMasked ? "mask" : findings.length > 0 ? "observe" : "pass";
    this.verdict = { action, findings, status: this.#judge.status };
    this.#stopClock();
    return { pieces: this.#release([...this.#kept, ...pieces], true), verdict: this.verdict };
  }

  #stopClock(): void {
    this.addedMs += performance.now() - this.#started;
    this.#started = 0;
  }

  /** What limits.addedMs leaves of the time that the checks of this text may take. */
  get #leftMs(): number {
    const { addedMs = Number.POSITIVE_INFINITY } = this.#loaded.policy.limits;
    return addedMs - this.addedMs - (this.#started === 0 ? 0 : performance.now() - this.#started);
  }

  /** A finding that blocks is not mended. */
  #mendFrom(stop: Stop): Verdict | Promise<Verdict> {
    if (stop.action === "block") return this.#judge.blockFor(stop.findings);
    return this.#judge.mend(stop, this.text, this.#said);
  }

  #release(pieces: readonly Piece[], isEnd: boolean): readonly Piece[] {
    if (this.#mends) this.#said += pieces.map(({ text }) => text).join("");
    return this.#restorer?.push(pieces, isEnd) ?? pieces;
  }

  #keep(pieces: readonly Piece[]): readonly Piece[] {
    this.#kept.push(...pieces);
    const isOver = this.verdict !== undefined && Number.isFinite(this.#wholeUpTo);
    if (this.#held.text.length <= this.#wholeUpTo && !isOver) return [];
    const released = this.#kept;
    this.#kept = [];
    return released;
  }

  async #decide(finding: Finding, text: string, isEnd: boolean): Promise<Decision | "wait"> {
    const decision = decide(finding, this.#loaded.policy);
    if (decision === "ask") return isEnd ? this.#judge.askAbout(finding.principleId, text) : "wait";
    if (decision !== "revise" && decision !== "route") return decision;
    // Only an answer can be rewritten.
    if (decision === "revise" && this.stage !== "output") return "block";
    if (decision === "revise" && this.#mends) return decision;
    if (text.length > this.#wholeUpTo) return "block";
    return isEnd ? decision : "wait";
  }
}

/** A verdict that stops a text because it cannot be checked. */
export function closedVerdict(say: string): Verdict {
  return { action: "block", findings: [], say, status: "failed-closed" };
}

/** What findings under a policy can ask for. */
function modesOf({ policy }: LoadedPolicy): ReadonlySet<Mode> {
  return new Set([policy.mode, ...Object.values(policy.principles).map(({ mode }) => mode ?? policy.mode)]);
}
