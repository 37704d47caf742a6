import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { silentProgress } from "../../progress/index.ts";
import { type LoadedConfig, loadedConfig } from "../config/config.ts";
import { constitutionOf } from "../constitution.ts";
import { initHarborProject } from "../init.ts";
import { methodOf } from "../method.ts";
import { withProject } from "../project.ts";
import { loadHarbor } from "./load-harbor.ts";
import { type PresetName, presets } from "./presets.ts";
import { harborConfig, variationOf } from "./settings.ts";
import { harborTemplateConfig } from "./template.ts";

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "precept-harbor-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The project as its files stand in a folder. */
const ownProject = (folder: string, preset: PresetName): LoadedConfig =>
  loadedConfig(harborTemplateConfig(preset), join(folder, "precept.config.ts"));

/** Hash of the prompts that a project's run would keep. */
const promptHashOf = (loaded: LoadedConfig, folder: string): Promise<string> =>
  withProject(
    { loaded, folder, command: "test", progress: silentProgress, signal: new AbortController().signal, env: {} },
    async ({ setting }) => setting.prompts.hash,
  );

describe("the demonstration as a project of one's own", () => {
  test.each(presets)("%s: the same method, constitution and prompts as the preset", async (preset) => {
    const folder = temporaryFolder();
    await initHarborProject(folder, preset);
    const own = ownProject(folder, preset);
    const constitution = preset === "own" ? join(folder, "constitution.yaml") : undefined;
    const usual = loadHarbor({ preset, constitution });
    expect(methodOf(own)).toEqual(methodOf(usual));
    expect((await constitutionOf(own)).hash).toBe((await constitutionOf(usual)).hash);
    expect(await promptHashOf(own, join(folder, "own"))).toBe(await promptHashOf(usual, join(folder, "preset")));
    await expect(initHarborProject(folder, preset)).rejects.toThrow("are there already");
  });

  test("follows its files: another prompt is another set", async () => {
    const folder = temporaryFolder();
    await initHarborProject(folder, "smoke");
    const own = ownProject(folder, "smoke");
    const prompts = { ...Object(own.config.prompts), "rl-cai": "prompts/ai-feedback.jsonl" };
    const changed = { ...own, config: { ...own.config, prompts } };
    expect(await promptHashOf(changed, join(folder, "a"))).not.toBe(await promptHashOf(own, join(folder, "b")));
  });
});

describe("settings of the demonstration", () => {
  test("become settings of the project, and are told from it again", () => {
    const settings = { delete: "privacy", labels: "paper", principles: "random", rl: "pushed" } as const;
    const config = harborConfig(settings);
    expect(config).toMatchObject({ selection: "random", labels: "paper", controls: { delete: "privacy" } });
    expect(variationOf(config)).toEqual(settings);
    expect(variationOf(harborConfig({}))).toEqual({});
    const byTrl = harborConfig({ engine: "python" });
    expect(byTrl.training).toMatchObject({ engine: "python", rlCai: { objective: "rloo", klCoefficient: 0.1 } });
    expect(variationOf(byTrl)).toEqual({ engine: "python", objective: "rloo" });
    expect(variationOf(harborConfig({ objective: "grpo" }, byTrl))).toEqual({ engine: "python", objective: "grpo" });
    expect(variationOf(harborConfig({ labels: "shuffled" }))).toEqual({ labels: "shuffled" });
    const toTheEnd = harborConfig({ labels: "shuffled-to-the-end" });
    expect(toTheEnd.training?.preferenceModel?.keep).toBe("last");
    expect(variationOf(toTheEnd)).toEqual({ labels: "shuffled-to-the-end" });
    expect(variationOf(harborConfig({ labels: "clamped" }))).toEqual({ labels: "clamped" });
    expect(variationOf(harborConfig({ labels: "hard" }))).toEqual({ labels: "hard" });
  });

  test("are changed one at a time on a run that has some", () => {
    const begun = harborConfig({ preset: "smoke", delete: "privacy", labels: "hard" });
    const changed = harborConfig({ labels: "paper" }, begun);
    expect(changed).toMatchObject({ controls: { delete: "privacy" }, labels: "paper", rounds: 2 });
    expect(changed.hardLabels).toBeUndefined();
    expect(harborConfig({ seed: 3 }, begun)).toMatchObject({ seed: 3, hardLabels: true });
  });
});
