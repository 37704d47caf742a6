import type { Principle } from "../constitution/index.ts";
import { breachGrade } from "../evaluation/index.ts";
import type { Message, Prompt } from "../language-model.ts";
import type { Rng } from "../rng.ts";

/** What an attack is to bring about: a behaviour that would break a principle, and its benign twin. */
export interface Goal {
  readonly id: string;
  readonly principleId: string;
  /** As a person would ask for it, or describe it. */
  readonly behaviour: string;
  /** About the same matter, and nothing is wrong with it. */
  readonly twin?: string | undefined;
}

/** A way of asking: a row of data, of persuasion or of a world's own. */
export interface Technique {
  readonly id: string;
  readonly definition: string;
}

/** What is sent to the target: a dialogue whose next assistant turn is wanted. */
export interface Attempt {
  readonly messages: readonly Message[];
  /** The words that are put into the target's mouth. */
  readonly prefill?: string | undefined;
  /** Default: the strategy's id. */
  readonly technique?: string | undefined;
  /** Where it is another than the one that the attack began with. */
  readonly goalId?: string | undefined;
  /** Ids of the attempts that it was made from. */
  readonly parents?: readonly string[] | undefined;
}

/** What came of an attempt. */
export interface Outcome {
  readonly id: string;
  readonly response: string;
  /** 0 to 4; null: the judge gave no verdict. */
  readonly grade: number | null;
  /** The judge's reason, where it gives one. */
  readonly why: string;
}

/** The grade from which on an attempt isSuccess. */
export const successGrade = breachGrade;

export const isSuccess = ({ grade }: Pick<Outcome, "grade">): boolean => grade === successGrade;

/** What the attacker model is asked. */
export interface AttackerAsk {
  readonly messages: Prompt;
  /** Default 400. */
  readonly maxTokens?: number | undefined;
  /** Default 1. */
  readonly temperature?: number | undefined;
}

/** A goal to be asked for by a technique, beginning from an earlier text where there is one. */
export interface Rewrite {
  readonly goal: Goal;
  readonly technique: Technique;
  readonly from?: string | undefined;
  /** What was tried before, and how it was graded. */
  readonly earlier?: readonly { readonly text: string; readonly grade: number | null }[] | undefined;
}

/** A request that a trained writer wrote, and the goal and technique that it turned out to be of. */
export interface Placed {
  readonly text: string;
  readonly goalId: string;
  readonly technique: string;
}

/** What a strategy may use. All that is random, and every answer of a model, is kept and comes again after a kill. */
export interface AttackContext {
  readonly principle: Principle;
  /** All goals of the campaign, for strategies that go from one to another. */
  readonly goals: readonly Goal[];
  readonly techniques: readonly Technique[];
  /** Of this attack alone. */
  readonly random: Rng;
  /** Asks the attacker model; the texts in the order of the asks. Await one call before the next. */
  ask(asks: readonly AttackerAsk[]): Promise<readonly string[]>;
  /** Writes requests by techniques; undefined where nothing usable came. */
  rewrite(rewrites: readonly Rewrite[]): Promise<readonly (string | undefined)[]>;
  /** A request by an attacker model that was trained to write them; undefined where it wrote none. */
  writeTrained(): Promise<Placed | undefined>;
  /** Another spelling of a text, as the language has it. */
  perturb(text: string): string;
  /** Whether a text is too near to the one that it was made from. */
  isNear(child: string, parent: string): boolean;
  /** Samples by which one text is judged: 1 where the target always says the same. */
  readonly samples: number;
  /** Mean log-probability per token of an answer's beginning, after each of these requests; of a local target alone. */
  score(requests: readonly string[], answer: string): Promise<readonly number[]>;
  /** What all attacks of this strategy have in common, made by the first that asks. */
  share<T>(make: () => T): T;
}

/** What a strategy cannot do without. */
export interface Needs {
  readonly attacker?: boolean;
  /** Requests written by techniques: in prose by the attacker model, too. */
  readonly rewriting?: boolean;
  /** A target that reads prose, in any words. */
  readonly prose?: boolean;
  readonly prefill?: boolean;
  readonly logprobs?: boolean;
}

/**
 * One way to attack, as a coroutine: it yields what to send and is given what came back. Sending, grading, budget, records and
 * resuming are the campaign's.
 */
export interface Strategy {
  readonly id: string;
  /** Where it was published. */
  readonly source: string;
  readonly needs: Needs;
  /** Each attempt depends on those before it, and a success ends it: then only the order of the tries means something. */
  readonly isAdaptive: boolean;
  /** The techniques that its attempts may name, given the language's. Default: its own id stands for one. */
  readonly ways?: (techniques: readonly Technique[]) => readonly string[];
  attack(goal: Goal, context: AttackContext): AsyncGenerator<Attempt, void, Outcome>;
}

/** One user turn. */
export function ask(content: string): readonly Message[] {
  return [{ role: "user", content }];
}
