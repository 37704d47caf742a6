import type { Exchange } from "./exchange.ts";
import type { Stage } from "./stage.ts";

/** Evidence that a text breaks a principle. */
export interface Finding {
  readonly principleId: string;
  readonly principleHash: string;
  /** The rule or the model that found it. */
  readonly check: string;
  readonly stage: Stage;
  /** From 0 to 1. */
  readonly score: number;
  /** The score from which it acts. */
  readonly threshold: number;
  /** In UTF-16 units of the text as it came. */
  readonly span: readonly [from: number, to: number];
  readonly evidence: string;
}

/** Something that reads a text piece by piece and names the principles that it breaks. */
export interface Check {
  readonly id: string;
  readonly stages: readonly Stage[];
  /** How many characters after a character it may need to be sure of it. */
  readonly lookahead: number;
  /** Whether its sessions may throw; the policy says what then becomes of the text. */
  readonly mayFail?: boolean | undefined;
  open(exchange: Exchange, stage: Stage): CheckSession;
}

/** One text under check. */
export interface CheckSession {
  /** Findings that no later character can change. */
  push(text: string): readonly Finding[] | Promise<readonly Finding[]>;
  end(): readonly Finding[] | Promise<readonly Finding[]>;
  /** The number of characters whose verdict stands: every finding that begins before it has been told. */
  readonly settled: number;
}
