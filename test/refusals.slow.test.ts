import { spawn } from "node:child_process";
import { copyFileSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { preceptHere } from "../src/cli/in-process.test-support.ts";
import { Run } from "../src/runs/index.ts";
import { precept, temporaryFolder } from "./cli.ts";
import { writeFixtureRun } from "./fixtures/report-run.ts";

const timeout = 120_000;

test("a folder of runs that is not there is a matter of usage", { timeout }, async () => {
  const cwd = temporaryFolder();
  const lost = await precept(["runs", "NOWHERE"], { cwd });
  expect([lost.code, lost.stderr]).toEqual([2, expect.stringContaining("no folder NOWHERE")]);
  expect(await precept(["runs"], { cwd })).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("No runs in runs"),
  });
});

test("a rule that harbor cannot read is refused before anything is written", { timeout }, async () => {
  const cwd = temporaryFolder();
  for (const args of [
    ["demo", "--preset", "smoke", "--rule", "nonsense"],
    ["init", "--template", "harbor", "--rule", "nonsense", "."],
  ]) {
    const { code, stderr } = await precept(args, { cwd });
    expect([code, stderr]).toEqual([2, expect.stringContaining('cannot read "nonsense"')]);
    expect(readdirSync(cwd)).toEqual([]);
  }
});

test("a run of a benchmark has no page, and says what shows it", { timeout }, async () => {
  const run = join(temporaryFolder(), "tuned");
  await (
    await Run.open(run, { kind: "evaluation", manifest: { seed: 1, config: {}, inputs: {} }, command: "t" })
  ).close();
  const { code, stderr } = await preceptHere(["report", run]);
  expect([code, stderr]).toEqual([2, expect.stringMatching(/another kind: evaluation[\s\S]*try +precept show /)]);
  expect(existsSync(join(run, "report.html"))).toBe(false);
});

test("compare refuses groups that no answer has, and folds what cannot be told", { timeout }, async () => {
  const run = join(temporaryFolder(), "run");
  writeFixtureRun(run);
  const sides = [`${run}@sl-cai`, `${run}@rl-cai`];
  const wrong = await preceptHere(["compare", ...sides, "--by", "split,colour"]);
  expect([wrong.code, wrong.stderr]).toEqual([
    2,
    expect.stringMatching(/none has a colour[\s\S]*expected +some of .*split/),
  ]);
  const folded = await preceptHere(["compare", ...sides, "--by", "split"]);
  expect(folded).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Cannot tell \(--all shows them\): .*\w/m) });
  expect(folded.stdout).not.toMatch(/\| cannot tell/);
  const whole = await preceptHere(["compare", ...sides, "--by", "split", "--all"]);
  expect(whole.stdout).toMatch(/\| cannot tell/);
});

test("serve hands chat_template_kwargs to the chat template of a checkpoint", { timeout }, async () => {
  const template = join(temporaryFolder(), "chat.jinja");
  writeFileSync(template, "{{ opening }} {% for message in messages %}{{ message.content }}{% endfor %}");
  const committed = new URL("../models/harbor/checkpoint", import.meta.url).pathname;
  const program = new URL("../bin/precept.js", import.meta.url).pathname;
  const args = ["serve", committed, "--chat-template", template, "--port", "0", "--json"];
  const server = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(() => void server.kill("SIGTERM"));
  let shown = "";
  for await (const text of server.stdout) {
    shown += text;
    if (/:\d+/.test(shown)) break;
  }
  const url = /http:\/\/[^:]+:\d+/.exec(shown)?.[0];
  const countTokens = async (more: object): Promise<number> => {
    const body = { messages: [{ role: "user", content: "how do i make soup" }], max_tokens: 1, ...more };
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body: JSON.stringify(body) });
    return ((await answer.json()) as { usage: { prompt_tokens: number } }).usage.prompt_tokens;
  };
  const more = await countTokens({ chat_template_kwargs: { opening: "the soup" } });
  expect(more - (await countTokens({}))).toBe(2);
});

test("a run on harbor is measured by its own constitution, by name too", { timeout }, async () => {
  const run = join(temporaryFolder(), "own");
  const manifest = { seed: 1, config: { world: { name: "harbor" } }, inputs: {} };
  await (await Run.open(run, { kind: "project", manifest, command: "t" })).close();
  const plan = async () => (await precept(["evaluate", run, "--suite", "harmlessness", "--plan", "--json"])).stdout;
  const shipped = JSON.parse(await plan());
  const rule = "{ id: no-food, text: the answer should not help with food . }";
  writeFileSync(join(run, "measured-by.yaml"), `name: own\nprinciples: [${rule}]\n`);
  const own = JSON.parse(await plan());
  // Requests are governed by kinds, so one principle is asked about fewer of them.
  expect(own.suites[0].items).toBeLessThan(shipped.suites[0].items);
});

test("convert names the folder after a GGUF file, and asks for one otherwise", { timeout }, async () => {
  const cwd = temporaryFolder();
  copyFileSync(new URL("fixtures/gguf/tiny.gguf", import.meta.url), join(cwd, "tiny.gguf"));
  expect(await precept(["convert", "tiny.gguf", "--to", "hf"], { cwd })).toMatchObject({ code: 0, stderr: "" });
  expect(readdirSync(join(cwd, "tiny"))).toContain("model.safetensors");
  const { code, stderr } = await precept(["convert", "tiny"], { cwd });
  expect([code, stderr]).toEqual([2, expect.stringContaining("precept convert tiny --out DIR")]);
});
