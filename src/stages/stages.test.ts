import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Benchmark } from "../evaluation/index.ts";
import { feedbackRecordSchema, type RevisionRecord } from "../feedback/records.ts";
import { testConstitution, testPrompts } from "../feedback/scripted.test-support.ts";
import { loadRecords, shapingPrinciples } from "../records/index.ts";
import { rolloutSchema } from "../training/records.ts";
import { type Bench, Died, faultsOf, labelPairs, openBench, readCheckpoint, trainSlCai } from "./bench.test-support.ts";
import { evaluate } from "./evaluate.ts";
import { ensembleLabels, type MethodOptions, methodOptions, type OptionOverrides, paperMethod } from "./options.ts";
import { judged, preferenceModel, softCrossEntropy } from "./preference-model.ts";
import { rlCai } from "./rl-cai.ts";
import { slCaiCounts } from "./sl-cai-counts.ts";

const redTeam = testPrompts("red-team", "danger", "tone+calm", "danger+tone", "clean", "calm", "danger+calm");
const helpful = testPrompts("helpful", "soup", "bread");
const prompts = [...redTeam, ...helpful];
/** Requests that SL-CAI did not see: it answers half of them well. */
const fresh = Array.from({ length: 24 }, (_, i) => ({
  ...testPrompts("red-team", i % 2 === 0 ? "tone" : "tone+danger")[0]!,
  id: `fresh-${i}`,
}));
const replay = [{ id: "doc-1", prompt: "declare", completion: "lye is a danger" }];

const grade = (response: string) => ({
  violation: faultsOf(response).length > 0,
  goldReward: -faultsOf(response).length,
});

const benchmark: Benchmark = {
  id: "faults",
  version: "1",
  files: [],
  get: "",
  temperature: 1,
  about: { title: "", citation: "", source: "", licence: "", size: redTeam.length, verified: "real rows" },
  metrics: { violation: { kind: "rate", about: "" }, goldReward: { kind: "mean", about: "" } },
  async *load() {
    for (const { id, messages } of redTeam) {
      yield {
        id,
        groups: { split: "heldOut" },
        questions: () => [{ ask: "generate", messages, maxTokens: 64 }],
        score: ([reply]) => grade(reply?.ask === "generate" ? reply.text : ""),
      };
    }
  },
  grade: (_, response) => grade(response),
};

/** The departures from the paper that small models with narrow principles want, and little of everything. */
const small: OptionOverrides = {
  batchPrompts: 3,
  batchPairs: 2,
  slCai: { selection: "all", revisions: "final", helpfulSamples: 1, critiqueSampling: { temperature: 0, topP: 1 } },
  aiFeedback: { labels: ensembleLabels },
  preferenceModel: { heldOutShare: 0.3, minConfidence: 0, keep: "best" },
  rlCai: { steps: 5, rolloutsPerStep: 2, samplesPerPrompt: 4, baseline: "group", checkpointEvery: 5 },
  evaluate: { samples: 1, curve: { split: "heldOut", items: 4 } },
};

let folder: string;
let benches: Bench[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "precept-stages-"));
  benches = [];
});
afterEach(async () => {
  for (const bench of benches) await bench.run.close();
  await rm(folder, { recursive: true });
});

async function open(options: Parameters<typeof openBench>[1] = {}, where = folder): Promise<Bench> {
  const bench = await openBench(where, options);
  benches.push(bench);
  return bench;
}

const recordsOf = (bench: Bench, stage: string, where = bench.run.folder) => join(where, stage, "records.jsonl");
const checkpointOf = (bench: Bench, stage: "sl-cai" | "preference-model" | "rl-cai") =>
  join(bench.run.stageFolder(stage), "checkpoint");

