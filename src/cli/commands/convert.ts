import { basename } from "node:path";
import { PreceptError } from "../../errors.ts";
import { omitUndefined } from "../../omit-undefined.ts";
import { count } from "../../progress/index.ts";
import { convertToFolder, type StorageType } from "../../transformer/index.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { modelPlace } from "../train-job.ts";

export interface ConvertFlags {
  /** The one format that is written. */
  readonly to?: "hf";
  /** Default: a folder here, named as the GGUF file. */
  readonly out?: string;
  readonly type?: StorageType;
  readonly json: boolean;
}

/** precept convert FILE.gguf --to hf: the model as a Hugging Face folder. */
export async function convert(this: CliContext, flags: ConvertFlags, model: string): Promise<void> {
  const { out = folderOf(model), type, json } = flags;
  const { parameters, hash } = await convertToFolder(
    await modelPlace(this, model, json),
    out,
    omitUndefined({ storage: type }),
  );
  if (json) printJson(this, { checkpoint: out, parameters, hash });
  else print(this, `${out}: ${count(parameters)} parameters, sha256 ${hash}`);
}

function folderOf(model: string): string {
  if (/\.gguf$/i.test(model)) return basename(model).replace(/\.gguf$/i, "");
  throw new PreceptError("usage", {
    attempted: `Converting ${model}`,
    found: "no folder to write to",
    expected: "--out DIR; only a GGUF file gives the folder its own name",
    remedy: `precept convert ${model} --out DIR`,
  });
}
