import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { harborWorld } from "../../project/index.ts";
import { defineStage, Run } from "../../runs/index.ts";
import { packageRoot } from "../../storage/version.ts";
import { findSubject, findSubjects, isInProcess } from "./find.ts";
import { readMeasuredSubjects } from "./measured.ts";

const trainStage = defineStage({ name: "train", after: [], records: {} });

test("the run of a training job stands for the model that it made, an adapter too", async () => {
  const committed = join(packageRoot, "models", "harbor", "checkpoint");
  const adapter = JSON.stringify({
    base_model_name_or_path: committed,
    r: 1,
    lora_alpha: 1,
    target_modules: ["q_proj"],
  });
  for (const isAdapter of [false, true]) {
    const root = mkdtempSync(join(tmpdir(), "precept-subjects-"));
    onTestFinished(() => rmSync(root, { recursive: true }));
    const folder = join(root, "tuned");
    const manifest = { seed: 1, config: {}, inputs: {} };
    const run = await Run.open(folder, { kind: "training", manifest, command: "test" });
    await expect(findSubjects(folder)).rejects.toMatchObject({ code: "checkpoint-missing" });
    await run.stage(trainStage, "inputs", async ({ checkpoint }) => {
      if (!isAdapter) return cpSync(committed, checkpoint, { recursive: true });
      mkdirSync(checkpoint);
      writeFileSync(join(checkpoint, "adapter_config.json"), adapter);
    });
    await run.close();
    expect(await findSubject(`local:${folder}`)).toMatchObject({ name: "tuned", hash: expect.any(String) });
  }
});

test("what another version measured is refused by the version's name, not by its records", async () => {
  const root = mkdtempSync(join(tmpdir(), "precept-subjects-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, "evaluate"));
  writeFileSync(join(root, "evaluate", "records.jsonl"), '{"id":"1"}\n');
  writeFileSync(join(root, "manifest.json"), '{"format":1,"version":"0.1.0"}');
  await expect(readMeasuredSubjects(`${root}@sl-cai`)).rejects.toThrow("made by precept 0.1.0");
});

test("RUN@initial is what a run on a world begins with, though the run keeps no copy of it", async () => {
  const root = mkdtempSync(join(tmpdir(), "precept-subjects-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const folder = join(root, "demo");
  const manifest = { seed: 1, config: { world: { name: "harbor" } }, inputs: { constitution: "sha256:c" } };
  await (await Run.open(folder, { kind: "project", manifest, command: "test" })).close();
  const found = await findSubjects(`${folder}@initial`, [harborWorld]);
  expect(found).toMatchObject({
    run: folder,
    constitutionHash: "sha256:c",
    subjects: [{ name: "initial" }],
    world: harborWorld,
  });
  expect(isInProcess(`${folder}@initial`)).toBe(true);
  await expect(findSubjects(`${folder}@initial`)).rejects.toMatchObject({ code: "checkpoint-missing" });
});
