import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ComparisonRecord, NoLabelRecord, ResponseRecord } from "../../feedback/index.ts";
import { rng } from "../../rng.ts";
import type { PreferenceRecord } from "../../training/index.ts";
import { linesOf, principles, vocabulary, writeStages } from "../random-chains.test-support.ts";
import { OpenRun } from "../run/open-run.ts";
import { ReviewMarks } from "../run/review-marks.ts";
import type { ListPage } from "../source.ts";
import { Comparisons } from "./comparisons.ts";

const folder = mkdtempSync(join(tmpdir(), "precept-comparisons-"));
const made = { schemaVersion: 1, constitutionHash: "h", templateVersion: "t-1", model: "judge", seed: 1 } as const;
const usage = { promptTokens: 1, completionTokens: 1 };

interface Made {
  readonly response: ResponseRecord;
  readonly pair: ComparisonRecord | NoLabelRecord;
  readonly preference: PreferenceRecord | undefined;
}

function randomPair(number: number): Made {
  const random = rng(7, "pair", number);
  const promptId = `p-${String(number).padStart(3, "0")}`;
  const word = (): string => random.pick(vocabulary);
  const id = (name: string): string => `ai-feedback/${promptId}/${name}`;
  const response: ResponseRecord = {
    ...{ ...made, usage, promptId, kind: "red-team", sample: 0, finishReason: "stop", principleId: null },
    ...{ type: "response", id: id("response-0"), parents: [promptId], response: word() },
    messages: [{ role: "user", content: `${word()} ${word()}` }],
  };
  const shared = {
    ...{ ...made, usage, promptId, principleId: null, id: id("comparison") },
    ...{ parents: [id("response-0"), id("response-1")], responses: [response.response, word()] as [string, string] },
    source: random.pick(["harmlessness", "helpfulness"] as const),
  };
  if (random.next() < 0.1) {
    const unanswered = [{ principleId: "tone", order: "swapped" as const, missing: "refusal" as const, said: "no" }];
    return { response, pair: { ...shared, type: "no-label", unanswered }, preference: undefined };
  }
  const evidence = principles.slice(0, 1 + random.integer(principles.length)).map((principleId) => {
    const orders = [random.next(), random.next()].map((probability) => ({
      ...{ probability, thought: `${principleId} says ${word()}`, method: "logprobs" as const },
    })) as unknown as ComparisonRecord["evidence"][number]["orders"];
    const [given, swapped] = orders.map(({ probability }) => probability) as [number, number];
    const probability = (given + swapped) / 2;
    return { principleId, weight: 1, orders, probability, disagreement: Math.abs(given - swapped) };
  });
  const raw = evidence.reduce((sum, { probability }) => sum + probability, 0) / evidence.length;
  const pair: ComparisonRecord = { ...shared, type: "comparison", label: raw, raw, clamp: null, evidence };
  const probability = random.next();
  const preference: PreferenceRecord = {
    ...{ ...made, type: "preference", id: `preference-model/${promptId}/preference`, parents: [pair.id] },
    ...{ principleId: null, split: "train", source: pair.source, label: raw, raw, scores: [0, 0], probability },
  };
  return { response, pair, preference: random.next() < 0.8 ? preference : undefined };
}

const pairs = Array.from({ length: 150 }, (_, i) => randomPair(i));
let run: OpenRun;
let comparisons: Comparisons;
beforeAll(async () => {
  const records = pairs.map(({ pair, response }) => [pair, response].map((one) => ({ ...one })));
  writeStages(folder, {
    "ai-feedback": linesOf(records),
    "preference-model": linesOf([
      pairs.flatMap(({ preference }) => (preference === undefined ? [] : [{ ...preference }])),
    ]),
  });
  run = new OpenRun(folder);
  comparisons = new Comparisons(run, new ReviewMarks(run));
  await Promise.all(run.files.map(({ index }) => index.wait(true)));
}, 20_000);
afterAll(async () => {
  await run.close();
  rmSync(folder, { recursive: true });
});

const evidenceOf = ({ pair }: Made) => (pair.type === "comparison" ? pair.evidence : []);
const turns = (evidence: ComparisonRecord["evidence"][number]): boolean => {
  const [{ probability: a }, { probability: b }] = evidence.orders;
  return (a - 0.5) * (b - 0.5) < 0 && Math.abs(a - b) >= 0.1;
};
const naive: Readonly<Record<string, (made: Made) => boolean>> = {
  flips: (one) => evidenceOf(one).some(turns),
  "near-tie": ({ pair }) => pair.type === "comparison" && Math.abs(pair.raw - 0.5) < 0.05,
  unanswered: ({ pair }) => pair.type === "no-label",
  "model-disagrees": ({ pair, preference }) =>
    pair.type === "comparison" && preference !== undefined && (preference.probability - 0.5) * (pair.raw - 0.5) < 0,
};

