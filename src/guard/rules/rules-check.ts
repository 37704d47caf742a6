import type { Check, CheckSession, Finding } from "../check.ts";
import type { Stage } from "../stage.ts";
import type { SpanMatcher } from "./matcher.ts";
import { isPlain } from "./normalise.ts";
import { RuleWindow } from "./window.ts";

/** A rule that is ready to search. */
export interface Rule {
  readonly id: string;
  readonly principleId: string;
  readonly principleHash: string;
  readonly stages: readonly Stage[];
  /** How sure a match is; 1 is certain. */
  readonly score: number;
  /** The score from which its principle acts. */
  readonly threshold: number;
  readonly matchers: readonly SpanMatcher[];
}

/** Every rule over one text: over its characters, and over what they read as. Spans are of the characters. */
export function rulesCheck(rules: readonly Rule[]): Check {
  return {
    id: "rules",
    stages: [...new Set(rules.flatMap(({ stages }) => stages))],
    lookahead: Math.max(0, ...rules.flatMap(({ matchers }) => matchers.map(({ lookahead }) => lookahead))),
    open: (_, stage) =>
      new RulesSession(
        rules.filter(({ stages }) => stages.includes(stage)),
        stage,
      ),
  };
}

class RulesSession implements CheckSession {
  readonly #stage: Stage;
  readonly #owners: readonly Rule[];
  readonly #raw: RuleWindow;
  /** The text as it reads, from where it reads otherwise than it is written. */
  #folded: RuleWindow | undefined;
  /** Half of a character that a cut left. */
  #carry = "";

  constructor(rules: readonly Rule[], stage: Stage) {
    this.#stage = stage;
    this.#owners = rules.flatMap((rule) => rule.matchers.map(() => rule));
    this.#raw = new RuleWindow(rules.flatMap(({ matchers }) => matchers));
  }

  push(text: string): Finding[] {
    const joined = this.#carry + text;
    const isCut = /[\ud800-\udbff]$/.test(joined);
    this.#carry = isCut ? joined.slice(-1) : "";
    return this.#search(isCut ? joined.slice(0, -1) : joined, false);
  }

  end(): Finding[] {
    const rest = this.#carry;
    this.#carry = "";
    return this.#search(rest, true);
  }

  get settled(): number {
    return Math.min(this.#raw.settled, this.#folded?.settled ?? Number.POSITIVE_INFINITY);
  }

  #search(text: string, isEnd: boolean): Finding[] {
    if (this.#folded === undefined && !isPlain(text)) this.#folded = this.#raw.fold();
    this.#raw.push(text);
    this.#folded?.pushFolded(text);
    return [...this.#raw.search(isEnd), ...(this.#folded?.search(isEnd) ?? [])].flatMap(({ matcher, span, text }) => {
      const rule = this.#owners[matcher];
      if (rule === undefined) return [];
      const { id: check, principleId, principleHash, score, threshold } = rule;
      return [{ principleId, principleHash, check, stage: this.#stage, score, threshold, span, evidence: text }];
    });
  }
}
