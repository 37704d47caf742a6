import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { start, temporaryFolder } from "../../test/cli.ts";
import { preceptHere } from "./in-process.test-support.ts";

async function warningOf(folder: string, host: string): Promise<string> {
  const args = ["view", folder, "--host", host, "--port", "0", "--json"];
  const { code, stdout, stderr } = await preceptHere(args, { signal: AbortSignal.timeout(100) });
  expect([code, JSON.parse(stdout).runs]).toEqual([0, 0]);
  return stderr;
}

test("precept view says what whoever has the link can do from another machine", async () => {
  const project = temporaryFolder();
  const runs = join(project, "runs");
  mkdirSync(runs);
  expect(await warningOf(runs, "127.0.0.1")).toBe("");
  expect(await warningOf(runs, "0.0.0.0")).toMatch(
    /the link reads every record, and marks, labels and asks what shaped an answer\n/u,
  );
  const config = { constitution: "own.yaml", models: { initial: "openai:m" }, prompts: { redTeam: "red.jsonl" } };
  writeFileSync(join(project, "precept.config.yaml"), JSON.stringify(config));
  writeFileSync(join(project, "own.yaml"), "name: own\nprinciples: []\n");
  expect(await warningOf(runs, "0.0.0.0")).toMatch(
    /marks, labels, asks what shaped an answer and saves the project's constitution\n/u,
  );
});

test("precept view says on Ctrl-C that it stopped, not that it will", async () => {
  const runs = temporaryFolder();
  const viewer = start(["view", runs, "--port", "0"]);
  await viewer.prints("Ctrl-C ends it");
  viewer.kill("SIGINT");
  const { code, stderr } = await viewer.finished;
  expect([code, stderr]).toEqual([0, "\nstopped\n"]);
});