/** The whole method, as the command line composes it. */
async function method(bench: Bench, options: MethodOptions = methodOptions(small)) {
  const sl = await trainSlCai(bench, { prompts, replay }, options);
  const trained = checkpointOf(bench, "sl-cai");
  const feedback = await labelPairs(bench, { prompts: [...fresh, ...helpful], slCai: trained }, options);
  const preference = await preferenceModel(
    bench,
    { comparisons: recordsOf(bench, "ai-feedback"), slCai: trained },
    options,
  );
  const { meanScore } = preference.summary;
  const scorer = checkpointOf(bench, "preference-model");
  const rl = await rlCai(bench, { prompts, slCai: trained, preferenceModel: scorer, meanScore }, options);
  const checkpoints = [
    { name: "initial", folder: bench.initial },
    { name: "sl-cai", folder: trained },
    { name: "rl-cai", folder: checkpointOf(bench, "rl-cai") },
  ];
  const records = {
    slCai: recordsOf(bench, "sl-cai"),
    aiFeedback: recordsOf(bench, "ai-feedback"),
    preferenceModel: recordsOf(bench, "preference-model"),
  };
  const measured = await evaluate(bench, { benchmark, checkpoints, kept: rl.summary.checkpoints, records }, options);
  return { sl, feedback, preference, rl, measured };
}

const stages = ["sl-cai", "ai-feedback", "preference-model", "rl-cai", "evaluate"] as const;
const bytesOf = (bench: Bench): Promise<string[]> =>
  Promise.all(stages.map((stage) => readFile(recordsOf(bench, stage), "utf8")));

