import { omitUndefined } from "../../omit-undefined.ts";
import { count } from "../../progress/index.ts";
import { convertToFolder, type StorageType } from "../../transformer/index.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { modelPlace } from "../train-job.ts";

export interface ConvertFlags {
  /** The one format that is written. */
  readonly to?: "hf";
  readonly out: string;
  readonly type?: StorageType;
  readonly json: boolean;
}

/** precept convert FILE.gguf --to hf --out DIR: the model as a Hugging Face folder. */
export async function convert(this: CliContext, { out, type, json }: ConvertFlags, model: string): Promise<void> {
  const { parameters, hash } = await convertToFolder(
    await modelPlace(this, model, json),
    out,
    omitUndefined({ storage: type }),
  );
  if (json) printJson(this, { checkpoint: out, parameters, hash });
  else print(this, `${out}: ${count(parameters)} parameters, sha256 ${hash}`);
}
