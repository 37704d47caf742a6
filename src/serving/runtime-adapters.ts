import { z } from "zod";
import { ApiError } from "./protocol.ts";
import type { ServedModel } from "./served-model.ts";

/** vLLM's: an adapter that the server reads from a folder of its own machine. */
export const loadAdapterRequest = z.strictObject({
  lora_name: z.string().min(1),
  lora_path: z.string().min(1),
  load_inplace: z.boolean().nullish(),
});

export const unloadAdapterRequest = z.strictObject({ lora_name: z.string().min(1) });

/** POST /v1/load_lora_adapter: what vLLM answers. @throws ApiError 400 for a name that is there, without load_inplace. */
export async function loadAdapterAt(model: ServedModel, body: z.infer<typeof loadAdapterRequest>): Promise<string> {
  const { lora_name: name, lora_path: folder, load_inplace: isReplaced } = body;
  if (name === model.name) throw new ApiError(400, `${name} is the model itself`, { param: "lora_name" });
  if (model.adapters.includes(name) && isReplaced !== true)
    throw new ApiError(400, `the adapter ${name} is loaded already; load_inplace puts another in its place`);
  await model.loadAdapter?.(name, folder);
  return `Success: LoRA adapter '${name}' added successfully.`;
}

/** POST /v1/unload_lora_adapter. @throws ApiError 404 for a name that nobody loaded. */
export async function unloadAdapterAt(model: ServedModel, body: z.infer<typeof unloadAdapterRequest>): Promise<string> {
  const { lora_name: name } = body;
  if (!model.adapters.includes(name)) throw new ApiError(404, `no adapter ${name}`, { param: "lora_name" });
  await model.unloadAdapter?.(name);
  return `Success: LoRA adapter '${name}' removed successfully.`;
}