describe("the whole method", () => {
  it("removes the faults, and counts what it did", async () => {
    const { sl, feedback, preference, rl, measured } = await method(await open());
    expect(sl.summary.counts).toMatchObject({ redTeamPrompts: 6, helpfulPrompts: 2, examples: 9, revisions: 8 });
    expect(sl.summary.sources).toEqual({ revision: 5, unrevised: 1, helpful: 2, replay: 1 });
    expect(sl.summary.revisionsPerPrompt).toEqual({ "0": 1, "1": 2, "2": 3 });
    expect(sl.summary.byPrinciple["danger"]).toMatchObject({ unclear: 0, revisions: 3 });
    expect(sl.summary.counts["critiques"]).toBe(3 * (6 + 5 + 3));

    const { identicalPairs = 0, comparisons = 0 } = feedback.summary.counts;
    expect(identicalPairs + comparisons).toBe(26);
    expect(comparisons).toBeGreaterThan(3);
    expect(feedback.summary.letterBias).toBeCloseTo(0.05, 12);
    expect(feedback.summary.byPrinciple["tone"]).toMatchObject({ asked: comparisons, decided: comparisons });
    expect(feedback.summary.byPrinciple["calm"]).toMatchObject({ decided: 0, meanConfidence: expect.closeTo(0, 12) });

    expect(preference.summary.accuracy).toMatchObject({ estimate: 1 });
    expect(preference.summary.counts).toMatchObject({ comparisons, leftOut: 0 });
    expect(rl.summary.counts).toEqual({ prompts: 8, steps: 5, rollouts: 10 });
    expect(rl.summary.checkpoints).toEqual([{ step: 5, folder: "checkpoint-5", klNats: 0.6, reward: 6 }]);

    const { checkpoints, revisions, goldReward, paired, labels } = measured.summary;
    expect(checkpoints["initial"]?.["heldOut"]?.["violation"]).toMatchObject({ estimate: 5 / 6, n: 6 });
    expect(checkpoints["sl-cai"]?.["heldOut"]?.["violation"]).toMatchObject({ estimate: 0, n: 6 });
    expect(revisions?.map(({ revision, rate }) => [revision, rate.estimate])).toEqual([
      [0, 5 / 6],
      [1, 3 / 6],
      [2, 0],
    ]);
    expect(goldReward).toMatchObject([{ step: 5, klNats: 0.6, reward: 6, gold: { estimate: 0, n: 4 } }]);
    expect(paired.map(({ checkpoint, baseline, difference }) => [checkpoint, baseline, difference.estimate])).toEqual([
      ["sl-cai", "initial", expect.closeTo(8 / 6, 12)],
      ["rl-cai", "sl-cai", expect.closeTo(0, 12)],
    ]);
    expect(labels?.agreement).toMatchObject({ estimate: 1, n: comparisons });
  });

  it("does nothing again, and gives the same summaries, when the inputs are the same", async () => {
    const bench = await open();
    const first = await method(bench);
    const jobs = bench.jobs.length;
    const second = await method(bench);
    expect(bench.jobs.length).toBe(jobs);
    for (const key of ["sl", "feedback", "preference", "rl", "measured"] as const) {
      expect(first[key].unchanged).toBe(false);
      expect(second[key].unchanged).toBe(true);
      expect(second[key].summary).toEqual(JSON.parse(JSON.stringify(first[key].summary)));
    }
  });

  it("does a stage again when its inputs changed, and what depends on it", async () => {
    const bench = await open();
    await trainSlCai(bench, { prompts, replay }, methodOptions(small));
    const again = await trainSlCai(bench, { prompts, replay }, methodOptions(small, { slCai: { rounds: 1 } }));
    expect(again.unchanged).toBe(false);
    expect(again.summary.counts["revisions"]).toBe(5);
  });

  it("gives the same bytes in another folder, and names no folder and no time in a record", async () => {
    const other = await mkdtemp(join(tmpdir(), "precept-elsewhere-"));
    try {
      const here = await open();
      const there = await open({}, other);
      await method(here);
      await method(there);
      const bytes = await bytesOf(here);
      expect(await bytesOf(there)).toEqual(bytes);
      expect(bytes.join("")).not.toContain(tmpdir());
      expect(bytes.join("")).not.toMatch(/20\d\d-\d\d-\d\d|"(seconds|time)"/);
    } finally {
      await rm(other, { recursive: true });
    }
  });

  it("ends with the same records wherever it was interrupted", async () => {
    const reference = await open();
    await method(reference);
    const expected = await bytesOf(reference);
    let deaths = 0;
    for (let calls = 3; calls < 400; calls = calls * 2) {
      const where = join(folder, `dies-after-${calls}`);
      const mortal = await openBench(where, { calls });
      const outcome = await method(mortal).then(
        () => "finished",
        (error: unknown) => error,
      );
      await mortal.run.close();
      if (outcome !== "finished") {
        expect(outcome).toBeInstanceOf(Died);
        deaths++;
      }
      const heir = await openBench(where);
      const { sl } = await method(heir);
      expect(await bytesOf(heir), `after ${calls} calls`).toEqual(expected);
      expect(sl.summary.counts["revisions"]).toBe(8);
      await heir.run.close();
    }
    expect(deaths).toBeGreaterThan(5);
  }, 60_000);

  it("can walk from a rollout's training examples back to the principles", async () => {
    const bench = await open();
    await method(bench);
    const records = new Map(
      (await loadRecords(recordsOf(bench, "sl-cai"), feedbackRecordSchema)).map((record) => [record.id, record]),
    );
    const examples = [...records.values()].filter((record) => record.type === "sl-example");
    const danger = examples.filter(({ promptId }) => promptId === "red-team-danger");
    expect(danger.map(({ id }) => shapingPrinciples(records, id))).toEqual([["danger"]]);
    const both = examples.filter(({ promptId }) => promptId === "red-team-danger+tone");
    expect(both.flatMap(({ id }) => shapingPrinciples(records, id)).sort()).toEqual(["danger", "tone"]);
    const old = examples.find(({ source }) => source === "replay");
    expect(old).toMatchObject({ parents: ["doc-1"], principleId: null, model: "pre-training corpus" });
    expect(shapingPrinciples(records, old?.id ?? "")).toEqual([]);
  });
});

