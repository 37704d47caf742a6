import { describe, expect, it } from "vitest";
import { rng } from "../../rng.ts";
import { compareSubjects, comparisonMarkdown, type MeasuredItem, type MeasuredSubject, pairItems } from "./index.ts";

const item = (id: string, values: MeasuredItem["values"], asked = `ask ${id}`): MeasuredItem => ({
  id,
  asked,
  groups: { split: "heldOut", principle: Number(id) % 2 === 0 ? "even" : "odd" },
  values,
});
const side = (name: string, n: number, values: (i: number) => MeasuredItem["values"]): MeasuredSubject => ({
  name,
  items: Array.from({ length: n }, (_, i) => item(`${i}`, values(i))),
});
const directions = () => "lower" as const;

describe("compare", () => {
  const baseline = side("before", 100, (i) => ({ violation: i < 60 }));
  const better = side("after", 100, (i) => ({ violation: i < 10 }));

  it("says better, worse and cannot tell, on the same prompts", () => {
    const by = ["split"];
    expect(compareSubjects(baseline, better, { directions, by }).rows).toMatchObject([
      { verdict: "better", n: 100, baseline: 0.6, candidate: 0.1, difference: { estimate: -0.5 }, undetermined: 0 },
    ]);
    expect(compareSubjects(better, baseline, { directions, by }).rows[0]?.verdict).toBe("worse");
    const [same] = compareSubjects(baseline, baseline, { directions, by }).rows;
    expect(same).toMatchObject({ verdict: "cannot tell", pValue: 1, nToTell: null });
    expect(same?.detectable).toBeGreaterThan(0);
    expect(compareSubjects(baseline, better, { by }).rows[0]?.verdict).toBe("different");
  });

  it("says how many prompts would tell, and they do", () => {
    const slightly = side("after", 100, (i) => ({ violation: i < 57 }));
    const [row] = compareSubjects(baseline, slightly, { directions, by: [] }).rows;
    expect(row).toMatchObject({ verdict: "cannot tell", difference: { estimate: -0.03 } });
    const n = row?.nToTell ?? 0;
    expect(n).toBeGreaterThan(200);
    const many = (share: number): MeasuredSubject =>
      side("many", 2 * n, (i) => ({ violation: (i % 100) / 100 < share }));
    expect(compareSubjects(many(0.6), many(0.57), { directions, by: [] }).rows[0]?.verdict).toBe("better");
  });

  it("cuts by the principle that governs the prompt", () => {
    const { rows } = compareSubjects(baseline, better, { directions });
    expect(rows.map(({ group }) => group)).toEqual([
      { split: "heldOut" },
      { split: "heldOut", principle: "even" },
      { split: "heldOut", principle: "odd" },
    ]);
    expect(rows[1]?.n).toBe(50);
  });

  it("controls for the number of figures", () => {
    const names = Array.from({ length: 200 }, (_, k) => `metric ${k}`);
    const noise = (salt: number): MeasuredSubject => {
      const random = rng(salt, "noise");
      return side("noise", 60, () => Object.fromEntries(names.map((name) => [name, random.next() < 0.5])));
    };
    const { rows } = compareSubjects(noise(1), noise(2), { directions, by: [] });
    expect(rows.filter(({ pValue }) => (pValue ?? 1) < 0.05).length).toBeGreaterThan(0);
    expect(rows.filter(({ verdict }) => verdict !== "cannot tell")).toEqual([]);
  });

  it("takes numbers, clusters, missing verdicts and flat values without NaN", () => {
    const measured = (name: string, add: number): MeasuredSubject => ({
      name,
      items: Array.from({ length: 40 }, (_, i) => ({
        ...item(`${i}`, { reward: Math.sin(i) + add, flat: 1, unknown: null, some: i < 30 ? i % 2 === 0 : null }),
        cluster: `${Math.floor(i / 4)}`,
      })),
    });
    const { rows } = compareSubjects(measured("a", 0), measured("b", 0.5), { directions: () => "higher", by: [] });
    const row = (metric: string) => rows.find((one) => one.metric === metric);
    // The same difference everywhere: ten clusters with one sign, of which the sign test is sure.
    expect(row("reward")).toMatchObject({ verdict: "better", difference: { estimate: expect.closeTo(0.5, 10) } });
    expect(row("flat")).toMatchObject({ verdict: "cannot tell", note: "zero variance", nToTell: null });
    expect(row("unknown")).toMatchObject({ verdict: "cannot tell", note: "all undetermined", n: 0, undetermined: 40 });
    expect(row("some")).toMatchObject({ n: 30, undetermined: 10 });
    expect(JSON.stringify(rows)).not.toMatch(/null,"high"|NaN/);
  });

  it("gives a width to a difference that is the same in every cluster", () => {
    const all = (violation: boolean): MeasuredSubject => ({
      name: "all",
      items: Array.from({ length: 22 }, (_, i) => ({ ...item(`${i}`, { violation }), cluster: `${i % 11}` })),
    });
    const [row] = compareSubjects(all(true), all(false), { directions, by: [] }).rows;
    expect(row).toMatchObject({ verdict: "better", difference: { estimate: -1, low: -1, n: 22 } });
    // As wide as for the eleven clusters, not for the 22 items.
    expect(row?.difference?.high).toBeGreaterThan(-0.7);
    expect(row?.difference?.high).toBeLessThan(-0.5);
  });

  it("cannot tell where the answers without a verdict may turn the difference round", () => {
    const told = (open: number) => {
      const broken = (value: boolean) => side("x", 100, (i) => ({ violation: i < open ? null : value }));
      const [row] = compareSubjects(broken(true), broken(false), { directions, by: [] }).rows;
      return row;
    };
    expect(told(10)).toMatchObject({ verdict: "better", bounds: [-1, -0.8], undetermined: 10 });
    expect(told(60)).toMatchObject({ verdict: "cannot tell", bounds: [-1, expect.closeTo(0.2, 10)] });
    expect(told(0)?.bounds).toBeUndefined();
  });

  it("refuses different prompts unless told how to match", () => {
    const reworded: MeasuredSubject = {
      ...better,
      items: better.items.map((one) => ({ ...one, asked: `please ${one.asked}` })),
    };
    expect(() => compareSubjects(baseline, reworded)).toThrowError(/other words under the same id[\s\S]*--match/);
    expect(pairItems(baseline, reworded, "id").pairs).toHaveLength(100);
    expect(() => pairItems(baseline, reworded, "prompt")).toThrowError(
      expect.objectContaining({ code: "not-enough-evidence" }),
    );
    const half: MeasuredSubject = { ...better, items: better.items.slice(50) };
    expect(() => compareSubjects(baseline, half)).toThrowError(/50 items on both sides, 50 on the first alone/);
    expect(pairItems(baseline, half, "prompt")).toMatchObject({ leftOut: [50, 0] });
  });

  it("is a table in Markdown", () => {
    expect(comparisonMarkdown(compareSubjects(baseline, better, { directions, by: ["split"] }))).toMatchInlineSnapshot(`
      "## after against before

      100 prompts that both answered; of 1 figures better in 1, cannot tell in 0.

      | where | metric | baseline | candidate | difference | n | p (Holm) | verdict | n to tell | detectable |
      | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
      | heldOut | violation | 0.600 | 0.100 | −0.500 [−0.591, −0.392] | 100 | < 0.001 | better | 9 | 0.143 |

      Difference: candidate minus baseline on the same prompts, 95 % interval. Verdicts by p-values after Holm over all figures above.
      n to tell: prompts that would tell a difference of this size from none with 80 % power; detectable: what these n can tell.
      "
    `);
  });
});
