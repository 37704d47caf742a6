import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { readRows } from "../benchmark/rows.ts";
import { judgeHash, parseRefusalClass } from "../judges/index.ts";
import {
  beginLabelling,
  certificateMarkdown,
  certify,
  type KnownJudge,
  type LabelledItem,
  pressKey,
  standingOf,
  standingText,
} from "./index.ts";

const identity = { name: "refusal-class", version: "1", model: "judge", prompt: "p" };
const options = {
  judge: { ...identity, hash: judgeHash(identity) },
  date: "2026-11-22",
  calibratedOn: { answers: "answers.csv", labels: null, hash: "h" },
  metric: "nominal" as const,
  seed: 1,
};

describe("certify", () => {
  const items = (n: number, judge: (i: number) => string | undefined): LabelledItem[] =>
    Array.from({ length: n }, (_, i) => ({
      id: `${i}`,
      people: [i % 3 === 0 ? "refused" : "complied", i % 3 === 0 || i % 50 === 1 ? "refused" : "complied"],
      judge: judge(i),
    }));

  it("holds a judge against people, and people against each other", () => {
    const certificate = certify(
      items(150, (i) => (i < 5 ? undefined : i % 3 === 0 ? "refused" : "complied")),
      options,
    );
    expect(certificate).toMatchObject({
      items: 150,
      annotators: 2,
      undetermined: { estimate: 5 / 150 },
      people: { agreement: { estimate: 148 / 150 }, kappa: { outcome: "estimated" } },
      judgement: { agreement: { estimate: 145 / 150 }, labels: ["(no verdict)", "complied", "refused"] },
      byLabel: { refused: { estimate: 48 / 50 } },
      warnings: [],
    });
    expect(certificateMarkdown(certificate)).toContain("| judge and people | 96.7 [");
  });

  it("says what is missing: few items, one annotator, one class, no verdicts", () => {
    const one = items(20, () => undefined).map((item) => ({ ...item, people: ["complied"] }));
    const certificate = certify(one, options);
    expect(certificate.people).toBeUndefined();
    expect(certificate.warnings.join()).toMatch(/20 labelled items.*one annotator/);
    expect(certificate.judgement.agreement.estimate).toBe(0);
    const same = certify(
      one.map((item) => ({ ...item, judge: "complied" })),
      options,
    );
    expect(same.judgement.kappa).toEqual({ outcome: "not-enough-evidence", reason: "one class" });
    expect(certificateMarkdown(same)).toContain("– (one class)");
    expect(() => certify([], options)).toThrowError(expect.objectContaining({ code: "not-enough-evidence" }));
  });

  it("measures stated probabilities", () => {
    const stated = items(200, (i) => (i % 3 === 0 ? "refused" : "complied")).map((item, i) => ({
      ...item,
      probability: i % 3 === 0 ? 0.9 : 0.1,
    }));
    const { ece } = certify(stated, { ...options, positive: "refused" });
    expect(ece?.brier).toBeCloseTo(0.01, 10);
    expect(ece?.equalWidth).toMatchObject({ outcome: "estimated", value: { estimate: expect.closeTo(0.1, 10) } });
  });

  it("takes scores as ordered", () => {
    const scores = Array.from(
      { length: 100 },
      (_, i): LabelledItem => ({ id: `${i}`, people: [`${i % 5}`], judge: `${Math.min(4, (i % 5) + (i % 2))}` }),
    );
    const alphaOf = (metric: "nominal" | "ordinal"): number => {
      const { alpha } = certify(scores, { ...options, metric }).judgement;
      return alpha.outcome === "estimated" ? alpha.value.estimate : Number.NaN;
    };
    expect(alphaOf("ordinal")).toBeGreaterThan(alphaOf("nominal") + 0.2);
  });
});

