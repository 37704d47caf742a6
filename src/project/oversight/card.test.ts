import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { temporaryFolder } from "../../../test/cli.ts";
import { findPython, runPython } from "../../../test/support/python.ts";
import { benchmarkStage } from "../../evaluation/index.ts";
import { licenceFields } from "../../oversight/card/licences.ts";
import { codeSpan, escapeMarkdown } from "../../oversight/card/markdown.ts";
import { countTopics, readCard, showFigure, type UsedRequest } from "../../oversight/index.ts";
import { defineStage, Run } from "../../runs/index.ts";
import { isEstimate, type Measured, wilson } from "../../statistics/index.ts";
import { hashModel, packageRoot } from "../../storage/index.ts";
import { makeCard } from "./make-card.ts";

const python = findPython();

/** What the hub asks of a model's metadata (hub-docs, modelcard.md). */
const metadataSchema = z.object({
  license: z.string(),
  library_name: z.literal("peft"),
  pipeline_tag: z.literal("text-generation"),
  tags: z.array(z.string()),
  "model-index": z.array(
    z.object({
      name: z.string(),
      results: z.array(
        z.object({
          task: z.object({ type: z.string(), name: z.string() }),
          dataset: z.object({ type: z.string().regex(/^\S+$/u), name: z.string() }),
          metrics: z.array(z.object({ type: z.string(), name: z.string(), value: z.number() })).min(1),
        }),
      ),
    }),
  ),
});

const unread: Measured = { ...wilson(3, 40), undetermined: { n: 2, ifAllFalse: 0.07, ifAllTrue: 0.12 } };
const suites: Readonly<Record<string, Readonly<Record<string, Measured>>>> = {
  xstest: { overRefusal: wilson(7, 250), unsafeCompliance: unread },
  bbq: {
    accuracyAmbiguous: wilson(50, 60),
    "bias.Age": { estimate: 0.1, low: null, high: null, n: 1, note: "one cluster" },
  },
  persona: {
    "balanced.desire-for-acquiring-power": { estimate: 0.41, low: 0.38, high: 0.44, n: 900 },
    matching: wilson(1, 9),
  },
  sycophancy: { matching: { estimate: 0.613, low: 0.58, high: 0.64, n: 300 } },
};

async function craftRun(): Promise<string> {
  const folder = join(temporaryFolder(), "mine");
  const manifest = { of: "a project", seed: 3, config: {}, inputs: { constitution: "sha256:c" } };
  const run = await Run.open(folder, { kind: "project", manifest, command: "test" });
  await run.stage(defineStage({ name: "sl-cai", after: [], records: {} }), "x", async (writer) => {
    mkdirSync(writer.checkpoint);
    const base = join(packageRoot, "models", "harbor", "checkpoint");
    writeFileSync(join(writer.checkpoint, "adapter_config.json"), JSON.stringify({ base_model_name_or_path: base }));
    writer.summary({ training: { flops: 2.5e15 } });
  });
  await run.close();
  const subject = await hashModel(join(folder, "sl-cai", "checkpoint"));
  for (const [suite, metrics] of Object.entries(suites)) await craftSuite(folder, suite, metrics, subject);
  await craftSuite(folder, "winogenerated", { rho: wilson(1, 2) }, "another state");
  writeFileSync(join(folder, "check.json"), JSON.stringify(checkOf()));
  return folder;
}

async function craftSuite(run: string, suite: string, metrics: Readonly<Record<string, Measured>>, subject: string) {
  const manifest = { seed: 1, config: {}, inputs: { subject } };
  const measured = await Run.open(join(run, "suites", "sl-cai", suite), {
    kind: "evaluation",
    manifest,
    command: "test",
  });
  await measured.stage(benchmarkStage, suite, async (writer) => {
    const log = await writer.records("records");
    await log.close();
    writer.summary({
      ...{ benchmark: suite, version: "1", title: suite, subject: "sl-cai", metric: "m", judge: null, data: [] },
      ...{ items: 9, available: 9, samples: 1, missing: {}, metrics, by: {}, seconds: 1, tokens: 1 },
    });
  });
  await measured.close();
}

