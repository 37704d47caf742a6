import { beforeAll, expect, test } from "vitest";
import { makeRun } from "../project/attribution/run.test-support.ts";
import { preceptHere } from "./in-process.test-support.ts";

let run = "";
beforeAll(async () => {
  run = await makeRun();
});

const asked = ["--prompt", "say green two", "--answer", "yes two green ."];

test("precept attribute prints the answer, its principles, and its examples with their critiques", async () => {
  const { code, stdout } = await preceptHere(["attribute", `${run}@sl-cai`, ...asked, "--top", "1"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/request +say green two\n +sl-cai +yes two green \./);
  expect(stdout).toMatch(/principles, by ekfac of the stronger half of their examples/);
  expect(stdout).toMatch(
    /1 {2}\+\S+ {2}sl-cai\/green-two\/example-1 {2}revision; place by tracin 1, repsim 1, bm25 1; 4 of 4/,
  );
  expect(stdout).toMatch(/critique +it says not green \(green\)\n +principle +green/);
  expect(stdout).toMatch(/note +tracin is of the last checkpoint alone/);
});

test("as JSON it is one object, by another method and for the records alone too", async () => {
  const { stdout } = await preceptHere(["attribute", run, ...asked, "--by", "repsim", "--top", "2", "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({ method: "repsim", examples: 9, proponents: [{ agreement: 4 }, {}] });
  const records = await preceptHere(["attribute", run, ...asked, "--records", "--json"]);
  expect(JSON.parse(records.stdout)).toMatchObject({ method: "bm25", opponents: [] });
});

test("what cannot be attributed is a usage error that says what can", async () => {
  const initial = await preceptHere(["attribute", `${run}@initial`, ...asked]);
  expect([initial.code, initial.stderr]).toEqual([2, expect.stringContaining("the model that the run began with")]);
  const silent = await preceptHere(["attribute", run]);
  expect([silent.code, silent.stderr]).toEqual([2, expect.stringContaining("--prompt")]);
  const labels = await preceptHere(["attribute", "audit", run]);
  expect([labels.code, labels.stderr]).toEqual([1, expect.stringContaining("preference-model")]);
  const answers = await preceptHere(["attribute", "referee", run]);
  expect([answers.code, answers.stderr]).toEqual([1, expect.stringContaining("precept evaluate")]);
});

test("why and attribute name each other in their help", async () => {
  expect((await preceptHere(["why", "--help"])).stdout).toContain("precept attribute");
  expect((await preceptHere(["attribute", "answer", "--help"])).stdout).toContain("precept why");
});
