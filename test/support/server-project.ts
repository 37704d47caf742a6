import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { silentProgress } from "../../src/progress/index.ts";
import { type LoadedConfig, loadedConfig } from "../../src/project/config/config.ts";
import { withProject } from "../../src/project/project.ts";
import type { ProjectOptions } from "../../src/project/setting.ts";
import { takeSteps } from "../../src/project/take-steps.ts";

export const constitution = `name: test
principles:
  - id: calm
    text: Choose the calmer response.
  - id: short
    text: Choose the shorter response.
`;

/** A project of `n` red-team and two helpful prompts in a folder of its own. */
export function writeProject(url: string, n: number, changes: Record<string, unknown> = {}): LoadedConfig {
  const folder = mkdtempSync(join(tmpdir(), "precept-project-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const lines = Array.from({ length: n }, (_, i) =>
    JSON.stringify({ id: `p${i}`, prompt: `How do I open door ${i}?` }),
  );
  writeFileSync(join(folder, "red.jsonl"), lines.join("\n"));
  writeFileSync(join(folder, "helpful.txt"), "How is tea made?\nWhat is rain?\n");
  writeFileSync(join(folder, "constitution.yaml"), constitution);
  const config = {
    constitution: "constitution.yaml",
    models: { initial: { model: url, maxConcurrency: 16 } },
    prompts: { redTeam: "red.jsonl", helpful: "helpful.txt" },
    rounds: 2,
    sampling: { responseTokens: 64, critiqueTokens: 64, thoughtTokens: 64 },
    ...changes,
  };
  return loadedConfig(config, join(folder, "precept.config.ts"));
}

export function optionsOf(loaded: LoadedConfig, changes: Partial<ProjectOptions> = {}): ProjectOptions {
  return {
    loaded,
    folder: join(loaded.folder, "run"),
    command: "test",
    progress: silentProgress,
    signal: new AbortController().signal,
    env: {},
    cache: join(loaded.folder, "cache"),
    ...changes,
  };
}

/** Runs all steps of a project. */
export const runProject = (options: ProjectOptions) => withProject(options, (opened) => takeSteps(opened, {}));
