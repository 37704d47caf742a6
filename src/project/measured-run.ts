import { existsSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { z } from "zod";
import { PreceptError } from "../errors.ts";
import { type MeasuredRun, readSpent } from "../spending/index.ts";
import { tryJson } from "../storage/index.ts";
import { sizeInName } from "./model-size.ts";

const asking = z.object({ seconds: z.number().positive() });
const training = z.object({ gflops: z.number().positive().optional() });
const manifest = z.object({ config: z.object({ training: z.object({ engine: z.string().optional() }).optional() }) });

/**
 * What a run measured of the servers that its AI feedback asked, and of the GPUs that trained by TRL.
 * @param weights of its models, where their names do not say. @throws PreceptError input-invalid for a run that asked no servers.
 */
export function readMeasuredRun(folder: string, gpus: number, weights: number): MeasuredRun {
  const read = <T>(name: string, schema: z.ZodType<T>): T | undefined => {
    const path = join(folder, name);
    return existsSync(path) ? schema.safeParse(tryJson(readFileSync(path, "utf8"))).data : undefined;
  };
  const stage = read("ai-feedback/summary.json", asking);
  const roles = readSpent(join(folder, "spending.json"));
  const spent = [roles["slCai"], roles["feedback"]].filter((role) => role !== undefined);
  const sum = (key: "calls" | "promptTokens" | "completionTokens"): number =>
    spent.reduce((total, role) => total + role[key], 0);
  if (stage === undefined || sum("calls") === 0) {
    throw new PreceptError("input-invalid", {
      attempted: `Reading what ${folder} measured`,
      found: stage === undefined ? "no finished AI feedback" : "AI feedback that asked no server",
      expected: "a run whose comparisons were asked of servers on such GPUs",
      remedy: "leave out --measured, or write what you measured into a file: --throughput FILE",
    });
  }
  const engine = read("manifest.json", manifest)?.config.training?.engine;
  const isTrl = engine === "python" || engine === "ray";
  const trained = read("preference-model/summary.json", training) ?? read("dpo/summary.json", training);
  const gflops = isTrl ? trained?.gflops : undefined;
  return {
    name: basename(resolve(folder)),
    gpus,
    weights: sizeInName(roles["feedback"]?.model ?? "") ?? weights,
    ...{ calls: sum("calls"), promptTokens: sum("promptTokens"), completionTokens: sum("completionTokens") },
    seconds: stage.seconds,
    trainedFlops: gflops === undefined ? undefined : gflops * 1e9,
  };
}
