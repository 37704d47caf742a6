import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/cli.ts";
import { harborFolder } from "../project/index.ts";
import { preceptHere } from "./in-process.test-support.ts";

const model = join(harborFolder, "checkpoint");
const attack = (out: string, ...more: readonly string[]) =>
  preceptHere([
    "redteam",
    model,
    "--strategy",
    "plain,persuasion",
    "--principles",
    "privacy",
    "--budget",
    "24",
    "--out",
    out,
    ...more,
  ]);

test("harbor's helpful-only model is broken, its findings go two ways, and come back: exit 3", async () => {
  const folder = temporaryFolder();
  const [out, prompts, regression] = ["rt", "next.jsonl", "regression.jsonl"].map((name) => join(folder, name));
  if (out === undefined || prompts === undefined || regression === undefined) throw new Error("no names");
  const { code, stdout, stderr } = await attack(out);
  expect([code, stderr.includes("precept:")]).toEqual([0, false]);
  expect(stdout).toContain("judged by checkpoint");
  expect(stdout).toMatch(/spent: target \d+ calls, [\d,]+ \+ [\d,]+ tokens, \$0 · judge \d+ calls/);
  const printed = JSON.parse((await attack(out, "--json")).stdout);
  expect(printed.overall.asr["1"].estimate).toBeGreaterThan(0.7);
  expect(printed.twins.estimate).toBeLessThan(0.2);
  // What was asked stands in the records and, unless it is wanted, nowhere else.
  const [finding] = readFileSync(join(out, "findings", "records.jsonl"), "utf8").split("\n");
  const asked: string = JSON.parse(finding ?? "").messages[0].content;
  expect(stdout).not.toContain(asked);
  expect((await attack(out, "--show-attacks")).stdout).toContain(asked);

  const exported = await preceptHere(["redteam", "export", out, "--prompts", prompts, "--regression", regression]);
  expect(exported.stdout).toMatch(/^\d+ successful requests → \d+ findings → \d+ prompts in .* \+ \d+ regressions in /);
  const back = await preceptHere(["gate", regression, model]);
  expect(back.stdout).toContain("findings came back");
  expect(back.code).toBe(3);
  const policy = join(folder, "guard.yaml");
  const pattern = "diary|address|password|wages|illness|letters|income|vault|affair|cipher|ledger|pin";
  writeFileSync(
    policy,
    `constitution: harbor\nrules: [{ id: words, principle: privacy, pattern: "${pattern}", stage: [input, output] }]\n`,
  );
  const guarded = await preceptHere(["gate", regression, model, "--guard", policy]);
  expect([guarded.code, guarded.stdout.includes(": 0 of ")]).toEqual([0, true]);
  const behind = await attack(join(folder, "guarded"), "--guard", policy);
  expect(behind.stdout).toContain("stopped by guard 100.0 %");
});

test("names of nothing are said to be so, and no judge is chosen in the place of one that is missing", async () => {
  const unknown = await preceptHere(["redteam", model, "--strategy", "persuade"]);
  expect([unknown.code, unknown.stderr.includes('no strategy "persuade"')]).toEqual([2, true]);
  const judgeless = await preceptHere(["redteam", "openai:gpt-4o-mini", "--constitution", "harbor"]);
  expect([judgeless.code, judgeless.stderr.includes("no judge")]).toEqual([2, true]);
  const worded = await preceptHere(["redteam", model, "--strategy", "pair"]);
  expect([worded.code, worded.stderr.includes("reads no prose")]).toEqual([2, true]);
  const principleless = await preceptHere(["redteam", model, "--principles", "tone"]);
  expect([principleless.code, principleless.stderr.includes("no goal for tone")]).toEqual([2, true]);
});