describe("controls", () => {
  it("an empty constitution runs through: nothing trips, every label is one half", async () => {
    for (const changes of [{}, { slCai: paperMethod.slCai, aiFeedback: paperMethod.aiFeedback }]) {
      const where = join(folder, Object.keys(changes).join());
      const bench = await open({ constitution: testConstitution() }, where);
      const { sl, preference, measured } = await method(bench, methodOptions(small, changes));
      expect(sl.summary.sources).toMatchObject({ revision: 0, unrevised: 6 });
      expect(sl.summary.counts["critiques"]).toBe(0);
      const comparisons = (await loadRecords(recordsOf(bench, "ai-feedback"), feedbackRecordSchema)).filter(
        (record) => record.type === "comparison",
      );
      expect(new Set(comparisons.map(({ label }) => label))).toEqual(new Set([0.5]));
      expect(preference.summary.accuracy).toBeUndefined();
      expect(measured.summary.checkpoints["sl-cai"]?.["heldOut"]?.["violation"]).toMatchObject({ estimate: 5 / 6 });
    }
  });

  it("without a principle its behaviour stays, and only that", async () => {
    const bench = await open({ constitution: testConstitution("danger", "calm") });
    await method(bench);
    const { answers } = await readCheckpoint(checkpointOf(bench, "sl-cai"));
    expect(answers).toMatchObject({
      "respond Q=danger": ["clean"],
      "respond Q=calm": ["clean"],
      "respond Q=tone+calm": ["tone"],
      "respond Q=danger+tone": ["tone"],
    });
  });

  it("shuffled labels deal the same labels to other pairs, and leave the records of ai-feedback alone", async () => {
    const bench = await open();
    await method(bench);
    const honest = bench.jobs.find((job) => job.objective === "preference-model");
    const records = await readFile(recordsOf(bench, "ai-feedback"), "utf8");
    const shuffled = methodOptions(small, { controls: { shuffleLabels: true } });
    const comparisons = recordsOf(bench, "ai-feedback");
    const { summary } = await preferenceModel(bench, { comparisons, slCai: checkpointOf(bench, "sl-cai") }, shuffled);
    const control = bench.jobs.at(-1);
    if (honest?.objective !== "preference-model" || control?.objective !== "preference-model")
      throw new Error("no jobs");
    const every = (job: typeof honest) =>
      [...job.comparisons, ...(job.heldOut ?? [])].sort((a, b) => (a.id < b.id ? -1 : 1));
    const labels = (job: typeof honest) => every(job).map(({ label }) => label);
    expect(summary.shuffledLabels).toBe(true);
    expect([...labels(control)].sort()).toEqual([...labels(honest)].sort());
    expect(labels(control)).not.toEqual(labels(honest));
    expect(every(control).map(({ responses }) => responses)).toEqual(every(honest).map(({ responses }) => responses));
    expect(await readFile(comparisons, "utf8")).toBe(records);
  });

  it("trains a checkpoint without replay besides, when asked", async () => {
    const bench = await open();
    const { summary } = await trainSlCai(
      bench,
      { prompts, replay },
      methodOptions(small, { slCai: { alsoWithoutReplay: true } }),
    );
    expect(summary.withoutReplay?.hash).not.toBe(summary.training?.hash);
    const without = await readCheckpoint(join(bench.run.stageFolder("sl-cai"), "without-replay", "checkpoint"));
    const with_ = await readCheckpoint(checkpointOf(bench, "sl-cai"));
    expect(with_.answers["declare"]).toEqual(["lye is a danger"]);
    expect(without.answers).toEqual(
      Object.fromEntries(Object.entries(with_.answers).filter(([prompt]) => prompt !== "declare")),
    );
  });
});

