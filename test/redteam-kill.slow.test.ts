import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { precept, start, temporaryFolder } from "./cli.ts";
import { repositoryPath } from "./support/documents.ts";

const attack = (out: string): string[] => [
  ...["redteam", repositoryPath("models/harbor/checkpoint"), "--strategy", "persuasion,archive"],
  ...["--budget", "400", "--principles", "privacy,danger", "--out", out],
];
const files = ["goals/records.jsonl", "attack/records.jsonl", "findings/records.jsonl", "findings/cells.jsonl"];

test("kill -9 while a model is attacked, and while findings are shortened: the same records as undisturbed", async () => {
  const folder = temporaryFolder();
  const [undisturbed, disturbed] = [join(folder, "undisturbed"), join(folder, "disturbed")];
  expect((await precept(attack(undisturbed))).code).toBe(0);
  let kills = 0;
  for (const stage of ["attack/records", "findings/trials"]) {
    const child = start(attack(disturbed));
    const log = join(disturbed, `${stage}.partial.jsonl`);
    const hasLines = (): boolean => existsSync(log) && readFileSync(log, "utf8").includes("\n");
    let isOver = false;
    void child.finished.then(() => {
      isOver = true;
    });
    while (!isOver && !hasLines()) await setTimeout(20);
    child.kill("SIGKILL");
    if ((await child.finished).signal === "SIGKILL") kills += 1;
  }
  expect(kills).toBe(2);
  const { code, stderr } = await precept(attack(disturbed));
  expect([code, stderr.includes("precept:")]).toEqual([0, false]);
  for (const file of files)
    expect(readFileSync(join(disturbed, file), "utf8"), file).toBe(readFileSync(join(undisturbed, file), "utf8"));
});
