import { existsSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { PROVENANCE_FILE, type PublicProvenance } from "../collective/drafting/index.ts";
import { type Constitution, constitutionToJson, formatConstitution, loadWithPositions } from "../constitution/index.ts";
import type { FeedbackTemplates } from "../feedback/index.ts";
import { recordName } from "../models/index.ts";
import { omitUndefined } from "../omit-undefined.ts";
import { ClientRun, Run, readManifest } from "../runs/index.ts";
import type { DataStageContext, StageContext } from "../stages/index.ts";
import { writeWhole } from "../storage/index.ts";
import { requireEngine } from "../tensor/index.ts";
import { harborTemplates } from "../worlds/harbor/index.ts";
import { configRecord, refuseChanges } from "./changes.ts";
import type { LoadedConfig } from "./config/config.ts";
import { constitutionOf, loadMeasuredBy, loadProvenance } from "./constitution.ts";
import { groundsOf } from "./grounds.ts";
import { isHarborConfig, openHarbor } from "./harbor/open-harbor.ts";
import { type Method, methodOf, templatesOf } from "./method.ts";
import { openModels } from "./open-models.ts";
import { readFewShots } from "./prompts/few-shots.ts";
import type { Opening, ProjectOptions, Setting } from "./setting.ts";

/** A run of a project with everything put together: constitution, prompts, models by role, trainer, budget. */
export interface Project {
  readonly loaded: LoadedConfig;
  readonly run: Run;
  /** A `StageContext` where the project can train. */
  readonly context: DataStageContext | StageContext;
  readonly method: Method;
  readonly setting: Setting;
}

/**
 * Runs `body` with the project's run opened and locked, whatever kind of project it is.
 * @throws PreceptError run-invalid when the constitution or the settings changed since the run began; what `body` throws.
 */
export async function withProject<T>(options: ProjectOptions, body: (project: Project) => Promise<T>): Promise<T> {
  const { loaded, folder, command, progress, signal } = options;
  const { config } = loaded;
  const earlier = existsSync(folder) ? readManifest(resolve(folder)) : undefined;
  const constitution = await chosenConstitution(options, "constitution.yaml", constitutionOf);
  const measuredBy = await chosenConstitution(options, "measured-by.yaml", loadMeasuredBy);
  const templates = await chosenTemplates(loaded);
  const record = configRecord(loaded);
  const method = methodOf(loaded);
  const inputs = { constitution: constitution.hash, templates: templates.version };
  const refuse = (prompts?: string): void =>
    refuseChanges({
      folder,
      earlier,
      record,
      inputs: omitUndefined({ ...inputs, prompts }),
      redo: options.redo === true,
    });
  refuse();
  const seed = config.seed ?? 1;
  const kept = { ...inputs, prompts: earlier?.inputs["prompts"] };
  const manifest = { of: subjectOf(loaded), seed, config: record, method: method.options, inputs: omitUndefined(kept) };
  if (isHarborConfig(config)) requireEngine();
  const { share, shards } = options;
  const onWait = (what: string): void => progress.message(`waiting      for ${what}`);
  const run =
    share === undefined
      ? await Run.open(folder, { kind: "project", manifest, command, shards })
      : await ClientRun.join(folder, { kind: "project", command }, share, { onWait });
  try {
    if (share === undefined) {
      run.writeJson("constitution.json", constitutionToJson(constitution));
      writeWhole(join(run.folder, "constitution.yaml"), formatConstitution(constitution));
      if (options.keepConstitution !== true) keepProvenance(run, await loadProvenance(loaded));
      if (isHarborConfig(config)) writeWhole(join(run.folder, "measured-by.yaml"), formatConstitution(measuredBy));
    }
    const opening: Opening = {
      loaded,
      run,
      progress,
      signal,
      measuredBy,
      promptOptions: { skipBad: options.skipBad ?? false, accept: refuse, download: options.download },
    };
    const setting = isHarborConfig(config) ? await openHarbor(config, opening) : await openModels(opening, options);
    run.noteInput("prompts", setting.prompts.hash);
    if (setting.training !== undefined) run.noteInput("initial", (await setting.role("initial")).key);
    const context = {
      run,
      constitution,
      templates,
      grounds: await groundsOf(loaded, constitution),
      seed,
      progress,
      signal,
      parameters: setting.parameters,
      concurrency: setting.concurrency,
      acceptsUseless: config.whenUseless === "continue",
      ...setting.training,
    };
    try {
      return await body({ loaded, run, context, method, setting });
    } finally {
      setting.spending?.save();
    }
  } finally {
    progress.finish();
    await run.close();
  }
}

/** A run of a constitution that a public wrote says so, whatever becomes of the file that it was read from. */
function keepProvenance(run: Run, provenance: PublicProvenance | undefined): void {
  if (provenance === undefined) rmSync(join(run.folder, PROVENANCE_FILE), { force: true });
  else run.writeJson(PROVENANCE_FILE, provenance);
}

/** The one that the run keeps in a file, where it goes on with that. */
async function chosenConstitution(
  { loaded, folder, keepConstitution }: ProjectOptions,
  file: string,
  read: (loaded: LoadedConfig) => Promise<Constitution>,
): Promise<Constitution> {
  const kept = join(folder, file);
  if (keepConstitution !== true || !existsSync(kept)) return read(loaded);
  return (await loadWithPositions(kept, { allowEmpty: true })).constitution;
}

async function chosenTemplates(loaded: LoadedConfig): Promise<FeedbackTemplates> {
  return loaded.config.world === undefined ? templatesOf(loaded, await readFewShots(loaded)) : harborTemplates;
}

/** What a project's run is of, for lists. */
function subjectOf({ config, models }: LoadedConfig): string {
  if (isHarborConfig(config)) return `harbor, preset ${config.world.preset ?? "demo"}`;
  return `${config.constitution} on ${models.initial === undefined ? "no model" : recordName(models.initial.name)}`;
}
