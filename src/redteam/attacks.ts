import { findPrinciple } from "../constitution/index.ts";
import { rng } from "../rng.ts";
import type { AttackLanguage } from "./language.ts";
import type { AttemptRecord } from "./records.ts";
import type { Range, Shot } from "./send.ts";
import type { AttackContext, AttackerAsk, Attempt, Goal, Outcome, Strategy } from "./strategy.ts";
import type { Switchboard } from "./switchboard.ts";

/** What an attack asks for besides sending. */
export type Question = { readonly id: string } & (
  | { readonly kind: "write"; readonly ask: AttackerAsk }
  | { readonly kind: "score"; readonly request: string; readonly answer: string }
);

export interface AttacksOptions {
  readonly range: Range;
  readonly goals: readonly Goal[];
  readonly language: AttackLanguage;
  /** Samples by which the archive judges a text. */
  readonly samples: number;
}

/** A strategy at work on a goal: where its coroutine stands. */
export class Attack {
  readonly strategy: Strategy;
  readonly goal: Goal;
  readonly name: string;
  readonly #goals: ReadonlyMap<string, Goal>;
  steps: AsyncGenerator<Attempt, void, Outcome> | undefined;
  pending: Attempt | undefined;
  turn = 0;
  asked = 0;

  constructor(strategy: Strategy, goal: Goal, goals: ReadonlyMap<string, Goal>) {
    this.strategy = strategy;
    this.goal = goal;
    this.name = `attack/${strategy.id}/${goal.id}`;
    this.#goals = goals;
  }

  /** What it wants sent. */
  takeShot(): Shot {
    const attempt = this.pending;
    if (attempt === undefined) throw new RangeError(`${this.name} has nothing to send`);
    const { strategy, turn } = this;
    const goal = this.#goals.get(attempt.goalId ?? this.goal.id) ?? this.goal;
    return { id: `${this.name}/${number(turn)}`, strategy: strategy.id, turn, goal, attempt };
  }
}

/** All attacks of a campaign. */
export class Attacks {
  readonly #board: Switchboard<Question, string>;
  readonly #options: AttacksOptions;
  readonly #goals: ReadonlyMap<string, Goal>;
  readonly #all: Attack[] = [];
  readonly #shared = new Map<string, unknown>();
  readonly #faults: unknown[] = [];

  constructor(board: Switchboard<Question, string>, options: AttacksOptions) {
    this.#board = board;
    this.#options = options;
    this.#goals = new Map(options.goals.map((goal) => [goal.id, goal]));
  }

  begin(strategy: Strategy, goal: Goal): void {
    const attack = new Attack(strategy, goal, this.#goals);
    this.#all.push(attack);
    attack.steps = strategy.attack(goal, this.#contextOf(attack));
    this.#step(attack, undefined);
  }

  /** Those that want something sent, in the order in which they began. */
  listReady(): readonly Attack[] {
    return this.#all.filter(({ pending }) => pending !== undefined);
  }

  answer(attack: Attack, { id, response, grade, why }: AttemptRecord): void {
    attack.pending = undefined;
    attack.turn += 1;
    this.#step(attack, { id, response, grade, why });
  }

  /** @throws what a strategy threw. */
  throwFault(): void {
    if (this.#faults.length > 0) throw this.#faults[0];
  }

  async end(): Promise<void> {
    for (const { steps } of this.#all) await steps?.return();
  }

  #step(attack: Attack, outcome: Outcome | undefined): void {
    this.#board.run(async () => {
      try {
        const result = await (outcome === undefined ? attack.steps?.next() : attack.steps?.next(outcome));
        attack.pending = result?.done === false ? result.value : undefined;
      } catch (error) {
        this.#faults.push(error);
      }
    });
  }

  #contextOf(attack: Attack): AttackContext {
    const { range, goals, language, samples } = this.#options;
    const random = rng(range.seed, "redteam", attack.name);
    const nextId = (): string => `${attack.name}/w${number(attack.asked++)}`;
    const askAttacker: AttackContext["ask"] = (asks) =>
      this.#board.ask(asks.map((one): Question => ({ id: nextId(), kind: "write", ask: one })));
    const principle = findPrinciple(range.constitution, attack.goal.principleId, "Beginning an attack");
    return {
      principle,
      goals,
      techniques: language.techniques,
      random,
      samples,
      ask: askAttacker,
      rewrite: (rewrites) => language.rewrite(rewrites, random, askAttacker),
      async writeTrained() {
        const [text = ""] = await askAttacker([{ messages: language.invite(attack.goal, principle) }]);
        return language.place(text, attack.goal, goals);
      },
      perturb: (text) => language.perturb(text, random),
      isNear: language.isNear,
      score: async (requests, answer) => {
        const asked = requests.map((request): Question => ({ id: nextId(), kind: "score", request, answer }));
        return (await this.#board.ask(asked)).map(Number);
      },
      share: <T>(make: () => T): T => {
        const { id } = attack.strategy;
        if (!this.#shared.has(id)) this.#shared.set(id, make());
        return this.#shared.get(id) as T;
      },
    };
  }
}

const number = (n: number): string => String(n).padStart(5, "0");
