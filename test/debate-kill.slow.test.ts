import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { precept, start, temporaryFolder } from "./cli.ts";
import { repositoryPath } from "./support/documents.ts";

const debate = (out: string): string[] => [
  ...["debate", repositoryPath("models/harbor/checkpoint"), "--rounds", "1", "--count", "150", "--out", out],
];

/** The records under the one key that the settings have. */
function recordsIn(out: string, name: string): string {
  const [key = ""] = existsSync(join(out, "debate")) ? readdirSync(join(out, "debate")) : [];
  return join(out, "debate", key, "hearings", name);
}

test("kill -9 in the middle of a debate: no hearing is lost, doubled or other than undisturbed", async () => {
  const folder = temporaryFolder();
  const [undisturbed, disturbed] = [join(folder, "undisturbed"), join(folder, "disturbed")];
  expect((await precept(debate(undisturbed))).code).toBe(0);
  const child = start(debate(disturbed));
  const hasLines = (): boolean => {
    const log = recordsIn(disturbed, "records.partial.jsonl");
    return existsSync(log) && readFileSync(log, "utf8").includes("\n");
  };
  let isOver = false;
  void child.finished.then(() => {
    isOver = true;
  });
  while (!isOver && !hasLines()) await setTimeout(20);
  child.kill("SIGKILL");
  expect((await child.finished).signal).toBe("SIGKILL");
  expect((await precept(debate(disturbed))).code).toBe(0);
  for (const [one, other] of [
    [recordsIn(disturbed, "records.jsonl"), recordsIn(undisturbed, "records.jsonl")],
    [join(disturbed, "debate.json"), join(undisturbed, "debate.json")],
  ] as const)
    expect(readFileSync(one, "utf8")).toBe(readFileSync(other, "utf8"));
});
