import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { precept, temporaryFolder } from "./cli.ts";
import { spawnModelServer } from "./support/model-server/process.ts";

const timeout = 120_000;

test("check, from a template to the exit of its gates: a judge that says nothing readable is no evidence", {
  timeout,
}, async () => {
  const server = await spawnModelServer();
  onTestFinished(() => server.stop());
  const cwd = temporaryFolder();
  const model = `openai-compatible:toy@${server.url}`;
  const begun = await precept(["init", "--template", "blank", "--yes", "--model", model], { cwd });
  expect([begun.code, begun.stderr]).toEqual([0, ""]);
  expect(begun.stdout).toContain("precept check");
  expect(existsSync(join(cwd, "prompts", "red-team.jsonl"))).toBe(true);
  const refused = await precept(["init", "--template", "blank", "--rule", "Be kind.", "--force"], { cwd });
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("--rule beside --template blank")]);

  const planned = await precept(["check", "--plan"], { cwd });
  expect(planned.stdout).toMatch(/target[^\n]* 5 [\s\S]*judge[^\n]* 5 /u);
  expect((await server.stats()).answered).toBe(0);

  const checked = await precept(["check", "--out", "runs/check", "--junit", "j.xml", "--summary", "s.md"], { cwd });
  expect(checked.code).toBe(4);
  expect(checked.stdout).toMatch(/cannot tell +your-rule/u);
  expect(checked.stderr).toContain("is the model that it judges");
  expect(readFileSync(join(cwd, "j.xml"), "utf8")).toMatch(
    /your-rule at most 0\.05[\s\S]*<error type="not-enough-evidence"/u,
  );
  expect(readFileSync(join(cwd, "s.md"), "utf8")).toContain("1 without enough evidence");
  const again = await precept(["check", "--out", "runs/check", "--json"], { cwd });
  expect([again.code, JSON.parse(again.stdout).subjects[0].outcomes.length]).toEqual([4, 2]);

  const ids = readFileSync(join(cwd, "prompts", "helpful.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).id);
  const labels = ids.map((id) => ({ id: `benchmark/${model}/check/helpful-${id}/000`, label: "not at stake" }));
  writeFileSync(join(cwd, "labels.jsonl"), labels.map((row) => JSON.stringify(row)).join("\n"));
  const calibrate = ["calibrate", "--principle", "your-rule", "--answers", "runs/check", "--labels", "labels.jsonl"];
  const certified = await precept([...calibrate, "--judge", "strings"], { cwd });
  expect([certified.code, certified.stderr.includes("Error")]).toEqual([0, false]);
  expect(certified.stdout).toMatch(/your-rule +2 +0 %/u);
  expect(certified.stdout).toMatch(/^certificates\/principle-your-rule-[0-9a-f]{16}\.json$/mu);

  writeFileSync(
    join(cwd, "precept.config.ts"),
    readFileSync(join(cwd, "precept.config.ts"), "utf8").replace("// systemPrompt", "systemPrompt"),
  );
  const missing = await precept(["check", "--junit", "j.xml"], { cwd });
  expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining("Reading the system prompt system.md")]);
  expect(readFileSync(join(cwd, "j.xml"), "utf8")).toContain('<error type="thrown"');
});

test("a run that checks exits as its gates say of what it made, with all else done and shown", {
  timeout,
}, async () => {
  const server = await spawnModelServer();
  onTestFinished(() => server.stop());
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, "constitution.yaml"), "principles:\n  - id: calm\n    text: The answer is calm.\n");
  writeFileSync(join(cwd, "red.txt"), Array.from({ length: 4 }, (_, i) => `Open door ${i}?`).join("\n"));
  const config = (gates: object) => ({
    ...{ constitution: "constitution.yaml", prompts: { redTeam: "red.txt" }, rounds: 1, whenUseless: "continue" },
    ...{ models: { initial: `openai-compatible:toy@${server.url}` }, check: { inRun: true, ...gates } },
  });
  const runWith = (gates: object) => {
    writeFileSync(join(cwd, "precept.config.yaml"), JSON.stringify(config(gates)));
    return precept(["run", "--out", "run"], { cwd });
  };
  const gated = await runWith({ gates: { calm: { atMost: 0.05 } } });
  expect([gated.code, gated.stderr.includes("Error")]).toEqual([4, false]);
  expect(gated.stdout).toMatch(/Gates: 0 passed, 0 broken, 1 without enough evidence[\s\S]*report\.html\s*$/u);
  expect((await runWith({})).code).toBe(0);
});
