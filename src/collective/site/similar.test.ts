import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestTown } from "./site.test-support.ts";

describe("while somebody writes", () => {
  let own: TestTown;
  beforeAll(async () => {
    own = await TestTown.open({ languages: ["en", "ar"] });
  });
  afterAll(() => own.close());

  const find = async (token: string, text: string): Promise<unknown> =>
    (await own.as(token, "/api/similar", { text })).body["statements"];

  test("is offered what says the same, with their own vote on it", async () => {
    const ada = await own.join();
    const [first = ""] = own.ids;
    const offered = { id: first, text: "It should answer in plain words.", language: "en", vote: null };
    expect(await find(ada, "it should answer in plain word")).toEqual([offered]);
    await own.vote(ada, first, "agree");
    expect(await find(ada, "It should answer in plain words!")).toEqual([{ ...offered, vote: "agree" }]);
    expect(await find(ada, "It should not answer in plain words.")).toEqual([]);
    expect(await find(ada, "Our buses should run at night.")).toEqual([]);
  });

  test("is never offered what waits or was turned down, their own, or what was erased", async () => {
    const [ada, ben] = [await own.join(), await own.join()];
    const text = "It should name the office that is responsible.";
    const { body } = await own.as(ada, "/api/statements", { text, language: "en", key: own.newKey() });
    const statement = String(body["id"]);
    expect(await find(ben, text)).toEqual([]);
    await own.organise("moderate", { statement, moderation: "accepted" });
    expect(await find(ben, text)).toEqual([{ id: statement, text, language: "en", vote: null }]);
    expect(await find(ada, text)).toEqual([]);
    await own.organise("moderate", { statement, moderation: "rejected", reason: "unclear" });
    expect(await find(ben, text)).toEqual([]);
    await own.organise("moderate", { statement, moderation: "accepted" });
    await own.as(ada, "/api/forget", { statements: true });
    expect(await find(ben, text)).toEqual([]);
  });

  test("is told nothing without a token, of a text that is none, or after the vote", async () => {
    expect((await own.ask("/api/similar", {}, { text: "It should answer in plain words." })).status).toBe(401);
    const ada = await own.join();
    expect((await own.as(ada, "/api/similar", { text: 3 })).status).toBe(422);
    expect(await find(ada, "x".repeat(500))).toEqual([]);
    await own.organise("phase", { phase: "closed" });
    expect((await own.as(ada, "/api/similar", { text: "It should answer" })).body).toMatchObject({
      error: { code: "not-open" },
    });
  });
});