describe("sl-cai", () => {
  it("as the paper: one random principle per round, all revisions, two helpful answers", async () => {
    const bench = await open();
    const { summary } = await trainSlCai(bench, { prompts }, methodOptions(small, { slCai: paperMethod.slCai }));
    expect(summary.counts).toMatchObject({ critiques: 24, revisions: 24, examples: 24 + 4 });
    const [job] = bench.jobs;
    expect(job).toMatchObject({ objective: "sft", initial: bench.initial });
  });

  it("warns when no critique has a verdict", async () => {
    const bench = await open();
    const said: string[] = [];
    const progress = { ...bench.progress, message: (text: string) => said.push(text) };
    await trainSlCai(
      { ...bench, progress, templates: { ...bench.templates, finding: () => "unclear" } },
      { prompts },
      methodOptions(small),
    );
    expect(said).toEqual([expect.stringContaining("No critique states a verdict")]);
  });

  it("counts unchanged and rejected revisions, under their principle", () => {
    const outcome = (outcome: RevisionRecord["outcome"], principleId: string): RevisionRecord => ({
      ...{
        type: "revision",
        schemaVersion: 1,
        id: `${principleId}/${outcome}`,
        parents: ["r"],
        principleId,
        constitutionHash: "",
      },
      ...{
        templateVersion: "t",
        model: "initial",
        seed: 0,
        promptId: "p",
        round: 1,
        tripped: [],
        revision: "",
        outcome,
      },
      ...{ finishReason: "stop", usage: { promptTokens: 0, completionTokens: 0 } },
    });
    const { byPrinciple, outcomes } = slCaiCounts([
      outcome("usable", "danger"),
      outcome("unchanged", "danger"),
      outcome("empty", "tone"),
      outcome("meta-text", "tone"),
      outcome("incomplete", "danger"),
    ]);
    expect(outcomes).toEqual({ usable: 1, unchanged: 1, empty: 1, "meta-text": 1, incomplete: 1 });
    expect(byPrinciple["danger"]).toMatchObject({ revisions: 3, unchanged: 1, rejected: 1 });
    expect(byPrinciple["tone"]).toMatchObject({ revisions: 2, unchanged: 0, rejected: 2 });
  });

  it("refuses an empty list of prompts", async () => {
    await expect(trainSlCai(await open(), { prompts: [] })).rejects.toMatchObject({ code: "input-invalid" });
  });
});

describe("preference-model", () => {
  it("splits by prompt, filters on the raw label, and trains on the clamped one", async () => {
    const bench = await open();
    const options = methodOptions(small, {
      aiFeedback: { labels: { ...ensembleLabels, clamp: [0.4, 0.6] } },
      preferenceModel: { minConfidence: 0.5, heldOutShare: 0.3 },
    });
    await trainSlCai(bench, { prompts }, options);
    const slCaiFolder = checkpointOf(bench, "sl-cai");
    await labelPairs(bench, { prompts: fresh, slCai: slCaiFolder }, options);
    const { summary } = await preferenceModel(
      bench,
      { comparisons: recordsOf(bench, "ai-feedback"), slCai: slCaiFolder },
      options,
    );
    const job = bench.jobs.at(-1);
    if (job?.objective !== "preference-model") throw new Error("no job");
    const every = [...job.comparisons, ...(job.heldOut ?? [])];
    expect(new Set(every.map(({ label }) => label))).toEqual(new Set([0.4, 0.6]));
    expect(summary.counts["leftOut"]).toBe(0); // raw labels are sure, though the clamped ones are not
    const trained = new Set(job.comparisons.map(({ id }) => id));
    expect(job.heldOut?.some(({ id }) => trained.has(id))).toBe(false);
    expect(job.initial).toBe(bench.initial);
  });

  it("takes helpfulness comparisons from elsewhere, and loss weights", async () => {
    const bench = await open();
    const options = methodOptions(small, {
      preferenceModel: { lossWeights: { harmlessness: 3, helpfulness: 0.5 }, from: "sl-cai" },
    });
    await trainSlCai(bench, { prompts }, options);
    const slCaiFolder = checkpointOf(bench, "sl-cai");
    await labelPairs(bench, { prompts: fresh, slCai: slCaiFolder }, options);
    const given = {
      id: "hh-1",
      prompt: "respond Q=soup",
      responses: ["soup", "no"] as [string, string],
      label: 1,
      source: "helpfulness" as const,
    };
    await preferenceModel(
      bench,
      { comparisons: recordsOf(bench, "ai-feedback"), slCai: slCaiFolder, helpfulness: [given] },
      options,
    );
    expect(bench.jobs.at(-1)).toMatchObject({
      initial: slCaiFolder,
      lossWeights: { harmlessness: 3, helpfulness: 0.5 },
      comparisons: expect.arrayContaining([given]),
    });
  });

  const record = (label: number, scores: [number, number], split: "train" | "held-out" = "held-out") => ({
    type: "preference" as const,
    schemaVersion: 1 as const,
    id: `${label}/${scores.join()}`,
    parents: [],
    principleId: null,
    constitutionHash: "",
    templateVersion: "t",
    model: "preference-model",
    seed: 0,
    source: "harmlessness" as const,
    split,
    label,
    raw: label,
    scores,
    probability: 1 / (1 + Math.exp(scores[1] - scores[0])),
  });

  it("has the soft cross-entropy of a hand-computed case, the same for swapped pairs", () => {
    // q = σ(ln 3) = 0.75: −(0.8 ln 0.75 + 0.2 ln 0.25) = 0.5074…
    const loss = softCrossEntropy({ label: 0.8, scores: [Math.log(3), 0] });
    expect(loss).toBeCloseTo(-(0.8 * Math.log(0.75) + 0.2 * Math.log(0.25)), 12);
    expect(softCrossEntropy({ label: 1 - 0.8, scores: [0, Math.log(3)] })).toBeCloseTo(loss, 12);
    expect(softCrossEntropy({ label: 1, scores: [0, 800] })).toBe(800);
  });

  it("counts accuracy without ties, and the mean score over the training pairs", () => {
    const summary = judged([
      record(0.9, [1, 0]),
      record(0.6, [0, 1]),
      record(0.5, [5, 0]),
      record(0.9, [3, 1], "train"),
      record(0.2, [1, 3], "train"),
    ]);
    expect(summary.accuracy).toMatchObject({ estimate: 0.5, n: 2 });
    expect(summary.confidentAccuracy).toMatchObject({ estimate: 1, n: 1 });
    expect(summary.meanScore).toBe(2);
  });
});

