import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { modelFolder, readFolderFile, replaceFolder } from "./folder.ts";
import { type LoraAdapter, type LoraConfig, loraConfig } from "./lora.ts";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";
import { SCALAR_HEAD } from "./weights.ts";

const CONFIG = "adapter_config.json";
const TENSORS = "adapter_model.safetensors";
const PREFIX = "base_model.model.";

/** An adapter as PEFT keeps it, and the name of its base: a folder, or an id on a hub. */
export interface StoredAdapter extends LoraAdapter {
  readonly base: string;
}

/** A field that would change the numbers and is not computed here: its value may only be one that changes none. */
const refuse = (message: string) => z.unknown().optional().refine(isNothing, message);

/** PEFT's word for "not so": null, false, an empty list or object. */
function isNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === false) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

/** What PEFT says of how an adapter was made or found, which nobody needs, or which its tensors have, as the rank of each module. */
const indifferent = [
  "auto_mapping",
  "corda_config",
  "ensure_weight_tying",
  "eva_config",
  "exclude_modules",
  "inference_mode",
  "layers_pattern",
  "layers_to_transform",
  "loftq_config",
  "lora_ga_config",
  "megatron_config",
  "megatron_core",
  "peft_version",
  "qalora_group_size",
  "rank_pattern",
  "revision",
  "runtime_config",
  "task_type",
] as const;
const ignored = Object.fromEntries(indifferent.map((name) => [name, z.unknown().optional()]));

/** PEFT's LoraConfig. Any other field must say nothing: one that a later PEFT adds may change the numbers. */
const peftConfig = z
  .object({
    ...ignored,
    peft_type: z.literal("LORA"),
    base_model_name_or_path: z.string().nullish(),
    r: z.int().positive(),
    lora_alpha: z.number().positive(),
    lora_dropout: z.number().min(0).max(1).default(0),
    target_modules: z.union([z.array(z.string()).min(1), z.string()]),
    use_rslora: z.boolean().default(false),
    use_dora: refuse("DoRA is not supported"),
    use_qalora: refuse("QALoRA is not supported"),
    fan_in_fan_out: refuse("weights that are stored transposed are not supported"),
    bias: z.literal("none", "trained biases are not supported").default("none"),
    lora_bias: refuse("biases of the adapter are not supported"),
    alpha_pattern: refuse("alpha by module is not supported"),
    modules_to_save: z.array(z.literal("score", "only the scalar head can be saved beside an adapter")).nullish(),
    layer_replication: refuse("repeated layers are not supported"),
    trainable_token_indices: refuse("trained tokens are not supported"),
    target_parameters: refuse("parameters that are no linear layer are not supported"),
    alora_invocation_tokens: refuse("activated LoRA is not supported"),
    // PiSSA, OLoRA and LoftQ change the base too, unless they were converted when they were saved.
    init_lora_weights: z
      .union(
        [z.boolean(), z.null(), z.enum(["gaussian", "eva", "orthogonal"])],
        "initial weights that also change the base are not supported: save the adapter converted to plain LoRA",
      )
      .optional(),
  })
  .catchall(z.unknown().refine(isNothing, "a field that is not known here, and might change what is computed"));

/** Whether a folder holds an adapter. */
export const isAdapterFolder = (folder: string): boolean => existsSync(join(folder, CONFIG));

/**
 * Writes adapter_config.json and adapter_model.safetensors as PEFT does, all or nothing. A local base is named by its
 * absolute path, one of the same run by where it is from here, so that the run can be moved. @throws PreceptError disk or permission.
 */
export async function saveAdapter(folder: string, adapter: LoraAdapter, base: string): Promise<void> {
  const { config, weights } = adapter;
  const hasHead = weights.has(SCALAR_HEAD);
  const json = {
    base_model_name_or_path: nameOfBase(base, folder),
    bias: "none",
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    lora_alpha: config.alpha,
    lora_dropout: config.dropout,
    modules_to_save: hasHead ? ["score"] : null,
    peft_type: "LORA",
    r: config.rank,
    target_modules: config.targetModules,
    task_type: hasHead ? "SEQ_CLS" : "CAUSAL_LM",
    use_dora: false,
    use_rslora: config.rankStabilised,
  };
  await replaceFolder(folder, {
    [CONFIG]: `${JSON.stringify(json, null, 2)}\n`,
    [TENSORS]: encodeSafetensors(new Map([...weights].map(([name, tensor]) => [PREFIX + name, tensor]))),
  });
}

/**
 * An adapter that PEFT or `saveAdapter` wrote.
 * @throws PreceptError checkpoint-missing, or checkpoint-invalid for a kind of adapter that is not computed here.
 */
