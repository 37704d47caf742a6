import { expect, test } from "vitest";
import { Memory } from "./memory.ts";

test("what was loaded is there at once, until others were asked for since", async () => {
  const memory = new Memory(2);
  let asked = 0;
  const load = (key: string): Promise<string> =>
    memory.load(key, async () => {
      asked += 1;
      return key.toUpperCase();
    });
  expect(memory.peek("a")).toBeUndefined();
  expect(await load("a")).toBe("A");
  expect(memory.peek("a")).toBe("A");
  await load("b");
  await load("a");
  await load("c");
  expect(asked).toBe(3);
  expect([memory.peek("a"), memory.peek("b"), memory.peek("c")]).toEqual(["A", undefined, "C"]);
  memory.clear();
  expect(memory.peek("a")).toBeUndefined();
});

test("a failure is not remembered", async () => {
  const memory = new Memory(2);
  await expect(memory.load("a", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await memory.load("a", async () => 1)).toBe(1);
});
