import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PreceptError } from "../../errors.ts";
import { foundNames, writeFindings } from "../../inside/inside.test-support.ts";
import { linesOf, randomChain, writeRun } from "../random-chains.test-support.ts";
import { viewerApp } from "../server/app.ts";
import { tokenHeader } from "../server/guard.ts";
import type { TraceAnswer } from "../server/inside-routes.ts";
import { RunSource } from "../server/run-source.ts";
import type { CausedPage, DictionaryPage, FeatureView, InsidePage, TracedAnswer } from "../source-inside.ts";

const root = mkdtempSync(join(tmpdir(), "precept-view-inside-"));
const source = new RunSource(root);
const chains = Array.from({ length: 12 }, (_, i) => randomChain(i));
const asked: Parameters<TraceAnswer>[] = [];
let fault: Error | undefined;
let answer: string | undefined = "0123456789abcdef";
const trace: TraceAnswer = async (...question) => {
  asked.push(question);
  if (fault !== undefined) throw fault;
  return answer;
};
const token = "t";
const app = viewerApp({ source, trace, pages: root, token, hosts: [], onFailure: () => undefined });

beforeAll(() => {
  for (const name of ["looked", "trained", "plain"]) writeRun(join(root, name), linesOf(chains));
  writeFindings(join(root, "looked"));
  for (const name of ["looked", "trained"])
    for (const stage of ["sl-cai", "rl-cai"]) mkdirSync(join(root, name, stage, "checkpoint"), { recursive: true });
});
afterAll(async () => {
  await source.close();
  rmSync(root, { recursive: true });
});

const pageOf = async <T>(run: string, ...path: string[]): Promise<T> =>
  (await source.answer(run, ["inside", ...path])) as T;

test("the room is there where something was found, or answers can be traced, and nowhere else", async () => {
  const roomsOf = async (run: string) => (await source.run(run)).rooms.map(({ room }) => room);
  expect(await roomsOf("looked")).toContain("inside");
  expect(await roomsOf("trained")).toContain("inside");
  expect(await roomsOf("plain")).not.toContain("inside");
  await expect(source.answer("plain", ["inside"])).rejects.toThrow("nothing at inside");
});

test("its page has everything that was kept, and the command that makes an index where there is none", async () => {
  const page = await pageOf<InsidePage>("looked");
  expect(page.traced.map(({ checkpoint, examples }) => [checkpoint, examples])).toEqual([
    ["sl-cai", 1433],
    ["rl-cai", 1433],
  ]);
  expect(page.answers).toMatchObject([{ request: "where does ana live ?", principle: "privacy" }]);
  expect(page.dictionaries[0]).toMatchObject({ recovered: { estimate: 0.9 }, changed: 1, read: 4096 });
  expect(page.referees[0]?.rows).toEqual([
    { method: "ekfac", lds: { estimate: 0.374, low: 0.31, high: 0.437, n: 60 }, note: null },
    { method: "ceiling", lds: null, note: "fewer than four halves were trained twice" },
  ]);
  const bare = await pageOf<InsidePage>("trained");
  expect(bare.traced).toMatchObject([{ examples: null }, { checkpoint: "rl-cai", examples: null }]);
  expect(bare.traced[1]?.command).toMatch(/^precept attribute \S+trained@rl-cai --prompt /u);
});

test("dictionaries, features with or without a page, answers and examples have addresses of their own", async () => {
  const { dictionary, feature, example, twin } = foundNames;
  const whole = await pageOf<DictionaryPage>("looked", "features", dictionary);
  expect([whole.pages, whole.diff?.changed.length]).toEqual([[feature], 1]);
  const page = await pageOf<FeatureView>("looked", "features", dictionary, String(feature));
  expect(page.found?.twin?.dictionary).toBe(twin);
  expect(page).toMatchObject({ best: ["principle privacy"], change: { changes: [{ before: 0.1 }] } });
  expect(page.review?.causes[0]?.id).toBe(example);
  const other = await pageOf<FeatureView>("looked", "features", dictionary, "12");
  expect([other.found, other.previous, other.next]).toEqual([null, 7, null]);
  expect(other.command).toMatch(/precept features show \S+ --feature 12$/u);
  for (const path of [
    ["features", "../plain"],
    ["features", dictionary, "64"],
    ["features", dictionary, "x"],
    ["what"],
  ])
    await expect(pageOf("looked", ...path)).rejects.toThrow("nothing at");
  const { answers } = await pageOf<InsidePage>("looked");
  const traced = await pageOf<TracedAnswer>("looked", "answers", answers[0]?.name ?? "");
  expect(traced.strongest[0]?.comparison?.id).toBe("ai-feedback/c-1");
  expect([traced.compared?.proponents[0]?.influence, traced.compare]).toEqual([0.31, null]);
  expect(traced.forget).toMatch(
    /^precept attribute forget \S+@rl-cai --prompt 'where does ana live \?' --answer 'that is private \.'$/u,
  );
  expect(await pageOf<CausedPage>("looked", "examples", ...example.split("/"))).toMatchObject({
    answers: [{ request: "where does ana live ?", byMethod: { ekfac: { rank: 1 } } }],
    features: [{ dictionary, feature, principle: "privacy" }],
  });
});

const post = async (run: string, body: unknown, headers: Record<string, string> = { [tokenHeader]: token }) => {
  const url = `http://127.0.0.1/api/runs/${run}/attribution`;
  const sent = { method: "POST", body: JSON.stringify(body), headers: { host: "127.0.0.1", ...headers } };
  const response = await app.fetch(new Request(url, sent));
  return { status: response.status, body: (await response.json()) as { name?: string; error?: { message: string } } };
};
const question = { checkpoint: "rl-cai", prompt: " where ? ", answer: null };

test("a question goes to whoever traces, with the run's own folder, and says where the answer is kept", async () => {
  expect(await post("looked", question)).toEqual({ status: 200, body: { name: "0123456789abcdef" } });
  expect(asked.at(-1)).toEqual([`${join(root, "looked")}@rl-cai`, { prompt: "where ?", answer: undefined }]);
  const found = "an index of other examples";
  fault = new PreceptError("run-invalid", { attempted: "Opening the index", found });
  expect(await post("looked", question)).toMatchObject({
    ...{
      status: 409,
      body: { error: { message: expect.stringMatching(/other examples[\s\S]*@rl-cai.*--rebuild$/u) } },
    },
  });
  fault = undefined;
  answer = undefined;
  expect((await post("looked", { ...question, answer: "there" })).body.error?.message).toContain("not kept");
  expect(asked.at(-1)?.[1]).toEqual({ prompt: "where ?", answer: "there" });
});

test("a question that cannot be asked never reaches whoever traces", async () => {
  const before = asked.length;
  expect(await post("trained", question)).toMatchObject({
    ...{ status: 409, body: { error: { message: expect.stringMatching(/no index[\s\S]*precept attribute/u) } } },
  });
  expect((await post("looked", { ...question, checkpoint: "initial" })).status).toBe(409);
  expect((await post("looked", { ...question, checkpoint: "../looked" })).status).toBe(409);
  expect((await post("looked", { ...question, prompt: " " })).status).toBe(422);
  expect((await post("nowhere", question)).status).toBe(404);
  expect((await post("looked", question, {})).status).toBe(403);
  const folder = join(root, "looked", "attribution", "answers");
  rmSync(folder, { recursive: true });
  symlinkSync(tmpdir(), folder);
  expect((await post("looked", question)).status).toBe(403);
  expect(asked.length).toBe(before);
});