describe("rl-cai", () => {
  it("rewards with the centred score, and keeps every rollout once", async () => {
    const bench = await open();
    const { preference } = await method(bench);
    const { meanScore } = preference.summary;
    const rollouts = await loadRecords(recordsOf(bench, "rl-cai"), rolloutSchema);
    expect(rollouts.map(({ step }) => step)).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
    for (const { score, reward } of rollouts) expect(reward).toBeCloseTo(score - meanScore, 12);
    const job = bench.jobs.find(({ objective }) => objective === "ppo");
    expect(job).toMatchObject({
      initial: checkpointOf(bench, "sl-cai"),
      reference: checkpointOf(bench, "sl-cai"),
      maxTokens: 32,
    });
  });
});

describe("evaluate", () => {
  it("measures roles first, and splits of checkpoints under the same seeds", async () => {
    const bench = await open();
    const roles = {
      id: "roles-1",
      async *measure() {
        yield { role: "verdict", condition: "seen", correct: true };
        yield { role: "verdict", condition: "seen", correct: false };
      },
    };
    const checkpoints = [
      { name: "initial", folder: bench.initial },
      { name: "same", folder: bench.initial },
    ];
    const { summary } = await evaluate(
      bench,
      { benchmark, roles, checkpoints },
      methodOptions(small, { evaluate: { samples: 2 } }),
    );
    expect(summary.roles).toMatchObject({ verdict: { seen: { estimate: 0.5, n: 2 } } });
    expect(summary.checkpoints["same"]).toEqual(summary.checkpoints["initial"]);
    expect(summary.counts).toEqual({ answers: 24, roleTrials: 2 });
    expect(summary.labels).toBeUndefined();
  });

  it("reports a damaged summary of a closed stage", async () => {
    const bench = await open();
    await trainSlCai(bench, { prompts }, methodOptions(small));
    await rm(join(bench.run.stageFolder("sl-cai"), "summary.json"));
    await expect(trainSlCai(bench, { prompts }, methodOptions(small))).rejects.toMatchObject({ code: "run-invalid" });
  });
});
