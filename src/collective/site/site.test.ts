import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openStore, verifyChain } from "../store/index.ts";
import { TestTown } from "./site.test-support.ts";

describe("a voter", () => {
  let own: TestTown;
  beforeEach(async () => {
    own = await TestTown.open();
  });
  afterEach(() => own.close());

  test("votes, changes a vote, and is offered what is left; a double post counts once", async () => {
    const ada = await own.join();
    const [first = "", second = ""] = own.ids;
    expect((await own.as(ada, "/api/next")).body).toMatchObject({
      statement: { id: expect.any(String) },
      voted: 0,
      open: 3,
    });
    const twice = await Promise.all([
      own.vote(ada, first, "agree", "same-key-1"),
      own.vote(ada, first, "agree", "same-key-1"),
    ]);
    expect(twice.map(({ status }) => status)).toEqual([200, 200]);
    expect(own.site.state.voteCount).toBe(1);
    await own.vote(ada, first, "disagree");
    // A retry of the first post, which came late: the log has it already.
    await own.vote(ada, first, "agree", "same-key-1");
    expect((await own.as(ada, "/api/mine")).body).toMatchObject({ votes: { [first]: "disagree" } });
    await own.vote(ada, second, "pass");
    const { body } = await own.vote(ada, own.ids[2] ?? "", "agree");
    expect(body).toEqual({ statement: null, voted: 3, open: 0 });
    expect(own.site.state.statements.get(first)?.counts).toEqual({ agree: 0, pass: 0, disagree: 1 });
  });

  test("adds a statement, is never offered it, and reads what became of it", async () => {
    const [ada, ben] = [await own.join(), await own.join()];
    const text = "<b>It</b> should\u202e say   so\nbriefly.";
    const sent = { text, language: "ar", key: own.newKey() };
    const { status, body } = await own.as(ada, "/api/statements", sent);
    const id = String(body["id"]);
    expect([status, body]).toEqual([
      200,
      { id, text: "<b>It</b> should\u202e say so briefly.", moderation: "waiting", reason: "", note: "", people: 0 },
    ]);
    expect((await own.as(ada, "/api/statements", sent)).body["id"]).toBe(id);
    expect(own.ids).toHaveLength(4);
    expect((await own.vote(ben, id, "agree")).status).toBe(422);
    await own.organise("moderate", { statement: id, moderation: "accepted" });
    expect((await own.as(ben, "/api/next")).body["open"]).toBe(4);
    expect((await own.as(ada, "/api/next")).body["open"]).toBe(3);
    await own.organise("moderate", { statement: id, moderation: "rejected", reason: "unclear", note: "What is it?" });
    expect((await own.as(ada, "/api/mine")).body["statements"]).toEqual([
      expect.objectContaining({ id, moderation: "rejected", reason: "unclear", note: "What is it?" }),
    ]);
  });

  test("who goes too fast waits", async () => {
    const ada = await own.join();
    const statuses: number[] = [];
    for (let i = 0; i < 60; i++) statuses.push((await own.as(ada, "/api/next")).status);
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    expect((await own.as(await own.join(), "/api/next")).status).toBe(200);
  });

  test("erases everything of theirs: the log keeps that it happened, and its chain holds", async () => {
    const [ada, ben] = [await own.join(), await own.join()];
    for (const id of own.ids) await own.vote(ada, id, "agree");
    await own.vote(ben, own.ids[0] ?? "", "disagree");
    await own.as(ada, "/api/statements", { text: "My street is dark.", language: "en", key: own.newKey() });
    const { body } = await own.as(ada, "/api/forget", { statements: true });
    expect(Number(body["erased"])).toBeGreaterThanOrEqual(5);
    expect((await own.as(ada, "/api/mine")).body).toEqual({ statements: [], votes: {}, place: null });
    expect(own.site.state.voteCount).toBe(1);
    expect(own.site.state.votes.size).toBe(1);
    const reader = await openStore({ folder: own.folder, isReadOnly: true });
    expect(await verifyChain(reader)).toMatchObject({ erased: body["erased"], fault: undefined });
    await reader.close();
    await own.reopen();
    expect(own.site.state.voteCount).toBe(1);
    expect(own.ids).toHaveLength(3);
  });
});

describe("refused, with what is wrong, is", () => {
  let own: TestTown;
  beforeAll(async () => {
    own = await TestTown.open();
  });
  afterAll(() => own.close());

  test.each([
    ["of nothing", "", "empty"],
    ["of signs alone", " \n\u200b…", "empty"],
    ["of 401 characters", "x".repeat(401), "too-long"],
    ["of 10,000 characters", "x".repeat(10_000), "too-long"],
    ["that was said already", "it should NEVER  joke", "said-already"],
  ])("a statement %s", async (_, text, code) => {
    const ada = await own.join();
    const { status, body } = await own.as(ada, "/api/statements", { text, language: "en", key: own.newKey() });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(body).toMatchObject({ error: { code } });
    expect(own.ids).toHaveLength(3);
  });

  test.each([
    ["no token", "", { statement: "1", vote: "agree", key: "12345678" }, 401],
    ["a token of another key", "abc.def", { statement: "1", vote: "agree", key: "12345678" }, 401],
    ["an unknown statement", "own", { statement: "none", vote: "agree", key: "12345678" }, 422],
    ["a vote that is none", "own", { statement: "1", vote: 2, key: "12345678" }, 422],
    ["a vote of the wrong sign", "own", { statement: "1", vote: "-1", key: "12345678" }, 422],
    ["no key", "own", { statement: "1", vote: "agree" }, 422],
  ])("%s", async (_, token, body, status) => {
    const answer = await own.as(token === "own" ? await own.join() : token, "/api/votes", body);
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({ error: { code: expect.any(String), detail: expect.any(String) } });
    expect(own.site.state.voteCount).toBe(0);
  });
});

