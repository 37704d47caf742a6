import { existsSync } from "node:fs";
import { type OpenOptions, openModel, parseModelSpec, recordName } from "../../models/index.ts";
import { contentHash, hashModel, toFileName } from "../../storage/index.ts";
import type { MeasureOptions, SteeringSubject } from "./measure.ts";
import type { SteeringTask } from "./task.ts";

/** A model by name. @throws PreceptError usage for a name that says nothing. */
export async function steeringSubject(name: string, options: OpenOptions = {}): Promise<SteeringSubject> {
  const full = existsSync(name) && !/^\w+:/.test(name) ? `local:${name}` : name;
  const { provider, model } = parseModelSpec(full);
  const isFile = (provider === "local" || provider === "llamacpp") && existsSync(model);
  const hash = isFile ? await hashModel(model) : contentHash({ model: full });
  return {
    name: recordName(provider === "local" ? `local:${model}` : full),
    hash,
    open: () => openModel(full, options),
  };
}

/** Where a measurement goes unless told otherwise: other settings, another folder. */
export function steeringFolder(
  task: SteeringTask,
  { subjects, rungs, formats, repeat, temperature, seed }: Omit<MeasureOptions, "folder">,
): string {
  const models = subjects.map(({ name, hash }) => [name, hash]);
  const items = task.items.map(({ id }) => id);
  const key = contentHash({ task: task.hash, items, models, rungs, formats, repeat, temperature, seed });
  return `runs/steer-${toFileName(task.name)}-${key.slice(0, 8)}`;
}
