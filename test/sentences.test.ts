import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConstitution } from "../src/constitution/index.ts";
import { precept, temporaryFolder } from "./cli.ts";

const timeout = 300_000;

test("a project from sentences, and one more sentence", { timeout }, async () => {
  const cwd = temporaryFolder();
  const begun = await precept(["init", "--rule", "Never promise a price.", "--rule", "never swear"], { cwd });
  expect([begun.code, begun.stderr]).toEqual([0, ""]);
  expect(begun.stdout).toMatch(
    /never-promise-price[\s\S]*does the assistant promise a price\?[\s\S]*next: precept check/,
  );
  const file = join(cwd, "constitution.yaml");
  expect(readFileSync(file, "utf8")).toMatch(/^# yaml-language-server: \$schema=\.\/node_modules\/precept\/schemas\//);

  const added = await precept(["constitution", "add", "Answer in English.", "--json"], { cwd });
  expect([added.code, added.stderr]).toEqual([0, ""]);
  expect(JSON.parse(added.stdout)).toMatchObject({ file: "constitution.yaml", principles: [{ id: "answer-english" }] });
  const before = readFileSync(file, "utf8");
  const { principles } = await loadConstitution(file);
  expect(principles.map(({ id }) => id)).toEqual(["never-promise-price", "never-swear", "answer-english"]);

  const opposite = await precept(["constitution", "add", "Swear."], { cwd });
  expect(opposite.code).toBe(1);
  expect(opposite.stderr).toContain('"never-swear" (Never swear.) and "Swear."');
  expect(readFileSync(file, "utf8")).toBe(before);
});

test("sentences stand behind the principles of a constitution that comes with Precept", { timeout }, async () => {
  const cwd = temporaryFolder();
  const { code } = await precept(["init", "--constitution", "claude-2023", "--rule", "Never swear.", "--yes"], { cwd });
  expect(code).toBe(0);
  const { principles } = await loadConstitution(join(cwd, "constitution.yaml"));
  expect(principles.length).toBe((await loadConstitution("claude-2023")).principles.length + 1);
  expect(principles.at(-1)?.id).toBe("never-swear");

  const config = JSON.stringify({
    constitution: "claude-2023",
    models: { initial: "openai:m" },
    prompts: { redTeam: "p" },
  });
  const other = temporaryFolder();
  writeFileSync(join(other, "precept.config.yaml"), config);
  const refused = await precept(["constitution", "add", "Never swear."], { cwd: other });
  expect([refused.code, refused.stderr]).toEqual([
    2,
    expect.stringContaining("precept init --constitution claude-2023"),
  ]);
});