test("whoever was invited comes in: one voter for a listed invitation, many for an open one, none for an old or forged one", async () => {
  const own = await TestTown.open({ access: "invited" });
  expect((await own.ask("/api/join", {}, {})).body).toMatchObject({ error: { code: "not-invited" } });
  const codes = async (kind: string): Promise<string[]> =>
    (await own.organise("invitations", { kind, count: 2 })).body["codes"] as string[];
  const [first, second] = await codes("listed");
  const pseudonyms = await Promise.all(
    [first, first, second].map(async (code) => own.site.tokens.pseudonymOf(await own.join(code))),
  );
  expect(new Set(pseudonyms).size).toBe(2);
  expect(pseudonyms[0]).toBe(pseudonyms[1]);
  const [open] = await codes("open");
  expect(await own.join(open)).not.toBe(await own.join(open));
  const expired = own.site.tokens.invite({ id: "x", kind: "listed", expires: Date.now() - 1 });
  expect((await own.ask("/api/join", {}, { invitation: expired })).status).toBe(410);
  expect((await own.ask("/api/join", {}, { invitation: `${String(first).slice(0, -2)}xx` })).status).toBe(403);
  await own.close();
});

describe("an organiser", () => {
  let own: TestTown;
  beforeAll(async () => {
    own = await TestTown.open();
  });
  afterAll(() => own.close());

  test("is known by the token of the link alone", async () => {
    for (const token of ["", "x", own.site.tokens.organiser.slice(1)])
      expect((await own.ask("/api/organiser/overview", { "x-precept-organiser": token })).status).toBe(403);
    expect((await own.organise("overview")).status).toBe(200);
  });

  test("turns down for published reasons alone, and the log of that is public, without the texts", async () => {
    const ada = await own.join();
    const add = async (text: string): Promise<string> =>
      String((await own.as(ada, "/api/statements", { text, language: "en", key: own.newKey() })).body["id"]);
    const [good, bad] = [await add("=SUM(1) is a sum"), await add("My neighbour, Mr Example, is loud.")];
    expect(
      (await own.organise("moderate", { statement: bad, moderation: "rejected", reason: "my mood" })).body,
    ).toMatchObject({
      error: { code: "unknown-reason" },
    });
    await own.organise("moderate", {
      statement: bad,
      moderation: "rejected",
      reason: "personal-data",
      note: 'a "name"',
    });
    await own.organise("moderate", { statement: good, moderation: "accepted" });
    const csv = await (await own.app.request("/api/moderation-log.csv")).text();
    expect(csv.split("\r\n").map((line) => line.replace(/^[^,]+/, ""))).toEqual([
      ",statement,decision,reason,note,text",
      `,${bad},rejected,personal-data,"a ""name""",`,
      `,${good},accepted,,,'=SUM(1) is a sum`,
      "",
    ]);
  });

  test("closes, puts principles to the second vote, and ends it: what came of it is told at the end", async () => {
    const voters = await Promise.all(Array.from({ length: 6 }, () => own.join()));
    const drafts = ["p1", "p2"].map((id) => ({
      id,
      text: `Choose the response that is ${id}.`,
      statements: own.ids.slice(0, 1),
    }));
    expect((await own.organise("drafts", { drafts })).body).toMatchObject({ error: { code: "wrong-order" } });
    expect((await own.organise("phase", { phase: "ratification" })).status).toBe(409);
    await own.organise("phase", { phase: "closed" });
    expect((await own.vote(voters[0] ?? "", own.ids[0] ?? "", "agree")).body).toMatchObject({
      error: { code: "not-open" },
    });
    expect((await own.organise("phase", { phase: "ratification" })).status).toBe(409);
    await own.organise("drafts", { drafts });
    await own.organise("phase", { phase: "ratification" });
    for (const [i, voter] of voters.entries())
      for (const { id } of drafts)
        await own.as(voter, "/api/ballot", {
          principle: id,
          vote: id === "p1" || i < 2 ? "agree" : "disagree",
          key: own.newKey(),
        });
    expect((await own.ask("/api/ratification")).body).toEqual({ phase: "ratification", people: 6, results: null });
    await own.organise("phase", { phase: "ratified" });
    const { results } = (await own.ask("/api/ratification")).body;
    expect(results).toEqual([
      expect.objectContaining({ id: "p1", counts: { agree: 6, pass: 0, disagree: 0 }, isRatified: true }),
      expect.objectContaining({ id: "p2", counts: { agree: 2, pass: 0, disagree: 4 }, isRatified: false }),
    ]);
    await own.reopen();
    expect((await own.ask("/api/ratification")).body["results"]).toEqual(results);
  });
});
