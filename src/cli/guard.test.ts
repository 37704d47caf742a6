import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { start, temporaryFolder } from "../../test/cli.ts";
import { preceptHere } from "./in-process.test-support.ts";

const policyOf = (principle: string): string => {
  const file = join(temporaryFolder(), "guard.yaml");
  writeFileSync(file, `constitution: harbor\nrules: [{ id: words, principle: ${principle}, pattern: "lye" }]\n`);
  return file;
};

test("precept guard says on Ctrl-C that it stopped", async () => {
  const policy = policyOf("danger");
  const guard = start(["guard", "--policy", policy, "--upstream", "http://127.0.0.1:9/v1", "--port", "0"]);
  await guard.prints("Ctrl-C ends it");
  guard.kill("SIGINT");
  const { code, stderr } = await guard.finished;
  expect([code, stderr]).toEqual([0, "\nstopped\n"]);
});

test("precept guard does not start under a rule of no principle, nor without a model", async () => {
  const unknown = await preceptHere(["guard", "--policy", policyOf("dangers"), "--upstream", "http://127.0.0.1:9/v1"]);
  expect(unknown.code).not.toBe(0);
  expect(unknown.stderr).toContain("dangers");
  const none = await preceptHere(["guard", "--policy", policyOf("danger")]);
  expect(none.code).not.toBe(0);
  expect(none.stderr).toContain("neither --upstream nor --model");
});
