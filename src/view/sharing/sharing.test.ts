import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeTracedRun } from "../../../test/fixtures/traced-run.ts";
import { cleaner } from "../../project/index.ts";
import { linesOf, writeStages } from "../random-chains.test-support.ts";
import { servedRooms } from "../rooms.ts";
import { RunSource } from "../server/run-source.ts";
import { fileOf } from "../shared/index.ts";
import type { RunPage } from "../source.ts";
import { collectShared } from "./collect.ts";
import { shareRun } from "./index.ts";
import { FileSink } from "./sink.ts";

const folder = mkdtempSync(join(tmpdir(), "precept-sharing-"));
const root = join(folder, "noted");
const pages = join(folder, "pages");
const clean = cleaner({ OWN_TOKEN: "not-for-others" });
// Looks like a key, and is the name of a prompt: pages must find it all the same.
const prompts = ["hf-prompts-of-a-rope-chest", "the-old-well"];
const share = (out: string, filter?: string, withNotes?: boolean): ReturnType<typeof shareRun> =>
  shareRun({ root, out, pages, clean, filter, withNotes });

beforeAll(async () => {
  mkdirSync(join(pages, "assets"), { recursive: true });
  writeFileSync(join(pages, "assets", "page.js"), "1;");
  writeFileSync(join(pages, "index.html"), "<!doctype html>\n<html><head><title>Precept</title></head></html>");
  await writeTracedRun(root, prompts);
  const source = new RunSource(root);
  const note = "a note on not-for-others";
  await source.mark("noted", [{ id: `sl-cai/${prompts[0]}/example-1`, mark: "drop", note }]);
  await source.close();
  const manifest = JSON.parse(readFileSync(join(root, "manifest.json"), "utf8")) as object;
  const command = `run --out ${homedir()}/runs/mine --from ${root}/prompts`;
  const models = { initial: `local:${homedir()}/models/small`, judge: `local:${process.cwd()}/models/judge` };
  writeFileSync(join(root, "manifest.json"), JSON.stringify({ ...manifest, command, models }));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** All files below a folder, each with its text. */
function textsIn(out: string): string {
  const files = readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map(({ parentPath, name }) => `${name}\n${readFileSync(join(parentPath, name), "utf8")}`).join("\n");
}

test("a folder shared into before keeps nothing of the earlier share, and what others put there", async () => {
  const out = join(folder, "share");
  await share(out, undefined, true);
  expect(textsIn(out)).toContain("the-old-well");
  expect(textsIn(out)).toContain("a note on [key]");
  writeFileSync(join(out, "assets", "page-of-yesterday.js"), "0;");
  writeFileSync(join(out, "CNAME"), "precept.example");
  await share(out, "q=rope");
  const text = textsIn(out);
  expect(text).toContain(prompts[0]);
  expect(text).not.toContain("the-old-well");
  expect(text).not.toContain("a note on");
  expect(readdirSync(join(out, "assets"))).toEqual(["page.js"]);
  expect(existsSync(join(out, "CNAME"))).toBe(true);
});

test.each([
  ["a page of somebody else", "index.html"],
  ["data of somebody else", "data/own.json"],
])("a folder with %s is refused and left as it is", async (_, name) => {
  const out = mkdtempSync(join(folder, "other-"));
  mkdirSync(join(out, "data"));
  writeFileSync(join(out, name), "<html></html>");
  await expect(share(out)).rejects.toThrow(/a folder with other files .*\n.*written by precept view --out/u);
  expect(readFileSync(join(out, name), "utf8")).toBe("<html></html>");
  expect(existsSync(join(out, "assets"))).toBe(false);
});

test("no text of a share holds a folder of this machine or a key, yet every name is found", async () => {
  const out = join(folder, "clean");
  await share(out, undefined, true);
  const text = textsIn(out);
  for (const secret of [`${homedir()}/`, `${process.cwd()}/`, folder, "not-for-others"]) {
    expect(text.split(secret)[1]?.slice(0, 80)).toBeUndefined();
  }
  const { provenance } = JSON.parse(readFileSync(join(out, "data", fileOf("runs/noted", "answer")), "utf8")) as RunPage;
  expect(provenance).toContainEqual({ label: "Model, initial", value: "local:[folder]/models/small" });
  expect(provenance.find(({ label }) => label === "Command")?.value).toContain(
    "--out [folder]/runs/mine --from noted/",
  );
  expect(text).toContain(`"id":"sl-cai/${prompts[0]}/response-0"`);
});

test("a training goes along with the answers of every step", async () => {
  const run = join(folder, "trained");
  const rollout = (step: number, reward: number) => ({
    ...{ type: "rollout", id: `rl-cai/step-${step}/${reward}`, promptId: "p", parents: ["p"], schemaVersion: 1 },
    ...{ step, reward, response: `answer ${reward}` },
  });
  writeStages(run, { "rl-cai": linesOf([[rollout(1, 3), rollout(2, -1), rollout(2, 0.5)]]) });
  writeFileSync(join(run, "rl-cai", "metrics.jsonl"), '{"step":1,"loss":2}\n{"step":2,"loss":1}\n');
  const out = join(folder, "trained-share");
  const { holds } = await shareRun({ root: run, out, pages, clean });
  expect(holds).toEqual(["2 steps of a training with their answers"]);
  const source = new RunSource(run);
  for (const step of [1, 2]) {
    const file = fileOf(`runs/trained/rollouts?stage=rl-cai&step=${step}`, "answer");
    const shared: unknown = JSON.parse(readFileSync(join(out, "data", file), "utf8"));
    expect(shared).toEqual(await source.answer("trained", ["rollouts"], `stage=rl-cai&step=${step}`));
  }
  await source.close();
});

test("what does not fit one file is found as soon as it does not, and not read to its end", async () => {
  let asked = 0;
  const ids = Array.from({ length: 900 }, (_, i) => ({ id: `p-${i}` }));
  const ask = async (address: string): Promise<unknown> => {
    asked += 1;
    if (/^runs\/large$/u.test(address)) return { rooms: [{ room: "chains", count: ids.length }] };
    const from = Number(/from=(\d+)/u.exec(address)?.[1]);
    if (address.includes("?")) return { matching: ids.length, rows: ids.slice(from, from + 200), facets: [] };
    return { text: "x".repeat(1e6) };
  };
  const options = { run: "large", filter: { facets: {} }, withNotes: false, clean, rooms: servedRooms };
  const sink = new FileSink("page.html");
  await expect(collectShared(ask, options, sink)).rejects.toThrow(/more than 20 MB[\s\S]*--out page\/ makes a folder/u);
  expect(asked).toBeLessThan(30);
});
