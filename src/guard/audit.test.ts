import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type GuardObserved, openAudit, verifyAudit } from "./index.ts";

function fileOf(): string {
  const folder = mkdtempSync("/tmp/precept-audit-");
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "audit.jsonl");
}

const event = (coverage = { delivered: 5, checked: 5, leaked: 0 }): GuardObserved => ({
  schemaVersion: 1,
  id: "1",
  traceId: "t",
  spanId: "s",
  at: "2026-11-30T00:00:00.000Z",
  stage: "output",
  constitutionHash: "c",
  policyHash: "p",
  upstream: "u",
  findings: [],
  action: "pass",
  status: "checked",
  isActing: true,
  coverage,
  timing: { addedMs: 0 },
  cut: 0,
});

function write(file: string, ...events: readonly GuardObserved[]): void {
  const log = openAudit(file);
  for (const one of events) log.append(one);
  log.close();
}

test("a whole chain is told from one with a changed, a missing and a foreign line", async () => {
  const file = fileOf();
  write(file, event(), event());
  write(file, event());
  expect(await verifyAudit(file)).toMatchObject({ lines: 3, delivered: 15, checked: 15, faults: [] });
  const lines = readFileSync(file, "utf8");
  writeFileSync(file, lines.replace('"delivered":5', '"delivered":4'));
  expect((await verifyAudit(file)).faults.join()).toMatch(/line 2 does not follow line 1/);
  writeFileSync(file, lines.split("\n").toSpliced(1, 1).join("\n"));
  expect((await verifyAudit(file)).faults.join()).toMatch(/line 2 does not follow/);
  writeFileSync(file, `${lines}{}\n`);
  expect((await verifyAudit(file)).faults.join()).toMatch(/line 4 is no event/);
  expect(() => openAudit(file)).toThrow(/no event of a guard/);
});

test("text that was delivered unchecked, or of a forbidden span, is a fault: the planted path", async () => {
  const file = fileOf();
  write(file, event({ delivered: 6, checked: 5, leaked: 0 }), event({ delivered: 5, checked: 5, leaked: 1 }));
  expect((await verifyAudit(file)).faults).toHaveLength(2);
});

test("half a line that a kill left is dropped, and a second writer is refused", async () => {
  const file = fileOf();
  write(file, event());
  appendFileSync(file, '{"schemaVersion":1,"id":"ha');
  write(file, event());
  expect(await verifyAudit(file)).toMatchObject({ lines: 2, faults: [] });
  const log = openAudit(file);
  expect(() => openAudit(file)).toThrow(/another guard is writing it/);
  log.close();
});
