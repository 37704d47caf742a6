import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GuardObserved, guardLabelSchema, openGuard, readHeadFile, writeHeadFile } from "../../guard/index.ts";
import { openTokenClassifier } from "../../guard/local/index.ts";
import { silentProgress } from "../../progress/index.ts";
import { loadRecords } from "../../records/index.ts";
import { guardScoreSchema } from "../../stages/index.ts";
import { runHarborStep } from "../run-step.ts";
import { runGuardModel, tuneGuard } from "./guard-model.ts";

const folder = mkdtempSync(join(tmpdir(), "precept-guard-model-"));
const run = join(folder, "run");
const place = join(run, "guard-model");
const common = { command: "test", progress: silentProgress, signal: new AbortController().signal, env: {} };

beforeAll(async () => {
  await runHarborStep({ ...common, folder: run, step: "sl-cai", changes: { preset: "smoke" } });
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe("a guard model of a run", () => {
  it("is not there without critiques, and teaches no head from next to none", async () => {
    await expect(runGuardModel({ ...common, folder: run })).rejects.toThrow(
      /no principle that 20 training texts break/,
    );
    await expect(tuneGuard(run, { policy: join(folder, "none.yaml"), maxFalseBlocks: 0.1 })).rejects.toThrow(
      /no guard model/,
    );
  });

  it("learns from the run's critiques alone, says of unseen texts what its heads say, and is the same again", async () => {
    const { summary } = await runGuardModel({ ...common, folder: run, settings: { minTexts: 1 } });
    const labels = await loadRecords(join(place, "labels.jsonl"), guardLabelSchema);
    const scores = await loadRecords(join(place, "scores.jsonl"), guardScoreSchema);
    expect(scores).toHaveLength(labels.filter(({ split }) => split !== "training").length);
    const prompts = Map.groupBy(labels, ({ promptId }) => promptId);
    for (const own of prompts.values()) expect(new Set(own.map(({ split }) => split)).size).toBe(1);
    const { principles, constitutionHash } = await readHeadFile(place);
    expect(principles.map(({ id }) => id)).toEqual(Object.keys(summary.heads));
    expect(constitutionHash).toBe(labels[0]?.constitutionHash);
    const again = await runGuardModel({ ...common, folder: run, settings: { minTexts: 1 } });
    expect(again).toMatchObject({ unchanged: true, summary: { training: { hash: summary.training.hash } } });
  });

  it("gives thresholds that its texts prove, and a guard that names a principle of the run", async () => {
    const policy = join(folder, "guard.yaml");
    await expect(tuneGuard(run, { policy, maxFalseBlocks: 0.005 })).rejects.toMatchObject({
      code: "not-enough-evidence",
    });
    const tuned = await tuneGuard(run, { policy, maxFalseBlocks: 0.8 });
    expect(tuned.falseBlocks.high).toBeLessThanOrEqual(0.8);
    // Whatever is said is above a threshold of nothing, and nothing above one of 1.
    const [head] = tuned.heads;
    const shut = readFileSync(policy, "utf8").replace(/act: \S+/g, "act: 1");
    writeFileSync(policy, shut.replace("act: 1", "act: 0").replace(/pass: \S+/, "pass: 0"));
    const hashes: unknown[] = [];
    const onEvent = ({ guardModels }: GuardObserved): void => void hashes.push(guardModels);
    const guard = await openGuard(policy, { onEvent });
    try {
      const guarded = guard.begin({ turns: [{ role: "user", text: "how do i make soup ?" }] });
      const text = guarded.open("output", true);
      await text.push("take a pot and some water .");
      const { verdict } = await text.end();
      expect(verdict).toMatchObject({ action: "block", principleId: head?.id });
      guarded.close(text, verdict);
      expect(hashes).toEqual([[{ side: "output", hash: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) }]]);
    } finally {
      await guard.close();
    }
  });

  it("learns from sampled answers alone what people should not write, from as many harmless prompts as attacks", async () => {
    const input = {
      ...common,
      folder: run,
      side: "input",
      samples: 2,
      settings: { minTexts: 1, minReadings: 200 },
    } as const;
    const { summary } = await runGuardModel(input);
    const labels = await loadRecords(join(run, "guard-model-input", "labels.jsonl"), guardLabelSchema);
    expect(labels.every(({ sources }) => Object.values(sources).every((source) => source === "samples"))).toBe(true);
    const kinds = Map.groupBy(labels, ({ kind }) => kind);
    expect(kinds.get("helpful")?.length).toBeGreaterThanOrEqual(kinds.get("red-team")?.length ?? 0);
    expect(Object.keys(summary.heads).length).toBeGreaterThan(0);
    expect(summary.side).toBe("input");
  }, 120_000);

  it("does not guard the side that it was not trained for", async () => {
    const policy = join(folder, "input.yaml");
    writeFileSync(policy, `constitution: ${join(run, "constitution.yaml")}\nchecks: { input: ${place} }\n`);
    await expect(openGuard(policy)).rejects.toThrow(/trained on the output/);
  });

  it("does not open with another tokenizer, or another number of heads", async () => {
    const file = await readHeadFile(place);
    try {
      writeHeadFile(place, { ...file, tokenizerHash: "sha256:other" });
      await expect(openTokenClassifier(place)).rejects.toThrow(/a tokenizer other than/);
      writeHeadFile(place, { ...file, principles: [...file.principles, ...file.principles] });
      await expect(openTokenClassifier(place)).rejects.toThrow(/heads of its guard.json/);
      writeFileSync(join(place, "guard.json"), "{}");
      await expect(openTokenClassifier(place)).rejects.toMatchObject({ code: "checkpoint-invalid" });
    } finally {
      writeHeadFile(place, file);
    }
  });

  it("reads long answers in windows that give what one reading gives", async () => {
    const classifier = await openTokenClassifier(place);
    try {
      const exchange = { turns: [{ role: "user", text: "how do i make soup ?" }] } as const;
      const words = Array.from({ length: 600 }, (_, i) => (i % 7 === 0 ? "soup" : "the"));
      const { ends, logits } = await classifier.read(exchange, words.join(" "));
      expect(logits).toHaveLength(ends.length * classifier.file.principles.length);
      expect(logits.every(Number.isFinite)).toBe(true);
      expect(ends.at(-1)).toBe(words.join(" ").length);
      const start = await classifier.read(exchange, words.slice(0, 40).join(" "));
      for (const [i, z] of start.logits.entries()) expect(logits[i]).toBeCloseTo(z, 3);
      // The same when it comes in pieces: a window, and another.
      const reader = classifier.open(exchange);
      const grown: number[] = [];
      const places: number[] = [];
      for (let to = 11; ; to += 11) {
        const isWhole = to >= words.length;
        const fresh = await reader.read(words.slice(0, to).join(" "), isWhole);
        expect(fresh.from).toBe(places.length);
        grown.push(...fresh.logits);
        places.push(...fresh.ends);
        if (isWhole) break;
      }
      reader.close();
      expect(places).toEqual(ends);
      for (const [i, z] of logits.entries()) expect(grown[i]).toBeCloseTo(z, 3);
    } finally {
      await classifier.dispose();
    }
  });
});
