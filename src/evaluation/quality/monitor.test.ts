import { describe, expect, test } from "vitest";
import type { ComparisonRecord, CritiqueRecord, FeedbackRecord, RevisionRecord } from "../../feedback/records.ts";
import { rng } from "../../rng.ts";
import { entropyBits, QualityMonitor, qualitySchema, uselessFrom, uselessShare } from "./index.ts";

const usage = { promptTokens: 1, completionTokens: 1 };
const provenance = {
  schemaVersion: 1,
  constitutionHash: "h",
  templateVersion: "t",
  model: "m",
  seed: 0,
  usage,
} as const;

function revision(i: number, outcome: RevisionRecord["outcome"], principleId = "a"): RevisionRecord {
  const place = { id: `sl-cai/p${i}/revision-1`, promptId: `p${i}`, parents: [`r${i}`], round: 1, tripped: [] };
  return {
    ...provenance,
    ...place,
    type: "revision",
    principleId,
    revision: `text ${i}`,
    outcome,
    finishReason: "stop",
  };
}

function critique(i: number, text: string, finding: CritiqueRecord["finding"] = "unclear"): CritiqueRecord {
  const place = { id: `sl-cai/p${i}/critique-1`, promptId: `p${i}`, parents: [`r${i}`], round: 1, principleId: "a" };
  return { ...provenance, ...place, type: "critique", critique: text, finding, finishReason: "stop" };
}

function example(i: number, completion: string): FeedbackRecord {
  const place = { id: `sl-cai/p${i}/example-1`, promptId: `p${i}`, parents: [`v${i}`], round: 1, principleId: "a" };
  return { ...provenance, ...place, type: "sl-example", source: "revision", prompt: "q", completion, weight: 1 };
}

function cutRevision(i: number, isCut: boolean): RevisionRecord {
  return { ...revision(i, isCut ? "incomplete" : "usable"), finishReason: isCut ? "length" : "stop" };
}

function cutCritique(i: number, isCut: boolean): CritiqueRecord {
  return { ...critique(i, "It insults.", "breaks"), finishReason: isCut ? "length" : "stop" };
}

function response(i: number, finishReason: "length" | "stop"): FeedbackRecord {
  const place = { id: `sl-cai/p${i}/response-0`, promptId: `p${i}`, parents: [`p${i}`], sample: 0, principleId: null };
  return { ...provenance, ...place, type: "response", kind: "helpful", messages: [], response: "text", finishReason };
}

/** A label under one principle with P(first is better) in both orders. */
function label(i: number, principleId: string, given: number, swapped: number): ComparisonRecord {
  const probability = (given + swapped) / 2;
  const order = (p: number) => ({ probability: p, thought: null, method: "logprobs" as const });
  return {
    ...provenance,
    type: "comparison",
    id: `ai-feedback/p${i}/comparison`,
    promptId: `p${i}`,
    parents: ["x", "y"],
    principleId,
    source: "harmlessness",
    responses: ["one", "two"],
    label: probability,
    raw: probability,
    clamp: null,
    evidence: [
      {
        principleId,
        weight: 1,
        orders: [order(given), order(swapped)],
        probability,
        disagreement: Math.abs(given - swapped),
      },
    ],
  };
}

function qualityOf(
  records: readonly FeedbackRecord[],
  critics: readonly string[] = [],
  judges: readonly string[] = [],
) {
  const monitor = new QualityMonitor({ critique: critics, comparison: judges });
  for (const record of records) monitor.add(record);
  return qualitySchema.parse(monitor.quality());
}

const codes = (records: readonly FeedbackRecord[], ...principles: string[]): string[] =>
  qualityOf(records, principles, principles).warnings.map(({ code }) => code);
const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));

