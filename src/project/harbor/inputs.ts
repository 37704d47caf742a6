import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseConstitution } from "../../constitution/index.ts";
import { type Benchmark, type RoleSuite, type Summary, summarySchema } from "../../evaluation/index.ts";
import type { ReplayDocument } from "../../feedback/index.ts";
import { omitUndefined } from "../../omit-undefined.ts";
import type { PromptItem } from "../../records/index.ts";
import { packageRoot } from "../../storage/index.ts";
import {
  evaluationRequests,
  type Governance,
  governanceOf,
  type HarborBenchmarkOptions,
  harborBenchmark,
  harborBenchmarks,
  harborPrompts,
  harborReplay,
  measureRoles,
} from "../../worlds/harbor/index.ts";
import type { PromptStage } from "../prompts/prompt-set.ts";
import { type HarborConfig, type HarborWorld, harborConfigs } from "./presets.ts";

/** Model card, measured roles and checkpoint of the committed helpful-only start. */
export const harborFolder: string = join(packageRoot, "models", "harbor");

/** The committed helpful-only start. */
export const committedCheckpoint: string = join(harborFolder, "checkpoint");

/** The committed model's accuracies in its roles, as its card has them; undefined without `roles.json`. */
export function committedRoles(): Summary["roles"] | undefined {
  const path = join(harborFolder, "roles.json");
  return existsSync(path) ? summarySchema.shape.roles.parse(JSON.parse(readFileSync(path, "utf8"))) : undefined;
}

/** The benchmark is the same for every seed of a run, so that runs are measured on the same requests. */
export const suiteSeed = 1;

/** Unseen templates leave room for no more in the smaller set. */
const developmentItems = 240;

/** The settings of the world: those of the configuration, else those of its preset. */
function worldOf({ world }: HarborConfig): HarborWorld {
  return { ...harborConfigs[world.preset ?? "demo"].world, ...omitUndefined(world) };
}

/** What the constitution that comes with Precept for harbor governs. */
export function shippedGovernance(): Governance {
  return governanceOf(parseConstitution(readFileSync(join(packageRoot, "constitutions", "harbor.yaml"), "utf8")));
}

/** The prompts that harbor draws for each stage, under a constitution that governs so much. */
export function drawPrompts(
  config: HarborConfig,
  governance: Governance,
): Readonly<Record<PromptStage, readonly PromptItem[]>> {
  return harborPrompts(config.seed ?? 1, worldOf(config).prompts, governance);
}

/** The documents that SL-CAI rehearses: none of them quotes a request of the run. */
export function drawReplay(
  config: HarborConfig,
  prompts: readonly PromptItem[],
  governance: Governance,
): readonly ReplayDocument[] {
  const texts = new Set(prompts.map(({ messages }) => messages.at(-1)?.content ?? ""));
  for (const { content } of evaluationRequests(evaluationOf(config, governance))) texts.add(content);
  return harborReplay(config.seed ?? 1, worldOf(config).replay, texts);
}

/** Which requests a project on harbor is measured on. */
function evaluationOf(config: HarborConfig, governance: Governance): HarborBenchmarkOptions {
  const { requests, perSplit } = worldOf(config);
  return {
    seed: suiteSeed,
    perSplit: requests === "report" ? perSplit : Math.min(perSplit, developmentItems),
    set: requests,
    governance,
  };
}

/**
 * Harbor's benchmarks as a person chooses them by name, of the size that is reported: of a run, by the constitution that it
 * is measured by, else by harbor's own.
 */
export function benchmarksOfHarbor(run?: string): Readonly<Record<string, Benchmark>> {
  return harborBenchmarks(evaluationOf(harborConfigs.demo, governanceOfRun(run)));
}

/** What the constitution governs that a run is measured by; without one, harbor's own. */
export function governanceOfRun(run: string | undefined): Governance {
  const file = run === undefined ? undefined : join(run, "measured-by.yaml");
  return file !== undefined && existsSync(file)
    ? governanceOf(parseConstitution(readFileSync(file, "utf8"), { file, allowEmpty: true }))
    : shippedGovernance();
}

/** What a project on harbor is measured on: requests that no stage has seen, and the roles of its initial model. */
export function harborMeasures(
  config: HarborConfig,
  governance: Governance,
): { readonly benchmark: Benchmark; readonly roles: RoleSuite } {
  const { perRole } = worldOf(config);
  return {
    benchmark: harborBenchmark(evaluationOf(config, governance)),
    roles: {
      id: `harbor-roles-${perRole}`,
      async *measure(model, { signal }) {
        for (const { role, condition, right } of await measureRoles(model, {
          seed: suiteSeed,
          perRow: perRole,
          signal,
        })) {
          yield { role, condition, correct: right };
        }
      },
    },
  };
}