describe("what is known of a judge", () => {
  const items = Array.from(
    { length: 120 },
    (_, i): LabelledItem => ({
      id: `${i}`,
      people: [i % 2 === 0 ? "refused" : "complied"],
      judge: i % 2 === 0 || i < 12 ? "refused" : "complied",
      ...(i < 50 ? { again: i % 2 === 0 || i < 8 ? "refused" : "complied" } : {}),
    }),
  );
  const certificate = certify(items, options);
  const kept = [{ path: "certificates/a.json", certificate }];
  const judge: KnownJudge = options.judge;
  const said = (known: KnownJudge, day: string, there = kept) => {
    const standing = standingOf(known, there, new Date(day));
    return [standing.state, standingText(standing)];
  };

  it("says agreement with n and interval, the date, and on what", () => {
    const [state, text] = said(judge, "2026-12-01");
    expect(state).toBe("valid");
    expect(text).toMatch(
      /95\.0 % \[\d+\.\d, \d+\.\d\] of 120 answers, kappa 0\.90 \[.*certificates\/a\.json, 2026-11-22, on answers\.csv$/,
    );
  });
  it("says that one is old, or of another model, version or prompt, or that there is none", () => {
    expect(said(judge, "2027-02-20")[0]).toBe("valid");
    expect(said(judge, "2027-02-21")).toEqual(["stale", expect.stringContaining("more than 90 days old")]);
    expect(said({ ...judge, model: "new", hash: "x" }, "2026-12-01")).toEqual([
      "other",
      expect.stringMatching(/another model \(judge\)$/),
    ]);
    expect(said({ ...judge, version: "2", hash: "x" }, "2026-12-01")[1]).toMatch(/another version \(1\)$/);
    expect(said({ ...judge, hash: "x" }, "2026-12-01")[1]).toMatch(/another prompt$/);
    expect(said({ ...judge, name: "manner" }, "2026-12-01")[0]).toBe("none");
    expect(said(judge, "2026-12-01", [])[1]).toContain("no certificate");
  });
  it("takes the newest of several", () => {
    const old = { path: "certificates/old.json", certificate: { ...certificate, date: "2025-01-01" } };
    expect(said(judge, "2026-12-01", [old, ...kept])[0]).toBe("valid");
  });
  it("holds the judge against itself where it was asked twice", () => {
    expect(certificate.again).toMatchObject({ n: 50, agreement: { estimate: 48 / 50 } });
    expect(certificateMarkdown(certificate)).toContain("| judge, asked twice | 96.0 [");
  });
});

describe("labelling by keyboard", () => {
  const things = ["a", "b", "c"].map((id) => ({ id, request: "", responses: [""] }));
  const play = (keys: string, given?: ReadonlyMap<string, string>) =>
    keys.split(" ").reduce(pressKey, beginLabelling(things, ["x", "y"], given));

  it.each([
    ["1 2 1", { a: "x", b: "y", c: "x" }, true],
    ["1 2 u 1 1", { a: "x", b: "x", c: "x" }, true],
    ["s 1 1", { b: "x", c: "x" }, false],
    ["s 1 1 2", { a: "y", b: "x", c: "x" }, true],
    ["1 left 2 right", { a: "y" }, false],
    ["9 z 1 q", { a: "x" }, true],
    ["u", {}, false],
  ])("%s", (keys, given, isDone) => {
    const state = play(keys);
    expect(Object.fromEntries(state.given)).toEqual(given);
    expect(state.isDone).toBe(isDone);
  });

  it("takes a score by its own digit", () => {
    const state = "4 0 5 2".split(" ").reduce(pressKey, beginLabelling(things, ["0", "1", "2", "3", "4"]));
    expect(Object.fromEntries(state.given)).toEqual({ a: "4", b: "0", c: "2" });
  });

  it("goes on where it stopped", () => {
    expect(play("left", new Map([["a", "x"]])).place).toBe(0);
    expect(beginLabelling(things, ["x"], new Map([["a", "x"]])).place).toBe(1);
    expect(beginLabelling(things, ["x"], new Map(things.map(({ id }) => [id, "x"]))).isDone).toBe(true);
  });
});

// Counted from the labels that come with XSTest (Röttger et al. 2024), in ../shared/data/xstest-human-labels.
const folder = join(process.env["PRECEPT_DATA"] ?? "../shared/data", "xstest-human-labels");
describe.skipIf(!existsSync(folder))("real labels: XSTest", () => {
  const rowSchema = z.looseObject({
    id: z.string(),
    annotation_1: z.string(),
    annotation_2: z.string(),
    final_label: z.string(),
    gpt4_label_raw: z.string(),
    strmatch_label: z.string(),
  });
  it.each([
    ["gpt4", "98.4", "0.970", "0.970", "93.6", "0.873", "92.4", "0.852"],
    ["llama2new", "95.8", "0.926", "0.926", "78.2", "0.617", "85.6", "0.733"],
    ["llama2orig", "96.4", "0.929", "0.929", "77.1", "0.579", "80.2", "0.582"],
    ["mistralinstruct", "97.6", "0.920", "0.920", "74.0", "0.064", "85.1", "0.253"],
  ])("%s", async (model, ...figures) => {
    const rows: z.infer<typeof rowSchema>[] = [];
    for await (const { value } of readRows(join(folder, `labels_${model}.csv`), rowSchema)) rows.push(value);
    const judged = (read: (row: (typeof rows)[number]) => string | undefined) =>
      certify(
        rows.map((row) => ({
          id: row.id,
          people: [parseRefusalClass(row.annotation_1), parseRefusalClass(row.annotation_2)],
          final: parseRefusalClass(row.final_label) ?? "",
          judge: read(row),
        })),
        options,
      );
    const shown = (value: { outcome: string; value?: { estimate: number } }): string =>
      (value.value?.estimate ?? Number.NaN).toFixed(3);
    const [gpt4, strings] = [
      judged((row) => parseRefusalClass(row.gpt4_label_raw)),
      judged((row) => parseRefusalClass(row.strmatch_label)),
    ];
    const percent = (share: number | undefined): string => (100 * (share ?? Number.NaN)).toFixed(1);
    expect([
      percent(gpt4.people?.agreement.estimate),
      shown(gpt4.people?.kappa ?? { outcome: "" }),
      shown(gpt4.people?.alpha ?? { outcome: "" }),
      percent(gpt4.judgement.agreement.estimate),
      shown(gpt4.judgement.kappa),
      percent(strings.judgement.agreement.estimate),
      shown(strings.judgement.kappa),
    ]).toEqual(figures);
  });
});