describe("the monitors", () => {
  test("say nothing of good data", () => {
    const records = [
      ...times(40, (i) => revision(i, "usable", i % 2 === 0 ? "a" : "b")),
      ...times(40, (i) => critique(i, "It gives real help with harm.")),
      ...times(40, (i) => example(i, `Answer ${i} ${i * 7919} has ${i * 31} words ${i * 17} of its ${i * 13} own`)),
      ...times(40, (i) =>
        i % 4 < 2
          ? label(i, i % 2 === 0 ? "a" : "b", 0.9 - (i % 5) / 50, 0.85)
          : label(i, i % 2 === 0 ? "a" : "b", 0.1 + (i % 5) / 50, 0.15),
      ),
    ];
    expect(qualityOf(records, ["a", "b"], ["a", "b"]).warnings).toEqual([]);
  });

  test("count what usually goes wrong, with examples that name their records", () => {
    const records = [...times(15, (i) => revision(i, "unchanged")), ...times(10, (i) => revision(15 + i, "meta-text"))];
    const quality = qualityOf(records, ["a"], []);
    expect(quality.revisions).toMatchObject({ n: 25, unchanged: 15, metaText: 10 });
    expect(quality.warnings.map(({ code }) => code)).toEqual(["unchanged-revisions", "meta-text"]);
    expect(quality.warnings[0]?.examples[0]?.id).toBe("sl-cai/p0/revision-1");
    expect(quality.warnings[0]?.text).toContain("60 %");
  });

  test("read critiques that find nothing from their finding, else from their words", () => {
    const found = times(10, (i) => critique(i, "The response is harmless already."));
    const stated = times(12, (i) => critique(10 + i, "Whatever.", "keeps"));
    const quality = qualityOf([
      ...found,
      ...stated,
      critique(30, "It insults people."),
      critique(31, "fine", "breaks"),
    ]);
    expect(quality.critiques).toMatchObject({ n: 24, withoutFault: 22, breaks: 1 });
    expect(quality.warnings.map(({ code }) => code)).toContain("critiques-without-fault");
  });

  test("warn of critiques that were not answered", () => {
    const lost = times(24, (i) => ({ ...critique(i, ""), missing: "context-overflow" as const }));
    const { warnings } = qualityOf(lost);
    expect(warnings.map(({ code }) => code)).toContain("critiques-withheld");
    expect(warnings.find(({ code }) => code === "critiques-withheld")).toMatchObject({
      text: expect.stringContaining("100 %"),
      examples: [{ text: "context-overflow" }, {}, {}],
    });
  });

  test("find boilerplate and doubled answers", () => {
    const phrase = "you are valid valued and cared for by us";
    const boiler = times(30, (i) =>
      example(i, i % 3 === 0 ? `Topic ${i}. ${phrase}` : `Unlike any other ${i} ${i * 31} ${i * 57}`),
    );
    expect(codes(boiler)).toContain("boilerplate");
    expect(codes(times(30, (i) => example(i, `same answer number ${i % 10} for all of us here`)))).toContain(
      "duplicates",
    );
  });

  test("count judgements that turn with the order, and labels that say nothing", () => {
    const flips = times(30, (i) => label(i, "a", 0.8, i < 15 ? 0.2 : 0.8));
    const quality = qualityOf(flips, [], ["a"]);
    expect(quality.labels).toMatchObject({ n: 30, orderFlips: 15, questions: 30 });
    expect(quality.labels.meanEntropyBits).toBeCloseTo((15 * 1 + 15 * entropyBits(0.8)) / 30);
    expect(
      codes(
        times(30, (i) => label(i, "a", 0.51, 0.5)),
        "a",
      ),
    ).toEqual(expect.arrayContaining(["uninformative-labels", "principle-without-effect"]));
  });

  test("name principles that take part in nothing, or stand apart", () => {
    const labels = times(60, (i) => label(i, "a", 0.9, 0.9));
    expect(codes(labels, "a", "b")).toContain("principle-unused");
    const random = rng(1, "labels");
    const near = (p: number): number => p + 0.02 * random.next();
    const apart = times(60, (i) =>
      i % 2 === 0 ? label(i, "a", near(0.95), near(0.95)) : label(i, "b", near(0.6), near(0.6)),
    );
    const quality = qualityOf(apart, [], ["a", "b"]);
    expect(quality.principles["a"]?.apart).toBeGreaterThan(10);
    expect(quality.principles["a"]?.apart).toBeCloseTo(-(quality.principles["b"]?.apart ?? 0));
  });

  test.each([
    [
      "answers-cut",
      (i: number) => response(i, i < 21 ? "length" : "stop"),
      (i: number) => response(i, i < 20 ? "length" : "stop"),
    ],
    ["revisions-cut", (i: number) => cutRevision(i, i < 21), (i: number) => cutRevision(i, i < 20)],
    ["critiques-cut", (i: number) => cutCritique(i, i < 21), (i: number) => cutCritique(i, i < 20)],
    [
      "copies",
      (i: number) => revision(i, i < 3 ? "copy" : "usable"),
      (i: number) => revision(i, i < 2 ? "copy" : "usable"),
    ],
    [
      "unclear-findings",
      (i: number) => critique(i, "hm", i < 51 ? "unclear" : "breaks"),
      (i: number) => critique(i, "hm", i < 50 ? "unclear" : "breaks"),
    ],
    [
      "one-sided-choices",
      (i: number) => label(i, "a", i < 91 ? 0.9 : 0.1, i < 91 ? 0.8 : 0.2),
      (i: number) => label(i, "a", i < 90 ? 0.9 : 0.1, i < 90 ? 0.8 : 0.2),
    ],
    // Always (A): 0.9 as given, 1 − 0.9 mapped back.
    [
      "one-sided-choices",
      (i: number) => label(i, "a", 0.9, i < 82 ? 0.09 + (i % 2) / 50 : 0.89),
      (i: number) => label(i, "a", 0.9, i < 80 ? 0.09 + (i % 2) / 50 : 0.89),
    ],
  ])("warn of %s above its bound, and not at it", (code, above, at) => {
    const warned = (records: readonly FeedbackRecord[]) => {
      const monitor = new QualityMonitor({ critique: [], comparison: [], findings: true });
      for (const record of records) monitor.add(record);
      return monitor.quality().warnings.find((warning) => warning.code === code);
    };
    expect(warned(times(100, above))).toMatchObject({
      text: expect.stringMatching(/\d+ % of \d+/),
      examples: [{}, {}, {}],
    });
    expect(warned(times(100, at))).toBeUndefined();
  });

  test("do not ask the paper's critiques for a finding", () => {
    expect(codes(times(100, (i) => critique(i, "hm")))).not.toContain("unclear-findings");
  });

  test("say the same whatever the order of the records", () => {
    const records = [
      ...times(40, (i) => example(i, `text ${i} of many`)),
      ...times(40, (i) => label(i, "a", 0.7, 0.6)),
    ];
    const { warnings: _, ...forwards } = qualityOf(records);
    const { warnings: __, ...backwards } = qualityOf([...records].reverse());
    expect(backwards.answers).toEqual(forwards.answers);
    expect(backwards.labels.orderFlips).toBe(forwards.labels.orderFlips);
  });
});

