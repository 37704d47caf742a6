import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { answerInParallel, sortPrompts } from "./stream.ts";

const asked = (...prompts: string[]) => prompts.map((prompt) => ({ prompt }));
const wide = { width: 100, window: 100 };
const turns = async (count = 5): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
};

describe("answerInParallel", () => {
  it("gives every answer once, as soon as it is there", async () => {
    const delays: Record<string, number> = { a: 60, b: 5, c: 30 };
    const answers = answerInParallel(asked("a", "b", "c"), wide, async ({ prompt }) => {
      await sleep(delays[prompt]);
      return prompt;
    });
    expect(await Array.fromAsync(answers)).toEqual(["b", "c", "a"]);
  });

  it.each([1, 2, 3, 7])("answers ten requests with a width of %i, and nothing of nothing", async (width) => {
    const prompts = Array.from("jihgfedcba");
    const answers = answerInParallel(asked(...prompts), { width, window: 4 }, async ({ prompt }) => prompt);
    expect((await Array.fromAsync(answers)).toSorted()).toEqual(prompts.toSorted());
    expect(await Array.fromAsync(answerInParallel(asked(), { width, window: 4 }, async () => 1))).toEqual([]);
  });

  it("takes no more requests than its width until their answers are taken back", async () => {
    const begun: string[] = [];
    const answers = answerInParallel(asked("a", "b", "c", "d", "e"), { width: 2, window: 1 }, async ({ prompt }) => {
      begun.push(prompt);
      return prompt;
    });
    expect((await answers.next()).value).toBe("a");
    await turns();
    expect(begun).toEqual(["a", "b"]);
    expect((await answers.next()).value).toBe("b");
    await turns();
    expect(begun).toEqual(["a", "b", "c"]);
    await answers.return(undefined);
  });

  it("sends what begins alike together, a window at a time", async () => {
    const begun: string[] = [];
    const answers = answerInParallel(asked("d", "b", "c", "a", "e"), { width: 100, window: 2 }, async ({ prompt }) => {
      begun.push(prompt);
    });
    await Array.fromAsync(answers);
    expect(begun).toEqual(["b", "d", "a", "c", "e"]);
  });

  it("holds a slow source up for nothing: what is there goes out, sorted, no more than a window at once", async () => {
    const begun: string[] = [];
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    async function* source() {
      yield* asked("d", "c", "b", "a");
      await gate;
      yield* asked("f", "e");
    }
    const answers = Array.fromAsync(
      answerInParallel(source(), { width: 100, window: 3 }, async ({ prompt }) => void begun.push(prompt)),
    );
    await turns(30);
    expect(begun).toEqual(["b", "c", "d", "a"]);
    release();
    await answers;
    expect(begun).toEqual(["b", "c", "d", "a", "e", "f"]);
  });

  it("ends at the first failure, cancels what is under way and lets the source go", async () => {
    let isClosed = false;
    async function* source() {
      try {
        yield* asked("a", "b", "c", "d");
      } finally {
        isClosed = true;
      }
    }
    const signals: AbortSignal[] = [];
    const answers = answerInParallel(source(), { width: 2, window: 1 }, async ({ prompt }, signal) => {
      signals.push(signal);
      if (prompt === "b") throw new Error("no b");
      await sleep(20_000, undefined, { signal, ref: false });
    });
    await expect(Array.fromAsync(answers)).rejects.toThrow("no b");
    await turns();
    expect([signals.map(({ aborted }) => aborted), isClosed]).toEqual([[true, false], true]);
  });

  it("ends with the failure of its source", async () => {
    async function* source() {
      yield* asked("a");
      throw new Error("no more");
    }
    await expect(Array.fromAsync(answerInParallel(source(), wide, async () => 1))).rejects.toThrow("no more");
  });

  it("takes nothing more once its signal fires, and tells what is under way", async () => {
    const cancel = new AbortController();
    const begun: string[] = [];
    const answers = answerInParallel(
      asked("a", "b", "c"),
      { width: 1, window: 1, signal: cancel.signal },
      async ({ prompt }, signal) => {
        begun.push(prompt);
        await sleep(20_000, undefined, { signal, ref: false });
      },
    );
    const end = expect(Array.fromAsync(answers)).rejects.toThrow("aborted");
    await turns();
    cancel.abort();
    await end;
    expect(begun).toEqual(["a"]);
  });

  it.each(["before", "between two answers"])("ends where its signal fires %s, with nothing under way", async (when) => {
    const cancel = new AbortController();
    const options = { width: 1, window: 1, signal: cancel.signal };
    const answers = answerInParallel(asked("a", "b"), options, async ({ prompt }) => prompt);
    if (when !== "before") expect((await answers.next()).value).toBe("a");
    cancel.abort();
    await expect(answers.next()).rejects.toMatchObject({ code: "interrupted" });
  });

  it("asks nothing more of a source that was slower than the signal", async () => {
    const cancel = new AbortController();
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    async function* source() {
      yield* asked("a");
      await gate;
      yield* asked("b", "c");
    }
    const begun: (readonly [string, boolean])[] = [];
    const answers = answerInParallel(
      source(),
      { width: 9, window: 1, signal: cancel.signal },
      async ({ prompt }, own) => {
        begun.push([prompt, own.aborted]);
        own.throwIfAborted();
        return prompt;
      },
    );
    expect((await answers.next()).value).toBe("a");
    const end = expect(answers.next()).rejects.toThrow("aborted");
    await turns();
    cancel.abort();
    release();
    await end;
    await turns();
    // What was already on its way is told at once.
    expect(begun).toEqual([
      ["a", false],
      ["b", true],
    ]);
  });
});

it("prompts are sorted by text, dialogues by their turns, equal ones as they come", () => {
  const one = { prompt: "b", n: 1 };
  const two = { prompt: "b", n: 2 };
  const first = { prompt: "a", n: 3 };
  expect(sortPrompts([one, two, first])).toEqual([first, one, two]);
  expect(sortPrompts([two, one])).toEqual([two, one]);
  const dialogue = (...contents: string[]) => ({
    prompt: contents.map((content) => ({ role: "user" as const, content })),
  });
  const [ab, ac, b] = [dialogue("a", "b"), dialogue("a", "c"), dialogue("b")];
  expect(sortPrompts([b, ac, ab])).toEqual([ab, ac, b]);
});
