import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { loadWithPositions } from "../../constitution/index.ts";
import { PreceptError } from "../../errors.ts";
import { type Manifest, Run, readManifest } from "../../runs/index.ts";
import { canTrain, type GuardModelContext, type StageContext } from "../../stages/index.ts";
import { checkpointPlace } from "../../storage/index.ts";
import { loadHarborRun } from "../harbor/load-harbor.ts";
import { templatesOf } from "../method.ts";
import { withProject } from "../project.ts";
import { initialModelOf } from "../run-model.ts";
import type { ProjectOptions } from "../setting.ts";

/** A run that holds critiques, opened to be learned from; `initial` is what the heads stand on. */
export interface RunOfCritiques {
  readonly context: GuardModelContext & Pick<StageContext, "initial">;
  /** records.jsonl of its stage sl-cai. */
  readonly records: string;
}

interface Options extends Pick<ProjectOptions, "folder" | "command" | "progress" | "signal" | "env"> {
  readonly backbone: string | undefined;
}

/**
 * Opens a run on harbor as the project that it is, and a run of one's own models without any of them: its critiques are there.
 * @throws PreceptError usage where there are no critiques, or nothing for the heads to stand on; run-locked.
 */
export async function withRunOfCritiques<T>(options: Options, body: (run: RunOfCritiques) => Promise<T>): Promise<T> {
  const { folder } = options;
  const backbone = options.backbone?.replace(/^local:/, "");
  const manifest = readManifest(folder);
  const model = manifest && initialModelOf(manifest);
  if (manifest !== undefined && model !== undefined) {
    return withOwnRun(options, { manifest, backbone: backbone ?? noBackbone(folder, model) }, body);
  }
  const chosen = await loadHarborRun(folder);
  return withProject({ ...options, ...chosen, redo: true }, async ({ run, context }) => {
    const records = recordsIn(run.folder, `precept sl-cai ${folder}`);
    if (!canTrain(context)) throw new RangeError("harbor trains here");
    return body({ context: { ...context, initial: backbone ?? context.initial }, records });
  });
}

/** What a run records of its wording. */
const wordingSchema = z.object({ format: z.enum(["chat", "turns", "paper"]).optional() });

async function withOwnRun<T>(
  { folder, command, progress, signal }: Options,
  { manifest, backbone }: { readonly manifest: Manifest; readonly backbone: string },
  body: (run: RunOfCritiques) => Promise<T>,
): Promise<T> {
  const records = recordsIn(folder, "precept run, with critiques (format: chat; critique: true)");
  // Hosted projects do without the engine.
  const { LocalTrainer } = await import("../../training/local/index.ts");
  const { kind, of, seed, config, method, inputs } = manifest;
  const templates = templatesOf({ config: wordingSchema.parse(config) });
  const { constitution } = await loadWithPositions(join(folder, "constitution.yaml"));
  const run = await Run.open(folder, { kind, manifest: { of, seed, config, method, inputs }, command });
  try {
    return await body({
      context: {
        run,
        constitution,
        templates: { ...templates, version: inputs["templates"] ?? templates.version },
        seed,
        progress,
        signal,
        parameters: null,
        trainer: new LocalTrainer(),
        initial: resolve(checkpointPlace(backbone)),
      },
      records,
    });
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

function noBackbone(folder: string, model: string): never {
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
