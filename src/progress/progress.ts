/** What a step of long work took; calls and dollars where several processes do the work. */
export interface StepCost {
  readonly tokens?: number | undefined;
  readonly calls?: number | undefined;
  readonly dollars?: number | undefined;
}

/** Where long work says how far it is. `start` ends what was running before it. */
export interface Progress {
  /** `total` items of `unit` (plural: "prompts", "steps") will be done; `label` says what they are. */
  start(stage: string, label: string, total: number, unit: string): void;
  advance(items: number, cost?: StepCost): void;
  /** A line of its own that stays. */
  message(text: string): void;
  finish(): void;
}

/** Says nothing: --json, tests and libraries. */
export const silentProgress: Progress = {
  start: () => undefined,
  advance: () => undefined,
  message: () => undefined,
  finish: () => undefined,
};

/** One `start` … `finish`, counted. */
export class Phase {
  readonly stage: string;
  readonly label: string;
  readonly total: number;
  readonly unit: string;
  readonly #started: number;
  #done = 0;
  #tokens = 0;
  #calls = 0;
  #dollars = 0;
  /** (ms, items done) of the last `windowMs` and one before: what a resumed stage skips in an instant soon stops counting. */
  #window: { at: number; done: number }[];

  constructor(stage: string, label: string, total: number, unit: string, now: number) {
    this.stage = stage;
    this.label = label;
    this.total = total;
    this.unit = unit;
    this.#started = now;
    this.#window = [{ at: now, done: 0 }];
  }

  get done(): number {
    return this.#done;
  }

  add(items: number, { tokens = 0, calls = 0, dollars = 0 }: StepCost, now: number): void {
    this.#done = Math.min(this.total, this.#done + items);
    this.#tokens += tokens;
    this.#calls += calls;
    this.#dollars += dollars;
    this.#window.push({ at: now, done: this.#done });
    // One from before the window stays, so that two answers that came together after minutes say nothing of the speed.
    while (now - (this.#window[1]?.at ?? now) > windowMs) this.#window.shift();
  }

  secondsSoFar(now: number): number {
    return (now - this.#started) / 1000;
  }

  /** Undefined until something was done, and once all is. */
  secondsLeft(now: number): number | undefined {
    const first = this.#window[0];
    if (first === undefined || this.#done === first.done || this.#done >= this.total) return undefined;
    return ((this.total - this.#done) * (now - first.at)) / (this.#done - first.done) / 1000;
  }

  get dollars(): number {
    return this.#dollars;
  }

  /** Undefined in the first second, when it would say nothing. */
  tokensPerSecond(now: number): number | undefined {
    return this.#perSecond(this.#tokens, now);
  }

  /** Undefined where nobody counts calls. */
  callsPerSecond(now: number): number | undefined {
    return this.#perSecond(this.#calls, now);
  }

  #perSecond(n: number, now: number): number | undefined {
    const seconds = this.secondsSoFar(now);
    return n === 0 || seconds < 1 ? undefined : n / seconds;
  }
}

const windowMs = 30_000;