function checkOf() {
  const outcome = (principleId: string, rate: Measured) => ({
    ...{ principleId, word: "broken", limit: 0.05, isGated: false, why: "w", rate },
  });
  const broken = { principleId: "calm", id: "r1", request: "Calm | down?", earlierTurns: 0, response: "No\n`rm`" };
  const summary = {
    ...{
      benchmark: "check",
      version: "1",
      title: "t",
      subject: "sl-cai",
      metric: "m",
      judge: null,
      data: [],
      items: 1,
    },
    ...{ available: 1, samples: 1, missing: {}, metrics: {}, by: {}, seconds: 1, tokens: 1 },
  };
  const subject = {
    ...{ name: "sl-cai", folder: ".", records: "r", summary, gates: [] },
    outcomes: [outcome("calm", wilson(4, 31)), outcome("kind", wilson(0, 31))],
    breaks: [{ ...broken, quote: "No", why: "y" }],
  };
  return {
    ...{ schemaVersion: 1, date: "2026-01-01", command: "c", judge: "j", samples: 1, standings: [], comparisons: [] },
    constitution: { name: "c", hash: "h", principles: [{ id: "calm", text: "Be calm." }] },
    ...{ prompts: { redTeam: 1, helpful: 0, dialogues: 0 }, subjects: [subject], warnings: [] },
  };
}

/** What a record holds at the place that a row of the card names. */
function readSource(run: string, source: string): unknown {
  const [file = "", keys = ""] = source.split("#/");
  let value: unknown = JSON.parse(readFileSync(join(run, file), "utf8"));
  for (const key of keys.split("/")) value = z.looseObject({}).or(z.array(z.unknown())).parse(value)[key as never];
  return value;
}

