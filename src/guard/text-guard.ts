import { performance } from "node:perf_hooks";
import type { Principle } from "../constitution/index.ts";
import type { Check, CheckSession, Finding } from "./check.ts";
import { type Critic, type CriticAnswer, criticFinding, principlesOf, type Revision } from "./critic.ts";
import type { Limit } from "./critic-budget.ts";
import { acts, type Decision, decide, isRestored, type Status, sayFor, type Verdict } from "./decide.ts";
import { type Exchange, prefillOf } from "./exchange.ts";
import { FailingSession, TooLate } from "./failing-session.ts";
import { Masks } from "./masks.ts";
import { modeOf } from "./policy.ts";
import type { LoadedPolicy } from "./policy-file.ts";
import { Restorer } from "./restorer.ts";
import { isOfInput, type Stage } from "./stage.ts";
import { HeldText, type Piece } from "./stream.ts";

/** What a guarded text needs of its guard. */
export interface GuardParts {
  readonly loaded: LoadedPolicy;
  readonly checks: readonly Check[];
  readonly critic: Critic | undefined;
  /** Answers in the place of the model; undefined where it cannot. */
  readonly reroute: (exchange: Exchange) => Promise<string | undefined>;
  /** Told why a check failed; the text it was to read is then not delivered. */
  readonly onFailure?: ((error: unknown) => void) | undefined;
}

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
  revision: Revision | undefined;
  verdict: Verdict | undefined;
  /** The limit of the policy that kept a check from being made. */
  limit: Limit | undefined;
  readonly #parts: GuardParts;
  readonly #exchange: Exchange;
  readonly #held: HeldText;
  readonly #masks: Masks;
  /** Puts masks of the input back into what leaves of an answer. */
  readonly #restorer: Restorer | undefined;
  readonly #isActing: boolean;
  /** Up to how many characters nothing leaves before the end. */
  readonly #wholeUpTo: number;
  #kept: Piece[] = [];
  #status: Status = "checked";
  #wasMasked = false;
  #delivered = 0;
  #deliveredTo: number;
  #started = 0;

  constructor(
    parts: GuardParts,
    exchange: Exchange,
    { stage, masks = new Masks(), isWhole = false }: { stage: Stage; masks?: Masks | undefined; isWhole?: boolean },
  ) {
    this.stage = stage;
    this.#parts = parts;
    this.#exchange = exchange;
    this.#masks = masks;
    if (stage === "output" && masks.areRestored) this.#restorer = new Restorer(masks);
    const { policy } = parts.loaded;
    this.#isActing = acts(policy);
    this.#wholeUpTo =
      isWhole || this.#isAskedAlways ? Number.POSITIVE_INFINITY : mayReplace(parts.loaded) ? WHOLE_STREAM : 0;
    const prefill = stage === "output" ? prefillOf(exchange) : "";
    this.#deliveredTo = prefill.length;
    const sessions = this.#open(() => {
      this.verdict = closedVerdict("This could not be checked here.");
    });
    this.#held = new HeldText(sessions, {
      prefill,
      mask: (finding, text) => masks.nameOf(finding, text, isOfInput(stage) && isRestored(finding, policy)),
      decide: (finding, text, isEnd) => this.#decide(finding, text, isEnd),
    });
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
    return this.verdict ?? { action: findings.length > 0 ? "observe" : "pass", findings, status: this.#status };
  }

  /** What may leave now; nothing more once there is a verdict. */
  async push(text: string): Promise<readonly Piece[]> {
    if (this.verdict !== undefined) return [];
    this.#started = performance.now();
    const { maxCharacters } = this.#parts.loaded.policy.limits;
    if (this.#isActing && this.#held.text.length + text.length > maxCharacters) {
      this.limit = "maxCharacters";
      this.verdict = closedVerdict(`This answer is longer than can be checked (${maxCharacters} characters).`);
      return [];
    }
    const pieces = await this.#held.push(text);
    if (this.verdict !== undefined) return [];
    this.#wasMasked ||= pieces.some(({ isOwn }) => !isOwn);
    const { stop } = this.#held;
    if (stop !== undefined) this.verdict = this.#blockFor(stop.findings);
    const released = this.#restore(this.#keep(pieces), stop !== undefined);
    this.#stopClock();
    return released;
  }

  /** What is left to deliver, and the verdict. Where that replaces the text, its `say` is all that may still leave. */
  async end(): Promise<GuardedEnd> {
    if (this.verdict !== undefined) return { pieces: [], verdict: this.verdict };
    this.#started = performance.now();
    const pieces = await this.#held.end();
    if (this.verdict !== undefined) return { pieces: [], verdict: this.verdict };
    const stop = this.#held.stop ?? (await this.#askAlways());
    if (stop !== undefined) {
      this.verdict = await this.#replace(stop.action, stop.findings);
      // What stands before a forbidden span leaves only with a block, and only of a stream.
      const rest = stop.action === "block" && Number.isFinite(this.#wholeUpTo) ? [...this.#kept, ...pieces] : [];
      this.#stopClock();
      return { pieces: this.#restore(rest, true), verdict: this.verdict };
    }
    const { findings } = this.#held;
    this.#wasMasked ||= pieces.some(({ isOwn }) => !isOwn);
    const action = this.#wasMasked ? "mask" : findings.length > 0 ? "observe" : "pass";
    this.verdict = { action, findings, status: this.#status };
    this.#stopClock();
    return { pieces: this.#restore([...this.#kept, ...pieces], true), verdict: this.verdict };
  }

  #stopClock(): void {
    this.addedMs += performance.now() - this.#started;
    this.#started = 0;
  }

  /** What limits.addedMs leaves of the time that the checks of this text may take. */
  get #leftMs(): number {
    const { addedMs = Number.POSITIVE_INFINITY } = this.#parts.loaded.policy.limits;
    return addedMs - this.addedMs - (this.#started === 0 ? 0 : performance.now() - this.#started);
  }

  #restore(pieces: readonly Piece[], isEnd: boolean): readonly Piece[] {
    return this.#restorer?.push(pieces, isEnd) ?? pieces;
  }

  /** The sessions of all checks. One that fails speaks no more: then this text is closed, or goes on without it. */
  #open(onClosed: () => void): CheckSession[] {
    const { checks, loaded, onFailure } = this.#parts;
    const own = checks.filter(({ stages }) => stages.includes(this.stage));
    return own.map((check) => {
      const session = check.open(this.#exchange, this.stage);
      if (check.mayFail !== true) return session;
      const fail = (error: unknown): void => {
        if (error instanceof TooLate) this.limit ??= "addedMs";
        onFailure?.(error);
        if (this.#isActing && loaded.policy.failure.classifier === "closed") onClosed();
        else this.#status = "failed-open";
      };
      return new FailingSession(session, fail, () => this.#leftMs);
    });
  }

  get #isAskedAlways(): boolean {
    const { critic } = this.#parts.loaded.policy.checks;
    return critic?.when === "always" && this.stage === "output" && this.#isActing;
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
    const decision = decide(finding, this.#parts.loaded.policy);
    if (decision === "ask") return isEnd ? this.#askAbout(finding.principleId) : "wait";
    if (decision !== "revise" && decision !== "route") return decision;
    // Only an answer can be rewritten.
    if (decision === "revise" && this.stage !== "output") return "block";
    if (text.length > this.#wholeUpTo) return "block";
    return isEnd ? decision : "wait";
  }

  /** The critic's word on one principle, and what it asks for. */
  async #askAbout(principleId: string): Promise<Decision> {
    const { critic, loaded } = this.#parts;
    const mode = modeOf(loaded.policy, principleId);
    if (critic === undefined || this.stage !== "output") return "observe";
    const [answer] = await this.#ask(critic, principlesOf(loaded.constitution, [principleId]));
    if (answer?.finding === "breaks") return mode;
    if (answer?.finding !== "failed") return "observe";
    return this.#fail() === "closed" ? "block" : "observe";
  }

  async #askAlways(): Promise<{ action: "block" | "revise" | "route"; findings: readonly Finding[] } | undefined> {
    const { critic, loaded } = this.#parts;
    if (!this.#isAskedAlways || critic === undefined) return undefined;
    const answers = await this.#ask(critic, loaded.constitution.principles);
    if (answers.some(({ finding }) => finding === "failed") && this.#fail() === "closed")
      return { action: "block", findings: [] };
    const found = answers
      .filter(({ finding }) => finding === "breaks")
      .map((answer) => criticFinding(answer, this.stage, this.#held.text.length));
    this.#held.findings.push(...found);
    const acting = found.filter(({ principleId }) => modeOf(loaded.policy, principleId) !== "observe");
    const [first] = acting;
    const mode = first === undefined ? "observe" : modeOf(loaded.policy, first.principleId);
    return mode === "observe" ? undefined : { action: mode, findings: acting };
  }

  async #ask(critic: Critic, principles: readonly Principle[], text = this.#held.text): Promise<CriticAnswer[]> {
    const answers = await critic.ask(this.#exchange, text, principles, this.#leftMs);
    this.limit ??= answers.find(({ finding, limit }) => finding === "failed" && limit !== undefined)?.limit;
    return answers;
  }

  #fail(): "open" | "closed" {
    const mode = this.#parts.loaded.policy.failure.critic;
    this.#status = mode === "open" ? "failed-open" : "failed-closed";
    return mode;
  }

  #blockFor(findings: readonly Finding[]): Verdict {
    const { policy, constitution } = this.#parts.loaded;
    const principleId = findings[0]?.principleId;
    const say = sayFor(principleId ?? "", policy, constitution);
    return { action: "block", findings, principleId, say, status: this.#status };
  }

  async #replace(action: "block" | "revise" | "route", findings: readonly Finding[]): Promise<Verdict> {
    const blocked = this.#blockFor(findings);
    if (action === "route") {
      const answer = await this.#parts.reroute(this.#exchange);
      const { to, or = "" } = this.#parts.loaded.policy.route ?? {};
      if (to !== undefined && answer === undefined) this.#status = "failed-closed";
      const isFine = answer !== undefined && (await this.#isFine(answer, findings));
      return { ...blocked, action, say: isFine ? this.#masks.restore(answer) : or, status: this.#status };
    }
    const [principle] = principlesOf(this.#parts.loaded.constitution, [findings[0]?.principleId ?? ""]);
    if (action === "block" || principle === undefined) return blocked;
    const { critic } = this.#parts;
    const revision = await critic?.revise(this.#exchange, this.#held.text, principle, this.#leftMs);
    if (revision === undefined || !(await this.#isFine(revision.text, findings))) return blocked;
    this.revision = revision;
    return { ...blocked, action, say: this.#masks.restore(revision.text) };
  }

  /** Whether a text that takes the place of another is free of what acts, under the same checks. */
  async #isFine(text: string, findings: readonly Finding[]): Promise<boolean> {
    const { loaded, critic } = this.#parts;
    let isClosed = false;
    const sessions = this.#open(() => {
      isClosed = true;
    });
    const again = new HeldText(sessions, {
      mask: () => "",
      decide: (finding) => decide(finding, loaded.policy),
    });
    const pieces = [...(await again.push(text)), ...(await again.end())];
    if (isClosed || again.stop !== undefined || pieces.some(({ isOwn }) => !isOwn)) return false;
    const asked = findings.filter(({ check }) => check === "critic").map(({ principleId }) => principleId);
    if (asked.length === 0 || critic === undefined) return true;
    const answers = await this.#ask(critic, principlesOf(loaded.constitution, asked), text);
    return answers.every(({ finding }) => finding === "keeps");
  }
}

/** A verdict that stops a text because it cannot be checked. */
export function closedVerdict(say: string): Verdict {
  return { action: "block", findings: [], say, status: "failed-closed" };
}

function mayReplace({ policy }: LoadedPolicy): boolean {
  const modes = [policy.mode, ...Object.values(policy.principles).map(({ mode }) => mode)];
  return modes.some((mode) => mode === "revise" || mode === "route");
}
