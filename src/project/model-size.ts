import { parseModelSpec, withProvider } from "../models/index.ts";

/** Below so many weights a model is asked in real turns with examples, and not criticised (docs/real-models.md, Small models). */
const SMALL = 3e9;

/** Weights by a model's name, e.g. 1.5e9 for "vllm:Qwen2.5-1.5B-Instruct"; undefined where it names none. */
export function sizeInName(name: string): number | undefined {
  // Of a mixture of experts ("8x7b") the name says less than all.
  const found = /(?<![\dx.])(\d+(?:\.\d+)?)\s?([bm])(?![a-z])/iu.exec(name);
  if (found === null) return undefined;
  return Number(found[1]) * (found[2]?.toLowerCase() === "b" ? 1e9 : 1e6);
}

/** A number of weights as a person writes it: 1110000, 1.5b, 135m. */
export function parseSize(text: string): number | undefined {
  const found = /^(\d+(?:\.\d+)?(?:e\d+)?)([kmb]?)$/iu.exec(text);
  const unit = { k: 1e3, m: 1e6, b: 1e9, "": 1 }[found?.[2]?.toLowerCase() ?? ""];
  const size = Number(found?.[1]) * (unit ?? Number.NaN);
  return size > 0 ? size : undefined;
}

/** Whether a model is small, by the weights in its file, or by its name; false where neither says. */
export async function isSmallModel(name: string, folder: string): Promise<boolean> {
  const full = withProvider(name);
  const place = /^(?:local|llamacpp):(.+)$/.exec(full)?.[1];
  const { model } = parseModelSpec(full);
  const size = (place === undefined ? undefined : await weightsAt(place, folder)) ?? sizeInName(model);
  return size !== undefined && size < SMALL;
}

async function weightsAt(place: string, folder: string): Promise<number | undefined> {
  const { countWeights } = await import("../models/local/index.ts");
  return countWeights(place, folder);
}