export async function loadAdapter(folder: string): Promise<StoredAdapter> {
  const file = join(folder, CONFIG);
  if (!existsSync(join(folder, TENSORS)) && existsSync(join(folder, "adapter_model.bin"))) {
    throw new PreceptError("checkpoint-invalid", {
      attempted: `Loading the adapter ${folder}`,
      found: "adapter_model.bin, a pickle file that can run code",
      expected: TENSORS,
      remedy: "save the adapter with safe_serialization=True",
    });
  }
  const parsed = peftConfig.safeParse(parseJson((await readFolderFile(folder, CONFIG)).toString("utf8"), file));
  if (!parsed.success) {
    throw new PreceptError("checkpoint-invalid", {
      attempted: `Reading ${file}`,
      found: parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; "),
      expected: "a LoRA adapter of linear layers",
      cause: parsed.error,
    });
  }
  const tensors = decodeSafetensors(await readFolderFile(folder, TENSORS), join(folder, TENSORS));
  const weights = new Map([...tensors].map(([name, tensor]) => [internalName(name, folder), tensor]));
  const { r, lora_alpha, lora_dropout, target_modules, use_rslora, base_model_name_or_path } = parsed.data;
  const modules = [...weights.keys()].flatMap((name) => /\.([^.]+)\.lora_A\.weight$/.exec(name)?.[1] ?? []);
  const config: LoraConfig = loraConfig({
    rank: r,
    alpha: lora_alpha,
    dropout: lora_dropout,
    rankStabilised: use_rslora,
    // PEFT also takes a regular expression or "all-linear": what it matched stands in the tensors.
    targetModules: typeof target_modules === "string" ? [...new Set(modules)] : target_modules,
  });
  return { config, weights, base: baseOf(base_model_name_or_path ?? "", folder) };
}

const named = z.object({ base_model_name_or_path: z.string() });

/** The folder of the plain checkpoint under any adapters, where the tokenizer lies; as far as the folders say. */
export function plainFolder(place: string): string {
  let folder = modelFolder(place);
  for (const seen = new Set<string>(); isAdapterFolder(folder) && !seen.has(folder); ) {
    seen.add(folder);
    const base = adapterBase(folder);
    if (base === undefined) break;
    folder = modelFolder(base);
  }
  return folder;
}

/** What an adapter stands on: a folder, or a name of a hub; undefined where it does not say. */
export function adapterBase(folder: string): string | undefined {
  const path = join(folder, CONFIG);
  const base = named.safeParse(parseJson(readFileSync(path, "utf8"), path)).data?.base_model_name_or_path;
  return base === undefined ? undefined : baseOf(base, folder);
}

/** Where the base of an adapter may stand that was moved to another machine: the adapter's own bytes stay what they were. */
export const movedBase = (folder: string): string => join(dirname(folder), "base");

/** sha256 in hex over what an adapter computes: its settings and tensors, not the path of its base. */
export async function adapterHash(folder: string): Promise<string> {
  const { base_model_name_or_path: _base, ...config } = z
    .looseObject({})
    .parse(parseJson((await readFolderFile(folder, CONFIG)).toString("utf8"), join(folder, CONFIG)));
  const hash = createHash("sha256").update(JSON.stringify(config));
  return hash.update(await readFolderFile(folder, TENSORS)).digest("hex");
}

function nameOfBase(base: string, folder: string): string {
  if (!existsSync(base)) return base;
  const run = resolve(folder, "../..");
  const isOfRun = existsSync(join(run, "manifest.json")) && resolve(base).startsWith(run + sep);
  return isOfRun ? relative(resolve(folder), resolve(base)).replaceAll("\\", "/") : resolve(base);
}

/**
 * A base named by a path, relative to the adapter's folder or to the working directory, else the name as it stands; for a path that
 * is not on this machine the folder `base` beside the adapter, where there is one.
 */
function baseOf(name: string, folder: string): string {
  if (isAbsolute(name)) return !existsSync(name) && existsSync(movedBase(folder)) ? movedBase(folder) : name;
  const holds = (path: string): boolean => [CONFIG, "config.json"].some((file) => existsSync(join(path, file)));
  return [join(folder, name), name].find((path) => name !== "" && holds(path)) ?? name;
}

function internalName(name: string, folder: string): string {
  const plain = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : undefined;
  // PEFT names a head's copy "score.modules_to_save.weight" in some versions.
  if (plain !== undefined) return plain.replace(".modules_to_save", "").replace(".default", "");
  throw new PreceptError("checkpoint-invalid", {
    attempted: `Loading the adapter ${folder}`,
    found: `the tensor ${name}`,
    expected: `names that begin with ${PREFIX}`,
  });
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PreceptError("checkpoint-invalid", {
      attempted: `Reading ${path}`,
      found: "text that is not JSON",
      expected: "PEFT's adapter configuration",
      cause,
    });
  }
}
