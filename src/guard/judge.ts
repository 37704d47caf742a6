import type { Principle } from "../constitution/index.ts";
import type { Check, CheckSession, Finding } from "./check.ts";
import { type Critic, type CriticAnswer, criticFinding, principlesOf, type Revision } from "./critic.ts";
import type { Limit } from "./critic-budget.ts";
import { acts, type Decision, decide, type Status, sayFor, type Verdict } from "./decide.ts";
import type { Exchange } from "./exchange.ts";
import { FailingSession, TooLate } from "./failing-session.ts";
import type { Masks } from "./masks.ts";
import { modeOf } from "./policy.ts";
import type { LoadedPolicy } from "./policy-file.ts";
import type { Stage } from "./stage.ts";
import { HeldText, type Stop } from "./stream.ts";

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

/** Where a text is judged, and how much time is left for it. */
export interface JudgeOptions {
  readonly exchange: Exchange;
  readonly stage: Stage;
  readonly masks: Masks;
  readonly leftMs: () => number;
}

/** Opens the checks of one text, asks the critic about it, and says what stands in its place. */
export class Judge {
  status: Status = "checked";
  /** The limit of the policy that kept a check from being made. */
  limit: Limit | undefined;
  revision: Revision | undefined;
  readonly isActing: boolean;
  readonly #parts: GuardParts;
  readonly #options: JudgeOptions;

  constructor(parts: GuardParts, options: JudgeOptions) {
    this.#parts = parts;
    this.#options = options;
    this.isActing = acts(parts.loaded.policy);
  }

  /** Whether the critic reads the whole text, whatever was found. */
  get isAskedAlways(): boolean {
    const { critic } = this.#parts.loaded.policy.checks;
    return critic?.when === "always" && this.#options.stage === "output" && this.isActing;
  }

  /** The sessions of all checks. One that fails speaks no more: then this text is closed, or goes on without it. */
  open(onClosed: () => void): CheckSession[] {
    const { checks, loaded, onFailure } = this.#parts;
    const { exchange, stage, leftMs } = this.#options;
    const own = checks.filter(({ stages }) => stages.includes(stage));
    return own.map((check) => {
      const session = check.open(exchange, stage);
      if (check.mayFail !== true) return session;
      const fail = (error: unknown): void => {
        if (error instanceof TooLate) this.limit ??= "addedMs";
        onFailure?.(error);
        if (this.isActing && loaded.policy.failure.classifier === "closed") onClosed();
        else this.status = "failed-open";
      };
      return new FailingSession(session, fail, leftMs);
    });
  }

  /** The critic's word on one principle, and what it asks for. */
  async askAbout(principleId: string, text: string): Promise<Decision> {
    const { critic, loaded } = this.#parts;
    const mode = modeOf(loaded.policy, principleId);
    if (critic === undefined || this.#options.stage !== "output") return "observe";
    const [answer] = await this.#ask(critic, principlesOf(loaded.constitution, [principleId]), text);
    if (answer?.finding === "breaks") return mode;
    if (answer?.finding !== "failed") return "observe";
    return this.#fail() === "closed" ? "block" : "observe";
  }

  /** The critic's findings about a whole text, where it is asked about every one, and what they ask for. */
  async askAlways(
    text: string,
  ): Promise<{ readonly found: readonly Finding[]; readonly stop?: Pick<Stop, "action" | "findings"> | undefined }> {
    const { critic, loaded } = this.#parts;
    if (!this.isAskedAlways || critic === undefined) return { found: [] };
    const answers = await this.#ask(critic, loaded.constitution.principles, text);
    if (answers.some(({ finding }) => finding === "failed") && this.#fail() === "closed")
      return { found: [], stop: { action: "block", findings: [] } };
    const found = answers
      .filter(({ finding }) => finding === "breaks")
      .map((answer) => criticFinding(answer, this.#options.stage, text.length));
    const acting = found.filter(({ principleId }) => modeOf(loaded.policy, principleId) !== "observe");
    const [first] = acting;
    const mode = first === undefined ? "observe" : modeOf(loaded.policy, first.principleId);
    return { found, stop: mode === "observe" ? undefined : { action: mode, findings: acting } };
  }

  blockFor(findings: readonly Finding[]): Verdict {
    const { policy, constitution } = this.#parts.loaded;
    const principleId = findings[0]?.principleId;
    const say = sayFor(principleId ?? "", policy, constitution);
    return { action: "block", findings, principleId, say, status: this.status };
  }

  /** What takes the place of a text. */
  async replace({ action, findings }: Pick<Stop, "action" | "findings">, text: string): Promise<Verdict> {
    const { masks } = this.#options;
    if (action === "route") {
      const answer = await this.#parts.reroute(this.#options.exchange);
      const { to, or = "" } = this.#parts.loaded.policy.route ?? {};
      if (to !== undefined && answer === undefined) this.status = "failed-closed";
      const isFine = answer !== undefined && (await this.#isFine(answer, findings));
      const say = isFine ? masks.restore(answer) : or;
      return { ...this.blockFor(findings), action, say, status: this.status };
    }
    const revised = action === "block" ? undefined : await this.#revise(findings, text, "");
    if (revised === undefined) return this.blockFor(findings);
    return { ...this.blockFor(findings), action, say: masks.restore(revised) };
  }

  /**
   * The rest of a text of which `said` was delivered, rewritten from there. The critic reads as far as the span that was found: that
   * does not depend on how the text was cut.
   */
  async mend({ action, findings }: Stop, text: string, said: string): Promise<Verdict> {
    const read = text.slice(0, Math.max(...findings.map(({ span }) => span[1])));
    const rest = await this.#revise(findings, read, said);
    if (rest === undefined) return this.blockFor(findings);
    const say = this.#options.masks.restore(rest);
    return { ...this.blockFor(findings), action, say, continues: said !== "" };
  }

  async #revise(findings: readonly Finding[], text: string, said: string): Promise<string | undefined> {
    const { critic, loaded } = this.#parts;
    const { exchange, leftMs } = this.#options;
    const [principle] = principlesOf(loaded.constitution, [findings[0]?.principleId ?? ""]);
    if (principle === undefined || critic === undefined) return undefined;
    const revision = await critic.revise(exchange, text, principle, { withinMs: leftMs(), said });
    if (revision === undefined || !(await this.#isFine(said + revision.text, findings))) return undefined;
    this.revision = { ...revision, text: said + revision.text };
    return revision.text;
  }

  async #ask(critic: Critic, principles: readonly Principle[], text: string): Promise<CriticAnswer[]> {
    const answers = await critic.ask(this.#options.exchange, text, principles, this.#options.leftMs());
    this.limit ??= answers.find(({ finding, limit }) => finding === "failed" && limit !== undefined)?.limit;
    return answers;
  }

  #fail(): "open" | "closed" {
    const mode = this.#parts.loaded.policy.failure.critic;
    this.status = mode === "open" ? "failed-open" : "failed-closed";
    return mode;
  }

  /** Whether a text that takes the place of another is free of what acts, under the same checks. */
  async #isFine(text: string, findings: readonly Finding[]): Promise<boolean> {
    const { loaded, critic } = this.#parts;
    let isClosed = false;
    const sessions = this.open(() => {
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
