import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { feedbackRecordSchema } from "../feedback/records.ts";
import { testConstitution } from "../feedback/scripted.test-support.ts";
import { loadRecords, shapingPrinciples } from "../records/index.ts";
import { Died, openBench, readCheckpoint, trainSlCai } from "./bench.test-support.ts";
import { bytesOf, checkpointOf, method, prompts, recordsOf, replay, small, useBenches } from "./method.test-support.ts";
import { methodOptions, paperMethod } from "./options.ts";
import { preferenceModel } from "./preference-model.ts";

const { open, place } = useBenches();

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
    // The reward is of the same answers as the gold reward, as many to governed requests as to the others.
    const reward = expect.closeTo(-preference.summary.meanScore, 12);
    const side = { reward, gold: { estimate: 0, n: 2 } };
    expect(goldReward).toMatchObject([
      { step: 5, klNats: 0.6, reward, gold: { estimate: 0, n: 4 }, bySide: { governed: side, harmless: side } },
    ]);
    expect(paired.map(({ checkpoint, side, difference }) => [checkpoint, side, difference.estimate])).toEqual([
      ["sl-cai", undefined, expect.closeTo(8 / 6, 12)],
      ["sl-cai", "governed", expect.closeTo(5 / 3, 12)],
      ["sl-cai", "harmless", expect.closeTo(1, 12)],
      ["rl-cai", undefined, expect.closeTo(0, 12)],
      ["rl-cai", "governed", expect.closeTo(0, 12)],
      ["rl-cai", "harmless", expect.closeTo(0, 12)],
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
      const where = join(place.folder, `dies-after-${calls}`);
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
      const where = join(place.folder, Object.keys(changes).join());
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
