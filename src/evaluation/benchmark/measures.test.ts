import { describe, expect, it } from "vitest";
import { rng } from "../../rng.ts";
import { noteOf, wilson } from "../../statistics/index.ts";
import { macroMean } from "./macro.ts";
import { type Scored, smoothMeasure, summarise } from "./measures.ts";

const metrics = { right: { kind: "rate", about: "" }, score: { kind: "mean", about: "" } } as const;
const row = (values: Scored["values"], cluster?: string, group = "g"): Scored => ({
  groups: { set: group },
  values,
  cluster,
});

describe("summarise", () => {
  it("gives Wilson's interval to a rate, and bounds over the undetermined", () => {
    const { metrics: found } = summarise([row({ right: true }), row({ right: false }), row({ right: null })], metrics);
    const { estimate, low, high, n } = wilson(1, 2);
    expect(found["right"]).toEqual({
      estimate,
      low,
      high,
      n,
      undetermined: { n: 1, ifAllFalse: 1 / 3, ifAllTrue: 2 / 3 },
    });
    expect(found["score"]).toBeUndefined();
  });

  it("names what has no estimate: all undetermined, one cluster, zero variance, one value", () => {
    const none = summarise([row({ right: null })], metrics).metrics["right"];
    expect(none).toMatchObject({ estimate: null, n: 0, note: "all undetermined", undetermined: { n: 1 } });
    const one = summarise([row({ score: 1 }, "a"), row({ score: 2 }, "a")], metrics).metrics["score"];
    expect(one).toMatchObject({ estimate: 1.5, low: null, high: null, note: "one cluster" });
    const flat = summarise([row({ score: 2 }), row({ score: 2 })], metrics).metrics["score"];
    expect(flat).toMatchObject({ estimate: 2, low: 2, high: 2, zeroVariance: true });
    const single = summarise([row({ score: 2 })], metrics).metrics["score"];
    expect(single).toMatchObject({ estimate: 2, low: null, high: null, n: 1 });
    expect(single === undefined ? "" : noteOf(single)).toBe("one value");
  });

  it("widens where rows share a cluster", () => {
    const values = [true, true, true, true, false, false, false, false];
    const alone = summarise(
      values.map((right) => row({ right })),
      metrics,
    ).metrics["right"];
    const together = summarise(
      values.map((right, i) => row({ right }, `c${Math.floor(i / 2)}`)),
      metrics,
    ).metrics["right"];
    expect(together?.clusters).toBe(4);
    expect((together?.high ?? 0) - (together?.low ?? 0)).toBeGreaterThan((alone?.high ?? 0) - (alone?.low ?? 0));
  });

  it("refuses an empty set", () => {
    expect(() => summarise([], metrics)).toThrowError(expect.objectContaining({ code: "not-enough-evidence" }));
  });
});

describe("smoothMeasure", () => {
  it("is the plain interval for a mean, and invariant to the order of the rows", () => {
    const random = rng(3, "smooth");
    const values = Array.from({ length: 60 }, () => random.normal());
    const clusters = values.map((_, i) => String(i));
    const mean = values.reduce((sum, value) => sum + value, 0) / 60;
    const found = smoothMeasure(
      values.map((value) => [value]),
      clusters,
      mean,
      [1],
      [-9, 9],
    );
    const plain = summarise(
      values.map((score) => row({ score })),
      metrics,
    ).metrics["score"];
    expect(found.low).toBeCloseTo(plain?.low ?? 0, 10);
    const shuffled = rng(4, "order").shuffle(values.map((value, i) => ({ value, cluster: clusters[i] ?? "" })));
    const again = smoothMeasure(
      shuffled.map(({ value }) => [value]),
      shuffled.map(({ cluster }) => cluster),
      mean,
      [1],
      [-9, 9],
    );
    expect(again.high).toBeCloseTo(found.high ?? 0, 12);
  });
});

describe("macroMean", () => {
  it("weighs groups alike, and names a group without a value", () => {
    const rows = [
      row({ score: 1 }, "a", "x"),
      row({ score: 1 }, "b", "x"),
      row({ score: 1 }, "c", "x"),
      row({ score: 0 }, "d", "y"),
    ];
    const read = ({ values }: Scored): number | undefined =>
      typeof values["score"] === "number" ? values["score"] : undefined;
    expect(macroMean(rows, "set", read).estimate).toBe(0.5);
    expect(macroMean([...rows, row({ score: null }, "e", "z")], "set", read)).toMatchObject({
      estimate: null,
      note: "nothing in z",
    });
  });
});
