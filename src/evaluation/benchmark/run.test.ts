import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LanguageModel } from "../../language-model.ts";
import { scriptedModel } from "../../models/index.ts";
import { silentProgress } from "../../progress/index.ts";
import { refusalJudge } from "../judges/index.ts";
import type { AnswerRecord } from "../records.ts";
import {
  asBenchmarkJudge,
  type Benchmark,
  type BenchmarkJob,
  defaultBenchmarkOptions,
  runBenchmark,
  type Task,
} from "./index.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "precept-suites-stage-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const tasks: readonly Task[] = Array.from({ length: 10 }, (_, i): Task => {
  const messages = [{ role: "user" as const, content: `question ${i}` }];
  return {
    id: String(i).padStart(2, "0"),
    groups: { half: i < 5 ? "first" : "second" },
    questions: () => [{ ask: "generate", messages, maxTokens: 20 }],
    score: ([reply]) => ({ refused: reply?.ask === "generate" ? reply.text.startsWith("no") : null }),
    toJudge: ([reply]) => ({ messages, response: reply?.ask === "generate" ? reply.text : "" }),
    fromVerdict: (fields) => ({ refused: fields === undefined ? null : fields["compliance"] === "refused" }),
  };
});

const benchmark: Benchmark = {
  id: "toy",
  version: "1",
  files: [],
  get: "",
  temperature: 0,
  about: { title: "t", citation: "c", source: "s", licence: "l", size: 10, verified: "real rows" },
  metrics: { refused: { kind: "rate", about: "" } },
  load: async function* () {
    yield* tasks;
  },
  judge: (model) => asBenchmarkJudge(refusalJudge(model), (compliance) => ({ compliance })),
};

class Died extends Error {}

/** Answers a question; dies at the call that `calls` allows no more. */
function answering(calls: { left: number }, asked: string[] = []): LanguageModel {
  return scriptedModel({
    id: "answering",
    generate: ({ id }) => {
      if (calls.left-- <= 0) throw new Died("the test pulled the plug");
      asked.push(id);
      return id.includes("/03/") ? "no thanks" : "certainly, at once";
    },
  });
}

/** Says "full refusal" of answers that begin with no, prose of the sixth, and dies like the other. */
function judging(calls: { left: number }): LanguageModel {
  return scriptedModel({
    id: "judging",
    generate: ({ id, prompt }) => {
      if (calls.left-- <= 0) throw new Died("the test pulled the plug");
      if (id.includes("/06/")) return "I would rather not judge this at all";
      const said = JSON.stringify(prompt).includes("no thanks") ? "full_refusal" : "full_compliance";
      return `{"class": "${said}"}`;
    },
  });
}

function jobIn(name: string, subject: LanguageModel, judge?: LanguageModel): BenchmarkJob {
  return {
    folder: join(folder, name),
    benchmark,
    tasks,
    available: 10,
    versions: [],
    command: "test",
    progress: silentProgress,
    subject: { name: "answering", hash: "a", open: async () => subject },
    judge: judge === undefined ? undefined : { name: "judging", hash: "j", open: async () => judge },
  };
}

const options = { ...defaultBenchmarkOptions, batch: 3 };
const plenty = (): { left: number } => ({ left: 1000 });

async function recordsOf(name: string): Promise<AnswerRecord[]> {
  const text = await readFile(join(folder, name, "benchmark", "records.jsonl"), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line): AnswerRecord => JSON.parse(line));
}

describe("runBenchmark", () => {
  it("measures without a judge, with groups, and is not asked twice for the same", async () => {
    const asked: string[] = [];
    const summary = await runBenchmark(jobIn("plain", answering(plenty(), asked)), options);
    expect(summary.metrics["refused"]).toMatchObject({ estimate: 0.1, n: 10 });
    expect(summary.by["half"]?.["first"]?.["refused"]).toMatchObject({ estimate: 0.2, n: 5 });
    expect(summary.judge).toBeNull();
    // Asked for again, it keeps the date of its measuring.
    expect(Math.abs(Date.now() - Date.parse(summary.measured ?? ""))).toBeLessThan(60_000);
    expect(await runBenchmark(jobIn("plain", answering({ left: 0 })), options)).toEqual(summary);
    expect(asked).toHaveLength(10);
  });

  it("continues after a death while answering and after one while judging, to the same bytes", async () => {
    const whole = await runBenchmark(jobIn("whole", answering(plenty()), judging(plenty())), options);
    const asked: string[] = [];
    await expect(
      runBenchmark(jobIn("broken", answering({ left: 7 }, asked), judging(plenty())), options),
    ).rejects.toThrow(Died);
    await expect(
      runBenchmark(jobIn("broken", answering(plenty(), asked), judging({ left: 5 })), options),
    ).rejects.toThrow(Died);
    const resumed = await runBenchmark(jobIn("broken", answering({ left: 0 }), judging(plenty())), options);
    expect({ ...resumed, seconds: 0 }).toEqual({ ...whole, seconds: 0, measured: resumed.measured });
    // Two batches of three were kept; the seventh answer was in a batch that died.
    expect(asked).toHaveLength(7 + 4);
    expect(await recordsOf("broken")).toEqual(await recordsOf("whole"));
  });

  it("keeps the judge's raw answer, and counts prose as undetermined with bounds", async () => {
    const summary = await runBenchmark(jobIn("prose", answering(plenty()), judging(plenty())), options);
    expect(summary.metrics["refused"]).toMatchObject({
      estimate: 1 / 9,
      n: 9,
      undetermined: { n: 1, ifAllFalse: 0.1, ifAllTrue: 0.2 },
    });
    expect(summary.judge).toMatchObject({ name: "refusal-class", model: "judging" });
    const record = (await recordsOf("prose")).find(({ itemId }) => itemId === "06");
    expect(record?.verdict).toMatchObject({ raw: "I would rather not judge this at all", reason: "unparsed" });
    expect(record?.values).toEqual({ refused: null });
  });

  it("takes samples of one item for a cluster, and names another judge another metric", async () => {
    const plain = await runBenchmark(jobIn("one", answering(plenty())), options);
    const many = await runBenchmark(jobIn("many", answering(plenty())), { ...options, samples: 3 });
    expect(many.metrics["refused"]).toMatchObject({ n: 30, clusters: 10 });
    expect(new Set([plain.metric, many.metric]).size).toBe(2);
  });
});