test("every pattern finds the pairs that reading them one by one finds", async () => {
  for (const [pattern, fits] of Object.entries(naive)) {
    const page = await comparisons.list({ facets: { pattern: [pattern] } }, { from: 0, n: 200 });
    const wanted = pairs.filter(fits).map(({ pair }) => pair.id);
    expect(wanted.length).toBeGreaterThan(0);
    expect([pattern, page.rows.map(({ id }) => id)]).toEqual([pattern, wanted]);
    expect(page.rows.every(({ marks }) => marks.includes(pattern))).toBe(true);
  }
  const sure = await comparisons.list({ facets: { principle: ["tone"] } }, { from: 0, n: 200 });
  const isSure = (one: Made): boolean =>
    evidenceOf(one).some(
      ({ principleId, probability }) => principleId === "tone" && Math.abs(probability - 0.5) >= 0.25,
    );
  expect(sure.rows.map(({ id }) => id)).toEqual(pairs.filter(isSure).map(({ pair }) => pair.id));
});

test("the surest label comes first, and pairs without one last", async () => {
  const page = await comparisons.list({ facets: {}, sort: "-sure" }, { from: 0, n: 200 });
  const sureness = page.rows.map(({ label }) => (label === null ? -1 : Math.abs(label - 0.5)));
  expect(sureness).toEqual([...sureness].sort((a, b) => b - a));
  // A share orders by the numbers of its rows.
  const shown = page.rows.map(({ sure }) => sure ?? -1);
  expect(shown).toEqual([...shown].sort((a, b) => b - a));
  expect([page.total, page.indexed]).toEqual([pairs.length, 1]);
});

test("the download holds the lines of the comparisons that fit, with the answers beside them", async () => {
  const lines: string[] = [];
  for await (const line of comparisons.lines({ facets: { pattern: ["near-tie"] } })) lines.push(String(line));
  const fitting = pairs.filter((made) => naive["near-tie"]?.(made));
  expect(lines.join("")).toBe(
    linesOf(fitting.map(({ pair, response }) => [{ ...pair }, { ...response }]))
      .map((line) => `${line}\n`)
      .join(""),
  );
});

test("words are found in thoughts, in answers, in requests", async () => {
  const thought: ListPage<{ readonly id: string }> = await comparisons.list(
    { facets: {}, words: '"danger says quay"' },
    { from: 0, n: 200 },
  );
  const holds = (one: Made): boolean =>
    evidenceOf(one).some(({ orders }) => orders.some((order) => order.thought === "danger says quay"));
  expect(thought.rows.map(({ id }) => id)).toEqual(pairs.filter(holds).map(({ pair }) => pair.id));
});

test("a comparison holds what every principle said, in both orders, and what the model says", async () => {
  for (const made of pairs.slice(0, 30)) {
    const { pair, preference, response } = made;
    const page = await comparisons.find(pair.id);
    expect(page?.messages).toEqual(response.messages);
    expect(page?.answers).toEqual(pair.responses.map((text, i) => ({ id: pair.parents[i], text })));
    expect(page?.model).toEqual(
      preference === undefined ? null : { probability: preference.probability, split: preference.split },
    );
    if (pair.type === "comparison") {
      expect(page?.evidence.map(({ probability }) => probability)).toEqual(pair.evidence.map((one) => one.probability));
      expect(page?.evidence.filter(({ isTurned }) => isTurned).length).toBe(page?.row.flips);
      expect(page?.evidence[0]?.principleText).toBe(`the answer should keep ${pair.evidence[0]?.principleId} .`);
    } else {
      expect([page?.label, page?.evidence.map(({ orders }) => orders.map(({ thought }) => thought))]).toEqual([
        null,
        [[null, "no"]],
      ]);
    }
  }
  expect(await comparisons.find("ai-feedback/p-000/response-0")).toBeUndefined();
  expect(await comparisons.find("ai-feedback/nowhere/comparison")).toBeUndefined();
});

test("judgements are counted over all that fit, though a chart shows some", async () => {
  const { n, points, turned, meanGiven } = await comparisons.judgements({ facets: { source: ["helpfulness"] } });
  const all = pairs.filter(({ pair }) => pair.source === "helpfulness").flatMap(evidenceOf);
  expect([n, points.length]).toEqual([all.length, all.length]);
  expect(turned.estimate).toBeCloseTo(all.filter(turns).length / all.length, 12);
  expect(meanGiven).toBeCloseTo(all.reduce((sum, { orders }) => sum + orders[0].probability, 0) / all.length, 5);
});
