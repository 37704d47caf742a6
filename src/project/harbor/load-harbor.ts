import { join } from "node:path";
import { bundledConstitutions } from "../../constitution/index.ts";
import { PreceptError } from "../../errors.ts";
import { type Manifest, readManifest } from "../../runs/index.ts";
import { type LoadedConfig, loadedConfig } from "../config/config.ts";
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
  const { config } = manifest?.kind === "project" ? recordedConfig(manifest, folder) : { config: undefined };
  if (config === undefined || !isHarborConfig(config)) throw noHarborRun(folder, manifest);
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
  return new PreceptError("usage", {
    attempted: `Running a stage on ${folder}`,
    found: manifest === undefined ? "no run there" : `a run of kind ${manifest.kind} that is not on harbor`,
    expected: "the folder of a run on harbor",
    remedy: remedyFor(folder, manifest?.kind),
  });
}

function remedyFor(folder: string, kind: string | undefined): string {
  if (kind === undefined) return `precept sl-cai ${folder}`;
  if (kind === "project") return "precept run, which continues a project with all its stages";
  return `precept show ${folder} says what it is; precept evaluate ${folder} --suite NAME measures the model of a training run`;
}