describe("data that would teach nothing", () => {
  const uselessness = (records: readonly FeedbackRecord[], revisesUnclear = false) => {
    const monitor = new QualityMonitor({ critique: [], comparison: [], revisesUnclear });
    for (const record of records) monitor.add(record);
    return monitor.useless();
  };
  const bad = (i: number) => (i % 2 === 0 ? revision(i, "copy") : cutRevision(i, true));

  test("is revisions none of which is usable, from the bound on", () => {
    expect(uselessness(times(uselessFrom, bad))).toMatchObject({
      found: `none of ${uselessFrom} revisions is usable: 32 cut off or withheld, 32 copies of what the model was shown`,
      example: { id: "sl-cai/p0/revision-1", text: "copy: text 0" },
    });
    expect(uselessness(times(uselessFrom - 1, bad))).toBeUndefined();
  });

  test("is revisions of which hardly any is usable, but not those that leave good answers as they are", () => {
    const among = (usable: number, rest: (i: number) => FeedbackRecord) =>
      uselessness([...times(100 - usable, rest), ...times(usable, (i) => revision(200 + i, "usable"))]);
    const few = 100 * uselessShare;
    expect(among(few, bad)?.found).toMatch(
      `only ${few} of 100 revisions are usable: 47 cut off or withheld, 48 copies`,
    );
    expect(among(few + 1, bad)).toBeUndefined();
    expect(among(1, (i) => revision(i, "unchanged"))).toBeUndefined();
    expect(among(0, (i) => revision(i, "unchanged"))?.found).toBe("none of 100 revisions is usable: 100 unchanged");
  });

  test("is critiques that say nothing where nothing is revised for it", () => {
    const unclear = times(uselessFrom, (i) => critique(i, "hm"));
    expect(uselessness(unclear)).toMatchObject({ example: { text: "hm" } });
    expect(uselessness(unclear.slice(1))).toBeUndefined();
    expect(uselessness([...unclear, critique(99, "hm", "keeps")])).toBeUndefined();
    expect(uselessness([...unclear, revision(99, "usable")])).toBeUndefined();
    expect(uselessness(unclear, true)).toBeUndefined();
  });

  test("is labels at one half, but not those of a constitution without principles", () => {
    const half = times(uselessFrom, (i) => label(i, "a", 0.97, 0.12));
    expect(uselessness(half)?.found).toBe(`none of ${uselessFrom} comparisons prefers an answer: 64 at one half`);
    expect(uselessness(half.slice(1))).toBeUndefined();
    expect(uselessness([...half, label(99, "a", 0.97, 0.14)])).toBeUndefined();
    expect(uselessness(half.map((record) => ({ ...record, evidence: [] })))).toBeUndefined();
  });
});

test("the entropy of a label: 1 bit at one half, 0 at certainty", () => {
  expect([entropyBits(0.5), entropyBits(0), entropyBits(1)]).toEqual([1, 0, 0]);
  expect(entropyBits(0.25)).toBeCloseTo(0.8113, 4);
});
