/**
 * Coroutines that wait for each other: what they ask for is collected until every one of them waits, and then answered at
 * once, in the order of the asking. So local engines get large batches, and the same attacks ask the same in the same order.
 */
export class Switchboard<Q, A> {
  readonly #answer: (questions: readonly Q[]) => Promise<readonly A[]>;
  #waiting: { readonly questions: readonly Q[]; readonly resolve: (answers: readonly A[]) => void }[] = [];
  #running = 0;
  #onIdle: (() => void) | undefined;

  constructor(answer: (questions: readonly Q[]) => Promise<readonly A[]>) {
    this.#answer = answer;
  }

  /** Runs one step of a coroutine, which may ask on its way. */
  run(step: () => Promise<void>): void {
    this.#running += 1;
    void step().then(() => this.#rest());
  }

  /** Called by a coroutine, one call at a time. */
  ask(questions: readonly Q[]): Promise<readonly A[]> {
    const answers = new Promise<readonly A[]>((resolve) => this.#waiting.push({ questions, resolve }));
    this.#rest();
    return answers;
  }

  /** Answers whatever is asked until no coroutine runs. @throws what answering throws. */
  async settle(): Promise<void> {
    for (;;) {
      await this.#idle();
      const waiting = this.#waiting;
      if (waiting.length === 0) return;
      this.#waiting = [];
      const answers = await this.#answer(waiting.flatMap(({ questions }) => questions));
      let start = 0;
      for (const { questions, resolve } of waiting) {
        this.#running += 1;
        resolve(answers.slice(start, start + questions.length));
        start += questions.length;
      }
    }
  }

  #rest(): void {
    this.#running -= 1;
    if (this.#running === 0) this.#onIdle?.();
  }

  async #idle(): Promise<void> {
    if (this.#running === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
    this.#onIdle = undefined;
  }
}