test("every figure of a card is that of the record which it names, and the metadata is the hub's", async () => {
  const run = await craftRun();
  const { path, card } = await makeCard({ run, licence: "apache-2.0" });
  const text = readFileSync(path, "utf8");
  const [, header = "", body = ""] = /^---\n(.*?)\n---\n(.*)$/su.exec(text) ?? [];
  const metadata = metadataSchema.parse(parse(header));
  expect(metadata.license).toBe("apache-2.0");

  // Tables: each row with a record says what stands there.
  const rows = body.split("\n").filter((line) => /^\|.*#\/.*\|$/u.test(line));
  let figures = 0;
  for (const row of rows) {
    const cells = row.split(" | ").map((cell) => cell.replace(/^\| | \|$/gu, ""));
    const value = readSource(run, cells.at(-1)?.replaceAll("`", "") ?? "");
    if (cells.length === 3) {
      expect(cells[1]).toContain(String(value));
      continue;
    }
    const kind = /%/u.test(cells[1] ?? "") ? "rate" : "mean";
    expect(cells.slice(1, 4)).toEqual(showFigure(value as Measured, kind));
    figures += 1;
  }
  expect(figures).toBe(card.figures.length + card.departures.length);
  expect(figures).toBeGreaterThanOrEqual(7);
  // Every number outside of these rows is a name, or what the tables of facts hold.
  const others = body
    .split("\n")
    .filter((line) => !rows.includes(line) && /\d/u.test(line) && !/sha256|`r1`|95 % interval/u.test(line));
  expect(others).toEqual([
    "Everything here was read from the records of the run; the last column says where each figure stands. Intervals are of 95 %, and `n` counts items.",
    expect.stringMatching(/^\| checkpoint \| sl-cai, [0-9a-f]{64} \|/u),
    "| training FLOPs | 2.50e+15 |  |",
  ]);
  // The metadata: each value is that of the record.
  const values = metadata["model-index"][0]?.results.flatMap(({ dataset, metrics }) =>
    metrics.map(({ type, value }) => [suites[dataset.type]?.[type]?.estimate, value]),
  );
  expect(values?.length).toBe(6);
  for (const [recorded, shown] of values ?? []) expect(shown).toBe(recorded);
  // What was found stays in the run as it is shown.
  expect(readCard(run)?.figures.map(({ metric }) => metric)).toEqual(card.figures.map(({ metric }) => metric));
});

test.skipIf(python === undefined)("the hub's own package reads the card, every result of it", async () => {
  const { path, card } = await makeCard({ run: await craftRun(), licence: "Our own terms" });
  const read = z
    .object({
      metadata: z.looseObject({ license: z.literal("other"), license_name: z.literal("our-own-terms") }),
      results: z.array(z.object({ dataset_name: z.string(), metric_type: z.string(), metric_value: z.number() })),
    })
    .parse(runPython(python ?? "", "check_card.py", path));
  expect(read.metadata["library_name"]).toBe("peft");
  // A folder of this machine is no model on the hub.
  expect(read.metadata).not.toHaveProperty("base_model");
  const withInterval = card.figures.filter(({ measured }) => isEstimate(measured));
  expect(read.results.map((one) => [one.dataset_name, one.metric_type, one.metric_value])).toEqual(
    withInterval.map(({ suite, metric, measured }) => [suite, metric, measured.estimate]),
  );
});

test("names and texts of data are no mark-up, and licences are the hub's", () => {
  expect(escapeMarkdown("# <b>a|b</b> [x](y)\n*z* https://e.org www.e.org @ada")).toBe(
    String.raw`\# \<b\>a\|b\</b\> \[x\](y) \*z\* https:\//e.org www\.e.org \@ada`,
  );
  expect([escapeMarkdown("- a"), escapeMarkdown("1. a"), escapeMarkdown("10) a")]).toEqual([
    String.raw`\- a`,
    String.raw`1\. a`,
    String.raw`10\) a`,
  ]);
  // What is cut ends with a whole character, and no stroke is left to keep the cell's end plain.
  expect(escapeMarkdown("ab\u{1F600}||", 4)).toBe("ab\u{1F600}…");
  expect(escapeMarkdown("ab||", 4)).toBe(String.raw`ab\|\|`);
  expect([codeSpan("a"), codeSpan("a`b"), codeSpan("`a"), codeSpan("a|b\nc")]).toEqual([
    "`a`",
    "``a`b``",
    "`` `a ``",
    "`a\\|b c`",
  ]);
  expect([undefined, "MIT", "Llama 4 ours", "…"].map(licenceFields)).toEqual([
    { license: "unknown" },
    { license: "mit" },
    { license: "other", license_name: "llama-4-ours" },
    { license: "unknown" },
  ]);
});

test("what departs is shown with examples, what is of another state is left out, and what nobody measured is named", async () => {
  const run = await craftRun();
  const { path, card } = await makeCard({ run });
  const text = readFileSync(path, "utf8");
  expect(card.departures).toMatchObject([{ principle: "calm", text: "Be calm.", examples: [{ id: "r1" }] }]);
  expect(text).toContain("“Calm \\| down?” → “No \\`rm\\`”");
  expect(card.leftOut).toMatchObject([{ suite: "winogenerated", of: "sl-cai" }]);
  expect(text).toContain("economic impact");
  expect(card.unmeasured.map(({ what }) => what)).toEqual([]);
  const empty = join(temporaryFolder(), "empty");
  cpSync(run, empty, { recursive: true, filter: (source) => !/suites|check\.json/u.test(source) });
  const bare = await makeCard({ run: empty });
  expect(bare.card.unmeasured.map(({ what }) => what)).toEqual([
    ...["help with harm", "over-refusal", "bias", "sycophancy", "stated power-seeking"],
  ]);
  expect(JSON.stringify(bare.card)).not.toContain(JSON.stringify(empty).slice(1, -1));
  const unheard: Measured = { estimate: null, low: null, high: null, n: 0, note: "no answer was read" };
  await craftSuite(empty, "xstest", { overRefusal: unheard }, await hashModel(join(empty, "sl-cai", "checkpoint")));
  const { card: unread } = await makeCard({ run: empty });
  expect(unread.figures).toMatchObject([{ area: "over-refusal" }]);
  expect(unread.unmeasured.map(({ what }) => what)).toContain("over-refusal");
  expect(readFileSync(bare.path, "utf8")).toContain("Nobody has measured how often each principle is broken");
  await expect(makeCard({ run: empty, checkpoint: "rl-cai" })).rejects.toMatchObject({ code: "checkpoint-missing" });
});

test("topics of requests: named ones or shared words, and no cell of fewer than 20", () => {
  const named = [
    ...Array.from({ length: 30 }, () => ({ text: "", topic: "Cooking" })),
    ...Array.from({ length: 25 }, () => ({ text: "", topic: "cars" })),
    ...Array.from({ length: 5 }, () => ({ text: "", topic: "illness" })),
  ];
  // Five requests would stand alone: they hide behind the smallest cell.
  expect(countTopics(named).topics).toEqual([
    { topic: "cooking", requests: 30 },
    { topic: "all others", requests: 30 },
  ]);
  const words = Array.from({ length: 50 }, (_, i) => ({
    text: i < 26 ? "How do I bake bread?" : `Repair my bicycle number ${i}`,
  }));
  expect(countTopics(words).topics).toEqual([
    { topic: "bake", requests: 26 },
    { topic: "bicycle", requests: 24 },
  ]);
  expect(countTopics(named.slice(-5)).topics).toEqual([]);
  for (const n of [1, 19, 21, 40, 59])
    for (const { requests } of countTopics(named.slice(0, n)).topics) expect(requests).toBeGreaterThanOrEqual(20);
});

test("where requests name users, a cell needs 20 different ones", () => {
  const ask = (topic: string, users: number, each: number) =>
    Array.from({ length: users * each }, (_, i) => ({ text: `the ${topic}`, topic, user: `${topic}-${i % users}` }));
  const cells = (requests: readonly UsedRequest[]) =>
    countTopics(requests).topics.map(({ topic, requests: n }) => [topic, n]);
  // One person asked forty times of an illness: nobody is to see that.
  const asked = [...ask("cooking", 25, 1), ...ask("cars", 20, 2), ...ask("illness", 1, 40)];
  expect(cells(asked)).toEqual([
    ["cars", 40],
    ["all others", 65],
  ]);
  expect(countTopics(asked).users).toBe(46);
  const words = asked.map(({ text, user }) => ({ text, user }));
  expect(cells(words)).toEqual(cells(asked));
  // Requests without a user count as one person's.
  expect(cells([...ask("cars", 20, 1), ...Array.from({ length: 30 }, () => ({ text: "", topic: "illness" }))])).toEqual(
    [["all others", 50]],
  );
});

test("usage of a file of requests and of an audit log; hashes say nothing", async () => {
  const run = await craftRun();
  const requests = join(run, "requests.jsonl");
  writeFileSync(
    requests,
    Array.from({ length: 24 }, () => JSON.stringify({ prompt: "bake bread", topic: "food" })).join("\n"),
  );
  const { path, card } = await makeCard({ run, usage: requests });
  expect(card.usage).toMatchObject({ file: "requests.jsonl", requests: 24, topics: [{ topic: "food", requests: 24 }] });
  expect(readFileSync(path, "utf8")).toContain("| food | 24 |");
  writeFileSync(requests, '{"x": 1}\n');
  await expect(makeCard({ run, usage: requests })).rejects.toMatchObject({ code: "input-invalid" });
  const event = (text: string | undefined) => ({
    ...{ schemaVersion: 1, id: "i", traceId: "t", spanId: "s", at: "2026-01-01T00:00:00Z", stage: "input", text },
    ...{ constitutionHash: "c", policyHash: "p", upstream: "u", findings: [], action: "pass", status: "checked" },
    ...{
      isActing: true,
      coverage: { delivered: 0, checked: 0, leaked: 0 },
      timing: { addedMs: 1 },
      cut: 0,
      previous: "",
    },
  });
  const log = (text: string) => Array.from({ length: 21 }, () => JSON.stringify(event(text))).join("\n");
  writeFileSync(requests, log("mend my bicycle"));
  expect((await makeCard({ run, usage: requests })).card.usage?.topics).toEqual([{ topic: "bicycle", requests: 21 }]);
  writeFileSync(requests, log("sha256:abc"));
  await expect(makeCard({ run, usage: requests })).rejects.toThrow("the log keeps hashes or nothing");
});
