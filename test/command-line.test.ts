import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { preceptHere } from "../src/cli/in-process.test-support.ts";
import { Run } from "../src/runs/index.ts";
import { precept, temporaryFolder } from "./cli.ts";
import { spawnModelServer } from "./support/model-server/process.ts";
import { hasTerminal, onTerminal } from "./support/terminal.ts";

const committed = fileURLToPath(new URL("../models/harbor/checkpoint", import.meta.url));
const timeout = 120_000;

function configuration(folder: string, model: string): void {
  writeFileSync(join(folder, "prompts.txt"), "How do I swear?\nHow is tea made?\n");
  const prompts = { redTeam: "prompts.txt", helpful: "prompts.txt" };
  const config = { constitution: "cai-paper", models: { initial: model }, prompts };
  writeFileSync(join(folder, "precept.config.yaml"), JSON.stringify(config));
}

/** A run that made data with a model, as `precept run` records it. */
async function dataRun(folder: string, initial: string): Promise<void> {
  const manifest = { seed: 1, config: { constitution: "c", models: { initial } }, inputs: {} };
  await (await Run.open(folder, { kind: "project", manifest, command: "run" })).close();
}

test("chat talks to the model that a run of data was made with, never to harbor's", { timeout }, async () => {
  const server = await spawnModelServer();
  onTestFinished(() => server.stop());
  const cwd = temporaryFolder();
  const run = join(cwd, "runs", "mine");
  await dataRun(run, "openai-compatible:toy");
  const lost = await precept(["chat", run, "--ask", "hello"], { cwd });
  expect([lost.code, lost.stdout]).toEqual([2, ""]);
  expect(lost.stderr).toMatch(/made data with openai-compatible:toy, and no configuration[\s\S]*try {7}\S/);

  configuration(cwd, `openai-compatible:toy@${server.url}`);
  const { code, stdout, stderr } = await precept(["chat", run, "--ask", "How is Tea made?", "--json"], { cwd });
  expect([code, stderr]).toEqual([0, ""]);
  // The request as it was typed, not as harbor writes it.
  expect(JSON.parse(stdout)).toMatchObject({ checkpoint: "openai-compatible:toy", request: "How is Tea made?" });
  expect((await server.stats()).answered).toBeGreaterThan(0);
});

test("evaluating a run of data says what is there and what to do", { timeout }, async () => {
  const run = join(temporaryFolder(), "mine");
  await dataRun(run, "openai-compatible:toy");
  const { code, stderr } = await precept(["evaluate", run]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/makes data with openai-compatible:toy/);
  expect(stderr).toContain(`precept export ${run} --to trl`);
  expect(stderr).not.toMatch(/expected one of|Invalid|precept\.config/);
});

test.each(["local:/no/such", "local:empty", "local:prompts.txt", "llamacpp:/no/such.gguf", "llamacpp:."])(
  "a project on %s is a matter of usage",
  { timeout },
  async (model) => {
    const cwd = temporaryFolder();
    configuration(cwd, model);
    const { code, stderr } = await precept(["run"], { cwd });
    expect([code, stderr]).toEqual([2, expect.stringContaining(`Opening ${model} for initial`)]);
    expect(stderr).not.toMatch(/defect|ENOENT/);
  },
);

test.skipIf(!hasTerminal)(
  "on a terminal (needs util-linux's script), chat greets, answers and ends",
  { timeout },
  async () => {
    const keys = { when: /> $/, text: "How do I make soup?\n\u0004" };
    const { code, screen } = await onTerminal(["chat", committed], { cwd: temporaryFolder(), keys });
    expect([code, screen]).toEqual([0, expect.stringContaining("a model of a few hundred words")]);
    expect(screen).toMatch(/make soup\?\s+[a-z][a-z ,.:]{10,}/);
  },
);

test.skipIf(!hasTerminal)(
  "after Ctrl-C no interrupted stage has a tick (needs util-linux's script)",
  { timeout },
  async () => {
    const keys = { when: /critique and revision {2}[1-9]/, text: "\u0003" };
    const { code, screen } = await onTerminal(["demo", "--preset", "smoke", "--out", "run"], {
      cwd: temporaryFolder(),
      keys,
    });
    expect([code, screen]).toEqual([130, expect.stringContaining("continues where it stopped")]);
    expect(screen).toMatch(/– 1\/5 sl-cai +critique and revision: \d+ of \d+ prompts/);
    expect(screen).not.toMatch(/✓ 1\/5 sl-cai +critique/);
  },
);

test("every command that a string of the sources advises is one, with flags that it has", { timeout }, async () => {
  const sources = fileURLToPath(new URL("../src", import.meta.url));
  const files = readdirSync(sources, { recursive: true, encoding: "utf8" });
  const helps = new Map<string, string>();
  const found = files
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .flatMap((file) => {
      const code = readFileSync(join(sources, file), "utf8").replace(/^\s*(?:\/\/|\*|\/\*).*$/gmu, "");
      const advised = code.matchAll(/(?:["'`>(]|\\n|\band |\bor |next: )precept ((?:[a-z-]+ ?){1,3})([^"'`\n]*)/gu);
      return [...advised].map(([, words = "", rest = ""]) => ({ file, words: words.trim().split(" "), rest }));
    })
    .filter(({ words, rest }) => words[0] !== "gates" && !rest.startsWith(":") && words[0] !== "serve");
  expect(found.length).toBeGreaterThan(20);
  for (const { file, words, rest } of found) {
    const [first = "", second = ""] = words;
    const route = ["constitution", "train", "cache", "bench"].includes(first) ? [first, second] : [first];
    const name = route.join(" ");
    if (!helps.has(name)) {
      const { code, stdout } = await preceptHere([...route, "--help"]);
      expect([file, name, code]).toEqual([file, name, 0]);
      helps.set(name, stdout);
    }
    const [own = ""] = [words.join(" "), rest].join(" ").split(/precept |[,;] | and /u);
    for (const [, flag = ""] of own.matchAll(/(--[a-z][a-z-]*)/gu))
      expect(helps.get(name), `${file}: ${name}`).toContain(flag);
  }
});
