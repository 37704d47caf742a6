import { realpathSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { omitUndefined } from "../../omit-undefined.ts";
import { rng } from "../../rng.ts";
import { makeFolder } from "../../storage/index.ts";
import {
  ADAMW_DEFAULTS,
  type CheckpointOutline,
  initialAdapter,
  loadCheckpoint,
  loraConfig,
  outlineCheckpoint,
  SCALAR_HEAD,
  saveAdapter,
  saveCheckpoint,
  weightShapes,
} from "../../transformer/index.ts";
import { stopTokens } from "../local/encoding.ts";
import type { LoraOptions, TrainingJobBase } from "../trainer.ts";
import { CONTRACT, type EngineJob } from "./job-folder.ts";

/** How an engine computes a job; part of its fingerprint. */
export interface EngineSettings {
  readonly dtype: "float32" | "bfloat16";
  readonly processes: number;
  /** Rows that one process reads at once. Default: as many as the fullest step has. */
  readonly rowsPerProcess?: number | undefined;
  readonly backend: EngineJob["backend"];
  /** Address of a server that draws the responses of grpo and rloo, without /v1. */
  readonly rolloutServer?: string | undefined;
}

/** What planning reads of the initial model. */
export type Outline = Pick<CheckpointOutline, "config" | "tokenizer" | "folder" | "names">;

/** How the rows of a step are dealt out, `fullest` of the step that has most. */
export function layoutOf(fullest: number, { processes, rowsPerProcess }: EngineSettings): EngineJob["layout"] {
  const each = Math.min(rowsPerProcess ?? Number.POSITIVE_INFINITY, Math.ceil(fullest / processes));
  const accumulate = Math.ceil(fullest / (processes * each));
  return { processes, strategy: processes === 1 ? "single" : "ddp", rowsPerProcess: each, accumulate };
}

/** What job.json says of every job, beside the places of its models. */
export function commonOf(
  job: TrainingJobBase,
  outline: Outline,
  fingerprint: string,
  settings: EngineSettings,
): Pick<EngineJob, "contract" | "fingerprint" | "seed" | "optimizer" | "backend" | "lora" | "checkpointEvery"> & {
  readonly model: Omit<EngineJob["model"], "head">;
} {
  const { checkpointEvery, lora } = job;
  return {
    contract: CONTRACT,
    fingerprint,
    seed: job.seed,
    model: {
      dtype: settings.dtype,
      device: job.device === "webgpu" ? "auto" : (job.device ?? "auto"),
      padToken: padTokenOf(outline),
      endToken: outline.tokenizer.endToken,
    },
    optimizer: { ...ADAMW_DEFAULTS, weightDecay: job.weightDecay ?? 0 },
    backend: settings.backend,
    ...omitUndefined({ lora: lora && loraOf(lora), checkpointEvery }),
  };
}

/** A model as planning reads it; of a GGUF file or an adapter a plain copy in the folder, which is then the place. */
export const outlineIn = async (place: string, copy: string): Promise<Outline> =>
  (await outlineCheckpoint(place)) ?? (await makePlain(place, copy));

/**
 * What fills rows up. A preference model reads its score before the first of them, so that no token that ends a response will
 * do: SmolLM2's pad token is its end token, and moved the score one token early.
 */
function padTokenOf({ tokenizer, config }: Outline): number {
  const ends = stopTokens(tokenizer);
  const { padToken } = tokenizer;
  if (padToken !== undefined && !ends.includes(padToken)) return padToken;
  const free = Array.from({ length: Math.min(config.vocabularySize, ends.length + 1) }, (_, token) => token);
  return free.find((token) => !ends.includes(token)) ?? 0;
}

function loraOf(options: LoraOptions): EngineJob["lora"] {
  const { rank, alpha, dropout, targetModules, rankStabilised } = loraConfig(options);
  return { rank, alpha, dropout, targets: [...targetModules], rslora: rankStabilised };
}

/** The seeded adapter that the local engine begins with, in PEFT's format, with a new scalar head where there is one. */
export async function writeAdapter(
  job: Pick<TrainingJobBase, "lora" | "seed" | "initial">,
  folder: string,
  { config, names, folder: initial }: Outline,
  head: EngineJob["model"]["head"],
): Promise<void> {
  const all = weightShapes(config);
  const shapes = new Map(names.flatMap((name) => (all.has(name) ? [[name, { shape: all.get(name) ?? [] }]] : [])));
  const lora = loraConfig(job.lora ?? { rank: 1 });
  const { weights } = initialAdapter(shapes, lora, rng(job.seed, "lora"));
  const scalars = { shape: [1, config.hiddenSize], data: new Float32Array(config.hiddenSize) };
  const own = names.includes(SCALAR_HEAD)
    ? (await loadCheckpoint(resolve(folder, initial))).weights.get(SCALAR_HEAD)
    : undefined;
  const start = head === "none" ? weights : new Map([...weights, [SCALAR_HEAD, own ?? scalars] as const]);
  await saveAdapter(join(folder, "initial-adapter"), { config: lora, weights: start }, job.initial);
}

/** A plain folder of what is none: a GGUF file, which transformers cannot save again, or adapters over a base. */
async function makePlain(place: string, folder: string): Promise<Outline> {
  const { config, tokenizer, weights } = await loadCheckpoint(place);
  await saveCheckpoint(folder, { config, tokenizer, weights });
  return { config, tokenizer, folder: basename(folder), names: [...weights.keys()] };
}

/** A model's place as it is seen from the job folder; `copy` where it had to be made plain. */
export async function placeSeen(place: string, copy: string): Promise<string> {
  const outline = await outlineCheckpoint(place);
  if (outline === undefined) return basename(copy);
  makeFolder(dirname(copy));
  // Python follows links before it goes up.
  return relative(realpathSync(dirname(copy)), realpathSync(outline.folder)).replaceAll("\\", "/");
}
