import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { precept, start, temporaryFolder } from "./cli.ts";

const recordSchema = z.looseObject({ id: z.string(), type: z.string() });

test("precept collective demo: a town's constitution is trained in, killed in the middle, and explained down to its votes", async () => {
  const folder = join(temporaryFolder(), "town");
  const args = ["collective", "demo", "--preset", "smoke", "--out", folder];
  const killed = start(args);
  await killed.shows("the public constitution");
  killed.kill("SIGKILL");
  await killed.finished;
  const drafts = readFileSync(join(folder, "draft/draft-statements/records.jsonl"), "utf8");

  const { code, stdout, stderr } = await precept(args);
  expect(code, stderr).toBe(0);
  expect(stdout).toContain("15 principles; they say 15 of the 15 things that all groups want");
  expect(stdout).toContain("beast");
  expect(readFileSync(join(folder, "draft/draft-statements/records.jsonl"), "utf8")).toBe(drafts);
  const page = readFileSync(join(folder, "report.html"), "utf8");
  for (const part of ["What all groups share", "What it changed", "sha256:"]) expect(page).toContain(part);
  expect(existsSync(join(folder, "standard/provenance.json"))).toBe(false);

  const revision = readFileSync(join(folder, "public/sl-cai/records.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => recordSchema.parse(JSON.parse(line)))
    .find(({ type }) => type === "revision");
  const why = await precept(["why", join(folder, "public"), revision?.id ?? ""]);
  for (const part of ["principle", "statement", "votes", "second vote"]) expect(why.stdout).toContain(part);
}, 1_200_000);
