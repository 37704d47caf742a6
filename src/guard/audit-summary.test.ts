import { expect, test } from "vitest";
import { daysOf, eventOf, logStart } from "./audit-log.test-support.ts";
import { AuditTally, type GuardObserved } from "./index.ts";
import { LatencySketch } from "./latency-sketch.ts";

const day = 24 * 60 * 60_000;

function summaryOf(events: readonly GuardObserved[]) {
  const tally = new AuditTally();
  for (const event of events) tally.add({ ...event, previous: "" });
  return tally.read();
}

test("counts by action, stage, principle and check; a principle twice in a text counts once", () => {
  const summary = summaryOf([
    eventOf({ principles: ["calm", "calm"], action: "block" }),
    eventOf({ principles: ["calm", "privacy"], check: "head:calm", action: "mask" }),
    eventOf({ principles: ["privacy"], check: "critic", action: "observe", stage: "input" }),
    eventOf({ action: "block" }),
    eventOf(),
  ]);
  expect(summary).toMatchObject({ texts: 5, unnamed: 1, actions: { block: 2, mask: 1, observe: 1, pass: 1 } });
  expect(summary.principles.map(({ id, texts, acted }) => [id, texts, acted.estimate])).toEqual([
    ["calm", 2, 0.4],
    ["privacy", 2, 0.2],
  ]);
  expect(summary.checks.map(({ check, kind, principleId, texts }) => [check, kind, principleId, texts])).toEqual([
    ["words", "rule", "calm", 1],
    ["head:calm", "head", "calm", 1],
    ["head:calm", "head", "privacy", 1],
    ["critic", "critic", "privacy", 1],
  ]);
  expect(summary.stages.map(({ stage, texts }) => [stage, texts])).toEqual([
    ["input", 1],
    ["output", 4],
  ]);
});

test("limits that kept a check, stricter thresholds and wasted answers are counted", () => {
  const summary = summaryOf([
    { ...eventOf(), limit: "criticMs" },
    { ...eventOf(), limit: "criticMs", isStrict: true },
    { ...eventOf({ stage: "input", principles: ["calm"], action: "block" }), wasted: 120 },
  ]);
  expect(summary).toMatchObject({ limits: { criticMs: 2 }, strict: 1, wasted: 120 });
});

test("what a line delivered unchecked is not made good by another line", () => {
  const coverage = (delivered: number, checked: number) => ({ delivered, checked, leaked: 0 });
  const summary = summaryOf([eventOf({ coverage: coverage(10, 6) }), eventOf({ coverage: coverage(0, 40) })]);
  expect(summary.coverage).toEqual({ delivered: 10, checked: 46, leaked: 0, unchecked: 4 });
});

test("a share that tripled is said to have risen, one that stayed cannot be told, and few texts tell nothing", () => {
  const rising = summaryOf(daysOf(10, (own) => (own < 5 ? 5 : 15))).drift;
  // Ten days are forty bins of six hours; the first third of the texts fills fourteen of them.
  expect(rising).toMatchObject({ measure: "acted", binMs: day / 4 });
  expect(rising.bins).toHaveLength(40);
  expect(rising.parts?.first).toMatchObject({ texts: 350, to: new Date(logStart + 3.5 * day).toISOString() });
  expect(rising.parts?.last).toMatchObject({ texts: 350, from: new Date(logStart + 6.5 * day).toISOString() });
  // Those that break it come first on their day: 20 of 350, then 45 of 350.
  expect(rising.principles).toMatchObject([{ id: "calm", first: { estimate: 20 / 350 }, verdict: "rose" }]);
  expect(rising.principles[0]?.last.estimate).toBe(45 / 350);
  expect(summaryOf(daysOf(10, () => 5)).drift.principles).toMatchObject([{ verdict: "cannot tell" }]);
  // The same shares of a hundredth of the texts: 0 or 1 of 3 a day.
  const few = daysOf(10, (own) => (own < 5 ? 5 : 15)).filter((_, i) => [0, 10, 60].includes(i % 100));
  expect(summaryOf(few).drift.principles).toMatchObject([{ verdict: "cannot tell" }]);
});

test("falling is told from rising, an observing guard is measured by what it found, a single day is no drift", () => {
  expect(summaryOf(daysOf(10, (own) => 20 - 2 * own)).drift.principles).toMatchObject([{ verdict: "fell" }]);
  const observed = daysOf(10, (own) => own).map((event) =>
    event.action === "block" ? { ...event, action: "observe" as const } : event,
  );
  expect(summaryOf(observed).drift).toMatchObject({ measure: "found", principles: [{ verdict: "rose" }] });
  expect(summaryOf([eventOf(), eventOf()]).drift).toMatchObject({ parts: undefined, principles: [] });
});

test("bins do not depend on the order of lines, and their number stays small over years", () => {
  const events = Array.from({ length: 2000 }, (_, i) => eventOf({ at: logStart + i * day, principles: ["calm"] }));
  const { drift } = summaryOf(events);
  expect(drift.bins.length).toBeLessThanOrEqual(48);
  expect(drift.bins.reduce((sum, { texts }) => sum + texts, 0)).toBe(2000);
  expect(summaryOf(events.toReversed()).drift).toEqual(drift);
});

test("quantiles are within one percent of the exact ones, and none of nothing", () => {
  const sketch = new LatencySketch();
  expect(sketch.read()).toBeUndefined();
  const times = Array.from({ length: 1001 }, (_, i) => (i === 0 ? 0 : 0.01 * 1.01 ** (i % 900)));
  for (const ms of times) sketch.add(ms);
  const sorted = times.toSorted((a, b) => a - b);
  const { median, p95, most, n } = sketch.read() ?? { median: 0, p95: 0, most: 0, n: 0 };
  expect([n, most]).toEqual([1001, sorted[1000]]);
  const few = new LatencySketch();
  for (const ms of [1, 2, 3, 80]) few.add(ms);
  // Of four times nineteen in twenty are all four.
  expect(few.read()).toMatchObject({ p95: 80 });
  expect(Math.abs(median / (sorted[500] ?? 0) - 1)).toBeLessThan(0.0101);
  expect(Math.abs(p95 / (sorted[950] ?? 0) - 1)).toBeLessThan(0.0101);
});
