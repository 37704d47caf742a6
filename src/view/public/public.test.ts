import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { linesOf, principles, randomChain, writeRun } from "../random-chains.test-support.ts";
import { findOnly } from "../run/runs.ts";
import { RunSource } from "../server/run-source.ts";
import type { PublicPage, PublicPrinciplePage } from "../source-public.ts";
import { provenanceAs, writeCrowd, writeTown } from "./public.test-support.ts";

let root: string;
let source: RunSource;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "precept-public-"));
  writeRun(join(root, "taught"), linesOf([randomChain(1)]));
  writeRun(join(root, "plain"), linesOf([randomChain(2)]));
  writeFileSync(join(root, "taught", "provenance.json"), JSON.stringify(provenanceAs(principles)));
  await writeTown(join(root, "town"), ["kindness", "plainness"]);
  await writeTown(join(root, "young"));
  source = new RunSource(root);
}, 60_000);
afterAll(async () => {
  await source?.close();
  rmSync(root, { recursive: true, force: true });
});

const pageOf = async (run: string): Promise<PublicPage> => (await source.answer(run, ["public"])) as PublicPage;
const principleOf = async (run: string, id: string): Promise<PublicPrinciplePage> =>
  (await source.answer(run, ["public", id])) as PublicPrinciplePage;

test("a run that a public's constitution was trained in has the room, another has none", async () => {
  const roomsOf = async (run: string) => (await source.run(run)).rooms.map(({ room }) => room);
  expect(await roomsOf("taught")).toContain("public");
  expect(await roomsOf("plain")).not.toContain("public");
  await expect(source.answer("plain", ["public"])).rejects.toThrow("nothing at public");
  await expect(source.answer("taught", ["public", "nobody"])).rejects.toThrow("nothing at public/nobody");
});

test("it says what the public thinks, cells of fewer people than may be shown left out", async () => {
  const { title, opinion, constitution } = await pageOf("taught");
  expect(title).toBe("Our town hall");
  expect(opinion).toMatchObject({ people: 60, state: "groups", flagged: { people: 20, isLeftOut: false }, unshown: 1 });
  expect(opinion?.groups.map((group) => group?.people)).toEqual([30, 30]);
  // Somebody's own place is on no map.
  expect(Math.min(...(opinion?.cells.map(({ people }) => people) ?? []))).toBeGreaterThanOrEqual(5);
  expect(opinion?.cells.reduce((sum, { people }) => sum + people, 0)).toBeGreaterThan(50);
  expect(opinion?.statements.map(({ text }) => text)).not.toContain("Only three people said something to this.");
  const thin = opinion?.statements.find(({ text }) => text.startsWith("Four of one group"));
  expect(thin).toMatchObject({ verdict: "needs more votes", consensus: null, principles: ["danger"] });
  // 34 in all, minus those of the other group, would tell of the four.
  expect(thin?.votes.groups).toEqual([null, null]);
  expect(opinion?.statements[0]).toMatchObject({ verdict: "all agree" });
  expect(constitution?.principles.map(({ id, state }) => [id, state])).toEqual([
    ["danger", "ratified"],
    ["help", "ratified"],
    ["tone", "ratified"],
    ["privacy", "needs more votes"],
  ]);
  expect(constitution?.principles[0]?.share).toMatchObject({ estimate: 0.9, n: 40 });
});

test("a principle leads to its statements, the votes of each group and the second vote", async () => {
  const { principle, statements, secondVote, conflicts, position, of } = await principleOf("taught", "danger");
  expect([principle.state, position, of, conflicts.length]).toEqual(["ratified", 1, 4, 1]);
  expect(secondVote?.all).toEqual({ agree: 36, pass: 0, disagree: 4 });
  expect(statements.map(({ id, votes: { all } }) => [id, all && all.agree + all.pass + all.disagree])).toEqual([
    ["s0", 60],
    ["s14", 34],
  ]);
  expect(statements[0]?.consensus?.estimate).toBeGreaterThan(0.85);
  expect(statements[1]).toMatchObject({ consensus: null, probability: null, votes: { groups: [null, null] } });
  // Three people voted a second time: their share is theirs.
  expect(await principleOf("taught", "privacy")).toMatchObject({
    principle: { share: null },
    secondVote: { all: null },
  });
});

test("a folder of a conversation is one without being a run: computed from its log, with its draft where there is one", async () => {
  expect((await source.runs()).runs.map(({ name }) => name).slice(0, 2)).toEqual(["town", "young"]);
  const { opinion, constitution, proof } = await pageOf("town");
  expect(opinion?.question).toBe("What should the assistant of our town hall do?");
  expect(constitution?.principles.map(({ id }) => id)).toEqual(["kindness", "plainness"]);
  expect(proof.map(({ label }) => label)).toEqual([
    ...["Votes and statements", "Configuration", "Seed", "Log", "Constitution", "Second vote"],
  ]);
  const young = await pageOf("young");
  expect([young.constitution, young.opinion?.people, young.opinion?.flagged.isLeftOut]).toEqual([null, 60, false]);
  expect((await source.run("young")).rooms.map(({ room }) => room)).toEqual(["overview", "public"]);
  expect(findOnly(join(root, "town"))).toMatchObject({ name: "town", isTown: true });
  expect(findOnly(root)).toBeUndefined();
});

test("whoever asks for something else is answered while a large log is analysed", async () => {
  await writeCrowd(join(root, "crowd"), 2500);
  await source.runs();
  const answered: string[] = [];
  const crowd = pageOf("crowd").then(({ opinion }) => {
    answered.push("crowd");
    return opinion;
  });
  for (let i = 0; i < 20; i++) {
    await setImmediate();
    await source.run("plain");
    answered.push("another run");
  }
  expect((await crowd)?.people).toBe(2500);
  expect(answered.indexOf("crowd")).toBe(20);
}, 60_000);

test("a damaged file is told, and read again once it is mended", async () => {
  const file = join(root, "young", "provenance.json");
  writeFileSync(file, "{");
  await expect(pageOf("young")).rejects.toThrow(/does not fit/);
  rmSync(file);
  expect((await pageOf("young")).opinion?.people).toBe(60);
});
