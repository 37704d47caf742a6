import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rng } from "../../rng.ts";
import type { Published } from "../published.ts";
import { readConversation, verifyConversation } from "./index.ts";
import { TestTown } from "./site.test-support.ts";

const seeds = Array.from({ length: 9 }, (_, i) => `The assistant should do number ${i}.`);
const patience = { timeout: 50_000 };
type Shown = Published & { readonly upTo: number; readonly hash: string };

describe("a town of two camps", () => {
  let own: TestTown;
  let voters: string[];
  beforeAll(async () => {
    own = await TestTown.open({ seeds, limits: { votesPerMinute: 10_000, joinsPerMinute: 10_000 } });
    const random = rng(5, "camps");
    voters = await Promise.all(Array.from({ length: 40 }, () => own.join()));
    for (const [j, statement] of own.ids.entries()) {
      const voteOf = (i: number): "agree" | "disagree" => {
        const agrees = j < 3 ? 1 : j < 6 === (i % 2 === 0) ? 0.95 : 0.05;
        return random.next() < agrees ? "agree" : "disagree";
      };
      await Promise.all(voters.map((voter, i) => own.vote(voter, statement, voteOf(i))));
    }
  }, 60_000);
  afterAll(() => own.close());
  const shown = async (): Promise<Shown | null> => (await own.ask("/api/results")).body["result"] as Shown | null;
  const readAll = (): Promise<number> =>
    expect
      .poll(async () => (await shown())?.votes, patience)
      .toBe(360)
      .then(() => 360);

  test("sees two groups, what both share, and each voter their own place", async () => {
    await readAll();
    const result = await shown();
    expect(result).toMatchObject({ people: 40, state: "groups", groups: [{ people: 20 }, { people: 20 }] });
    const shared = result?.statements.filter(({ agreement }) => agreement === "yes").map(({ id }) => id);
    expect(new Set(shared)).toEqual(new Set(own.ids.slice(0, 3)));
    expect(result?.cells.every(({ people }) => people >= 5)).toBe(true);
    const places = await Promise.all(voters.map(async (voter) => (await own.as(voter, "/api/mine")).body["place"]));
    const groups = places.map((place) => (place as { group: number }).group);
    expect(new Set(groups.filter((_, i) => i % 2 === 0)).size).toBe(1);
    expect(groups[0]).not.toBe(groups[1]);
    expect(JSON.stringify(result)).not.toContain(own.site.tokens.pseudonymOf(voters[0]));
  });

  test("does not see a result that moved by fewer people than a cell holds; a voter's own place moves at once", async () => {
    await readAll();
    const before = await shown();
    const placeOf = async (): Promise<unknown> => (await own.as(voters[0] ?? "", "/api/mine")).body["place"];
    const place = await placeOf();
    for (const statement of own.ids.slice(3)) await own.vote(voters[0] ?? "", statement, "pass");
    await expect.poll(placeOf, patience).not.toEqual(place);
    expect(await shown()).toEqual(before);
    for (const voter of voters.slice(1, 5)) await own.vote(voter, own.ids[0] ?? "", "disagree");
    await expect.poll(async () => (await shown())?.upTo, patience).not.toBe(before?.upTo);
  });

  test("computes every published result again, and finds one that was forged", async () => {
    await readAll();
    const report = await verifyConversation({ folder: own.folder });
    expect(report).toMatchObject({ erased: 0, withdrawn: 0, faults: [] });
    expect(report.same).toBe(report.published);
    expect(report.published).toBeGreaterThan(1);
    const { conversation, head, phase } = await readConversation({ folder: own.folder });
    expect([conversation.votes.length, conversation.statements.length, phase]).toEqual([360, 9, "voting"]);
    expect(head.seq).toBeGreaterThanOrEqual(report.head.seq);
  });

  test("withdraws what was published before somebody had their votes deleted, and computes it anew without them", async () => {
    await own.as(voters[39] ?? "", "/api/forget", { statements: false });
    await expect.poll(async () => (await shown())?.people, patience).toBe(39);
    const report = await verifyConversation({ folder: own.folder });
    expect(report).toMatchObject({ faults: [], same: report.published - report.withdrawn });
    expect(report.erased).toBeGreaterThanOrEqual(9);
    expect(report.same).toBeGreaterThan(0);
  });

  test("finds a result that its votes do not give", async () => {
    await own.site.write([
      { event: { kind: "published", at: 0, upTo: 20, head: "0".repeat(64), result: "1".repeat(64) } },
    ]);
    const { seq } = (await readConversation({ folder: own.folder })).head;
    const last = new DatabaseSync(join(own.folder, "log.sqlite"), { readOnly: true });
    const hash = last.prepare("select hash from events where seq = ?").get(seq)?.["hash"];
    last.close();
    await own.site.write([
      { event: { kind: "published", at: 0, upTo: seq, head: String(hash), result: "1".repeat(64) } },
      { event: { kind: "published", at: 0, upTo: seq, head: "0".repeat(64), result: "1".repeat(64) } },
    ]);
    const { faults } = await verifyConversation({ folder: own.folder });
    expect(faults).toEqual([
      `event ${seq + 1}: the result from the log up to event ${seq} comes out otherwise`,
      `event ${seq + 2}: event ${seq} has another hash than the result says`,
    ]);
  });
});
