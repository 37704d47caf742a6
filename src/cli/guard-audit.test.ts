import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/cli.ts";
import { daysOf, eventOf, logStart, writeLog } from "../guard/audit-log.test-support.ts";
import { preceptHere } from "./in-process.test-support.ts";

function writeTenDays(): string {
  const file = join(temporaryFolder(), "guard-audit.jsonl");
  const masked = eventOf({ at: logStart, principles: ["privacy"], check: "pii.email", action: "mask", stage: "input" });
  writeLog(file, [masked, ...daysOf(10, (day) => (day < 5 ? 2 : 12))]);
  return file;
}

test("precept guard audit shows what was done, by whom it was found, and whether it changed", async () => {
  const { code, stdout } = await preceptHere(["guard", "audit", writeTenDays()]);
  expect(code).toBe(0);
  expect(stdout).toMatchInlineSnapshot(`
    "texts      1,001 · 2026-11-01 00:00 to 2026-11-10 23:45, UTC
    chain      whole
    characters delivered 10,010 · checked 10,010 · delivered unchecked 0 · leaked 0
    status     checked 1,001

    stage   texts  pass  mask  block  added ms, median  p95
    input       1     –     1      –               1.0  1.0
    output  1,000   930     –     70               1.0  1.0
    all     1,001   930     1     70               1.0  1.0

    principle  texts  mask  block   acted on, of all texts
    calm          70     –     70  7.0 % [5.6–8.7] of 1001
    privacy        1     1      –  0.1 % [0.0–0.6] of 1001

    found by             principle  texts  mask  block
    rule      words      calm          70     –     70
    rule      pii.email  privacy        1     1      –

    acted on  until 2026-11-04 12:00     from 2026-11-07 12:00    difference, points       p
    calm      2.3 % [1.2–4.4] of 351  10.3 % [7.5–13.9] of 350  +8.0 [+4.5 to +11.8]  <0.001  rose
    privacy   0.3 % [0.1–1.6] of 351    0.0 % [0.0–1.1] of 350   −0.3 [−1.6 to +0.8]   1.000  cannot tell
    p: Fisher's exact test, corrected over principles by Holm; texts count as independent
    "
  `);
});

test("--json holds the same beside the counts, and --verify still trips on a changed line", async () => {
  const file = writeTenDays();
  const { stdout } = await preceptHere(["guard", "audit", file, "--json", "--verify"]);
  const told = JSON.parse(stdout) as { readonly lines: number; readonly summary: { readonly texts: number } };
  expect([told.lines, told.summary.texts]).toEqual([1001, 1001]);
  writeFileSync(file, readFileSync(file, "utf8").replace('"delivered":10', '"delivered":9'));
  const changed = await preceptHere(["guard", "audit", file, "--verify"]);
  expect(changed.code).toBe(3);
  expect(changed.stdout).toContain("fault      line 2 does not follow line 1");
});

test("a log without a line is said to be empty", async () => {
  const file = join(temporaryFolder(), "empty.jsonl");
  writeFileSync(file, "");
  const { code, stdout } = await preceptHere(["guard", "audit", file]);
  expect([code, stdout.split("\n")[0]]).toEqual([0, "texts      0"]);
});

test("precept guard report writes a page beside the log, or where it is told, and says where", async () => {
  const file = writeTenDays();
  const { code, stdout } = await preceptHere(["guard", "report", file]);
  expect([code, stdout.trim()]).toEqual([0, expect.stringMatching(/^file:.*guard\.html$/u)]);
  const out = join(temporaryFolder(), "own.html");
  expect((await preceptHere(["guard", "report", file, "--out", out, "--no-texts"])).code).toBe(0);
  expect(readFileSync(out, "utf8")).not.toContain("DAMN");
  expect((await preceptHere(["guard", "report", "nowhere.jsonl"])).stderr).toContain("no such file");
});
