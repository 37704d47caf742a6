import { isAbsolute, join, relative } from "node:path";
import { z } from "zod";
import { type PromptSets, type PromptStage, promptStages, readKeptPrompts } from "../prompts/prompt-set.ts";

const schema = z.object({
  hash: z.string(),
  of: z.record(
    z.enum(promptStages),
    z.object({ path: z.string(), hash: z.string(), sizes: z.object({ "red-team": z.int(), helpful: z.int() }) }),
  ),
});

/** Where a client finds the prompts that the run keeps: reading them anew would cost every client what it costs once. */
export function describePrompts(run: string, { of, hash }: PromptSets, paths: Readonly<Record<PromptStage, string>>) {
  const describe = (stage: PromptStage) => ({
    path: relative(run, paths[stage]).replaceAll("\\", "/"),
    hash: of[stage].hash,
    sizes: of[stage].sizes,
  });
  return { hash, of: Object.fromEntries(promptStages.map((stage) => [stage, describe(stage)])) };
}

/** The same prompts in a client. @throws what the schema throws for a notice of another version. */
export function readSharedPrompts(run: string, notice: unknown): PromptSets {
  const { hash, of } = schema.parse(notice);
  const read = (stage: PromptStage) => {
    const { path, hash: own, sizes } = of[stage];
    if (isAbsolute(path) || path.startsWith("..")) throw new RangeError(`prompts outside of the run: ${path}`);
    return readKeptPrompts(join(run, path), own, sizes);
  };
  const sets = { "sl-cai": read("sl-cai"), "ai-feedback": read("ai-feedback"), "rl-cai": read("rl-cai") };
  return { of: sets, hash, bad: 0, duplicates: 0, faults: [] };
}
