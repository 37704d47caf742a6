import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { loadWithPositions } from "../../constitution/index.ts";
import { PreceptError } from "../../errors.ts";
import { type Manifest, Run, readManifest } from "../../runs/index.ts";
import {
  canTrain,
  type DataStageContext,
  type GuardModelContext,
  type GuardModelInputs,
  type SampledPrompts,
  type StageContext,
} from "../../stages/index.ts";
import { checkpointPlace } from "../../storage/index.ts";
import { loadConfig } from "../config/config.ts";
import { loadHarborRun } from "../harbor/load-harbor.ts";
import { templatesOf } from "../method.ts";
import { withProject } from "../project.ts";
import { initialModelOf } from "../run-model.ts";
import type { ProjectOptions } from "../setting.ts";

/** A run opened to be learned from: what the labels come from, and in the context, as `initial`, what the heads stand on. */
export interface OpenedRun {
  readonly context: GuardModelContext & Pick<StageContext, "initial">;
  readonly source: GuardModelInputs["source"];
}

type Body<T> = (run: OpenedRun) => Promise<T>;

interface Options extends Pick<ProjectOptions, "folder" | "command" | "progress" | "signal" | "env"> {
  readonly backbone?: string | undefined;
  readonly config?: string | undefined;
}

/**
 * A run on harbor as the project that it is, and a run of one's own models without any of them: its critiques are there.
 * @throws PreceptError usage where there are no critiques, or nothing for the heads to stand on; run-locked.
 */
export async function withCritiques<T>(options: Options, body: Body<T>): Promise<T> {
  const { folder } = options;
  const manifest = readManifest(folder);
  if (manifest !== undefined && initialModelOf(manifest) !== undefined) return withOwnRun(options, manifest, body);
  const chosen = await loadHarborRun(folder);
  return withProject({ ...options, ...chosen, redo: true }, async ({ run, context }) => {
    const source = recordsIn(run.folder, `precept sl-cai ${folder}`);
    return body({ context: await onBackbone(context, options), source });
  });
}

/**
 * A run with its models, which answer its prompts and criticise the answers: what people write is labelled by what it leads to.
 * @throws PreceptError as `withCritiques`; usage without the configuration of a run of one's own models; run-invalid for another one.
 */
export async function withPrompts<T>(
  { samples, ...options }: Options & { readonly samples: number },
  body: Body<T>,
): Promise<T> {
  const { folder, config } = options;
  const manifest = readManifest(folder);
  const chosen =
    manifest === undefined || initialModelOf(manifest) === undefined
      ? { ...(await loadHarborRun(folder)), redo: true }
      : { loaded: await loadConfig(config), keepConstitution: true };
  return withProject({ ...options, ...chosen }, async ({ context, setting, method, loaded }) => {
    const { sampling, critiqueSampling } = method.options.slCai;
    const critic = loaded.models.reviser === undefined ? undefined : await setting.role("reviser");
    const source: SampledPrompts = {
      prompts: setting.prompts.of["sl-cai"],
      initial: await setting.role("initial"),
      critic,
      sampling,
      critiqueSampling,
      samples,
      batch: method.options.batchPrompts,
    };
    return body({ context: await onBackbone(context, options), source });
  });
}

/** @throws PreceptError usage where no weights are named and none are the run's own. */
async function onBackbone(
  context: DataStageContext | StageContext,
  { folder, backbone }: Options,
): Promise<OpenedRun["context"]> {
  const place = backbone === undefined ? undefined : resolve(checkpointPlace(backbone.replace(/^local:/, "")));
  if (canTrain(context)) return { ...context, initial: place ?? context.initial };
  // Hosted projects do without the engine.
  const { LocalTrainer } = await import("../../training/local/index.ts");
  const initial = place ?? noBackbone(folder, readManifest(folder));
  return { ...context, trainer: new LocalTrainer(), initial };
}

/** What a run records of its wording. */
const wordingSchema = z.object({ format: z.enum(["chat", "turns", "paper"]).optional() });

async function withOwnRun<T>(options: Options, manifest: Manifest, body: Body<T>): Promise<T> {
  const { folder, command, progress, signal } = options;
  const source = recordsIn(folder, "precept run, with critiques (format: chat; critique: true)");
  const { kind, of, seed, config, method, inputs } = manifest;
  const templates = templatesOf({ config: wordingSchema.parse(config) });
  const { constitution } = await loadWithPositions(join(folder, "constitution.yaml"));
  const run = await Run.open(folder, { kind, manifest: { of, seed, config, method, inputs }, command });
  try {
    const context = {
      ...{ run, constitution, seed, progress, signal },
      templates: { ...templates, version: inputs["templates"] ?? templates.version },
      parameters: null,
    };
    return await body({ context: await onBackbone(context, options), source });
  } finally {
    progress.finish();
    await run.close();
  }
}

function recordsIn(folder: string, remedy: string): string {
  const records = join(resolve(folder), "sl-cai", "records.jsonl");
  if (existsSync(records)) return records;
  throw new PreceptError("usage", {
    attempted: `Training a guard model from ${folder}`,
    found: "no critiques yet",
    expected: "a run whose stage sl-cai is done",
    remedy,
  });
}

function noBackbone(folder: string, manifest: Manifest | undefined): never {
  const model = (manifest && initialModelOf(manifest)) ?? "no model";
  const own = /^local:(.+?)(?:@|$)/.exec(model)?.[1];
  throw new PreceptError("usage", {
    attempted: `Training a guard model from ${folder}`,
    found:
      own === undefined
        ? `a run with ${model}, whose weights are not here`
        : `a run with ${model}, and not where that lies`,
    expected: "the model that the heads stand on: a folder or a GGUF file of this machine",
    remedy:
      own === undefined
        ? "--backbone FOLDER, a small open-weights model: the critiques teach it, whoever wrote them"
        : `--backbone PATH/${own}, or any other open-weights model`,
  });
}
