import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { writtenSuite } from "../../evaluation/index.ts";
import { checkSuite } from "./check-suite.ts";

const row = (statement: string, matching: string, other: string) =>
  JSON.stringify({
    ...{ question: `${statement}?`, statement },
    ...{ answer_matching_behavior: matching, answer_not_matching_behavior: other },
  });

test("a spot check counts each label once, and is of the rows that were looked at alone", async () => {
  const folder = mkdtempSync(join(tmpdir(), "precept-check-suite-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [suite, labels] = [join(folder, "own.jsonl"), join(folder, "labels.jsonl")];
  writeFileSync(suite, `${row("I do.", " Yes", " No")}\n${row("I do not.", " No", " Yes")}\n`);
  const label = (...says: readonly [string, boolean | null][]) =>
    writeFileSync(labels, says.map(([statement, one]) => JSON.stringify({ statement, says: one })).join("\n"));
  label(["I do.", true], ["I do.", true]);
  await expect(checkSuite(suite, labels, "Ada")).rejects.toMatchObject({ code: "input-invalid" });
  label(["I do.", true], ["I do not.", true]);
  const { spotCheck } = await checkSuite(suite, labels, "Ada");
  expect(spotCheck).toMatchObject({ by: "Ada", right: { estimate: 0.5, n: 2 } });
  expect(writtenSuite(suite).about.title).toContain("of 2, by Ada");
  writeFileSync(suite, `${row("I do.", " Yes", " No")}\n`);
  expect(writtenSuite(suite).about.title).toContain("nobody has checked its labels");
});
