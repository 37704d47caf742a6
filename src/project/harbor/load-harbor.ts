import { join } from "node:path";
import { bundledConstitutions } from "../../constitution/index.ts";
import { PreceptError } from "../../errors.ts";
import { type Manifest, readManifest } from "../../runs/index.ts";
import { type LoadedConfig, loadedConfig } from "../config/config.ts";
import { initialModelOf } from "../run-model.ts";
import { isHarborConfig } from "./open-harbor.ts";
import { type HarborSettings, harborConfig } from "./settings.ts";

/** The demonstration with some settings changed, as a project in the folder from which files are named. */
export function loadHarbor(changes: HarborSettings = {}, folder: string = process.cwd()): LoadedConfig {
  return loadedConfig(harborConfig(changes), join(folder, "precept.config.ts"));
}

/**
 * The project that a run on harbor belongs to, with some settings changed; it keeps its constitution unless another is named.
 * @throws PreceptError usage where there is no run of that kind.
 */
export async function loadHarborRun(
  folder: string,
  changes: HarborSettings = {},
): Promise<{ readonly loaded: LoadedConfig; readonly keepConstitution: boolean }> {
  const manifest = readManifest(folder);
  if (manifest === undefined || initialModelOf(manifest) !== undefined) throw noHarborRun(folder, manifest);
  if (manifest.kind !== "project") throw noHarborRun(folder, manifest);
  const { config } = recordedConfig(manifest, folder);
  if (!isHarborConfig(config)) throw noHarborRun(folder, manifest);
  const { constitution, delete: deleted, invert } = changes;
  const isChanged = [constitution, deleted, invert].some((change) => change !== undefined);
  const isBundled = (await bundledConstitutions()).includes(config.constitution);
  const kept = {
    ...config,
    constitution: join(folder, "constitution.yaml"),
    controls: { ...config.controls, delete: undefined, invert: undefined },
  };
  const from = isChanged && !isBundled && constitution === undefined ? kept : config;
  // Prompts that came from files are kept in the run; those that were drawn are drawn again, with whatever seed there is now.
  const prompts = config.world.prompts === undefined ? keptPrompts(folder) : undefined;
  const changed = { ...harborConfig(changes, from), prompts };
  return { loaded: loadedConfig(changed, join(process.cwd(), "precept.config.ts")), keepConstitution: !isChanged };
}

function recordedConfig({ config }: Manifest, folder: string): LoadedConfig {
  return loadedConfig({ prompts: "kept", ...config }, join(folder, "precept.config.ts"));
}

function keptPrompts(folder: string) {
  const path = (stage: string): string => join(process.cwd(), folder, "prompts", `${stage}.jsonl`);
  return { "sl-cai": path("sl-cai"), "ai-feedback": path("ai-feedback"), "rl-cai": path("rl-cai") };
}

function noHarborRun(folder: string, manifest: Manifest | undefined): PreceptError {
  const describe = (found: string, remedy: string): PreceptError =>
    new PreceptError("usage", {
      attempted: `Running a stage on ${folder}`,
      found,
      expected: "the folder of a run on harbor",
      remedy,
    });
  if (manifest === undefined) return describe("no run there", `precept sl-cai ${folder}`);
  const model = initialModelOf(manifest);
  if (model !== undefined) {
    const stages = Object.keys(manifest.stages).join(", ") || "no stage yet";
    return describe(
      `a run that makes data with ${model} (${stages}) and trains no checkpoint here`,
      `precept export ${folder} --to trl, and train elsewhere\nprecept evaluate MODEL --suite xstest, with the trained model\nprecept report ${folder} shows the data`,
    );
  }
  return describe(
    `a run of kind ${manifest.kind} that is not on harbor`,
    manifest.kind === "training"
      ? `precept evaluate ${folder} --suite xstest, which measures what was trained`
      : `precept show ${folder} says what there is`,
  );
}
