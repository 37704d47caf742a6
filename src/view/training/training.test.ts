import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { writeFixtureRun } from "../../../test/fixtures/report-run.ts";
import { rng } from "../../rng.ts";
import { linesOf, writeStages } from "../random-chains.test-support.ts";
import { OpenRun } from "../run/open-run.ts";
import { Buckets } from "./buckets.ts";
import { readRollouts } from "./rollouts.ts";
import { readSeries, trainedStages } from "./series.ts";

const root = mkdtempSync(join(tmpdir(), "precept-training-"));
afterAll(() => rmSync(root, { recursive: true }));

test("stretches of steps keep every peak, in order, and never more points than asked for", () => {
  for (const n of [1, 7, 800, 801, 12_345]) {
    const random = rng(3, "steps", n);
    const values = Array.from({ length: n }, () => random.next());
    const buckets = new Buckets(800);
    for (const [step, value] of values.entries()) buckets.add(step, value);
    const points = buckets.points();
    const shown = points.map(([, value = 0]) => value);
    expect(points.length).toBeLessThanOrEqual(800);
    expect([Math.min(...shown), Math.max(...shown)]).toEqual([Math.min(...values), Math.max(...values)]);
    expect(points.every(([step = 0, value], i) => values[step] === value && step >= (points[i - 1]?.[0] ?? 0))).toBe(
      true,
    );
    if (n <= 400) expect(points.length).toBe(n);
  }
});

test("a run's trainings with their bounds and the gold reward; a second training of a stage stands apart", () => {
  const folder = join(root, "run");
  writeFixtureRun(folder, { items: 4 });
  const path = join(folder, "rl-cai", "metrics.jsonl");
  appendFileSync(path, '{"series":"again","step":1,"loss":2}\nno json\n{"series":"again","step":2,"lo');
  const open = new OpenRun(folder);
  expect(trainedStages(open)).toEqual(["rl-cai"]);
  const series = readSeries(open);
  const again = series.find(({ stage }) => stage === "rl-cai: again");
  expect(again).toMatchObject({ name: "loss", title: "Loss", points: [[1, 2]], isMain: true, bound: null });
  const gold = series.find(({ name }) => name === "gold/reward");
  expect(gold?.points.every((point) => point.length === 4)).toBe(true);
  const mains = series.filter(({ stage }) => stage === "rl-cai").map(({ isMain }) => isMain);
  expect(mains).toEqual([...mains].sort((a, b) => Number(b) - Number(a)));
});

test("rollouts of one step, the best rewarded first", async () => {
  const folder = join(root, "rollouts");
  const rollout = (step: number, reward: number) => ({
    ...{ type: "rollout", id: `rl-cai/step-${step}/${reward}`, promptId: "p", parents: ["p"], schemaVersion: 1 },
    ...{ step, reward, response: `answer ${reward}` },
  });
  const lines = linesOf([[rollout(1, 3), rollout(2, -1), rollout(2, 0.5), rollout(3, 2)]]);
  writeStages(folder, { "rl-cai": lines });
  const open = new OpenRun(folder);
  const { total, rows } = await readRollouts(open, "rl-cai", 2);
  expect([total, rows.map(({ response }) => response)]).toEqual([2, ["answer 0.5", "answer -1"]]);
  expect(await readRollouts(open, "rl-cai", 4)).toEqual({ total: 0, rows: [] });
  await open.close();
});
