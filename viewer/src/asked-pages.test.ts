import { expect, test } from "vitest";
import { AskedPages } from "./asked-pages.ts";

test("a page is asked for once, and again only where it failed", async () => {
  const pages = new AskedPages<number>();
  const asked: number[] = [];
  const load = (from: number, failure?: Error) => async (): Promise<number> => {
    asked.push(from);
    if (failure !== undefined) throw failure;
    return from;
  };
  await Promise.all([pages.ask(0, load(0)), pages.ask(0, load(0))]);
  await pages.ask(0, load(0));
  expect(asked).toEqual([0]);
  const failed = pages.ask(100, load(100, new Error("the server hiccups")));
  const beside = pages.ask(100, load(100));
  await expect(failed).rejects.toThrow("hiccups");
  await expect(beside).rejects.toThrow("hiccups");
  expect(await pages.ask(100, load(100))).toBe(100);
  expect(await pages.ask(100, load(100))).toBe(100);
  expect(asked).toEqual([0, 100, 100]);
});
