import { existsSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { z } from "zod";
import { PreceptError } from "../errors.ts";
import {
  addRanges,
  type MeasuredRun,
  type MeasuredTraining,
  noRange,
  type Range,
  readPlan,
  readSpent,
} from "../spending/index.ts";
import { tryJson } from "../storage/index.ts";
import { sizeInName } from "./model-size.ts";

const asking = z.object({ seconds: z.number().positive() });
const training = z.object({ gflops: z.number().positive().optional() });
const manifest = z.object({
  config: z.object({
    training: z
      .object({
        engine: z.string().optional(),
        adapter: z.unknown().optional(),
        ray: z.object({ processes: z.int().min(1).default(1), gpus: z.int().min(1).optional() }).optional(),
      })
      .optional(),
  }),
  stages: z.record(z.string(), z.object({ shards: z.int().min(1).optional() })).default({}),
});
type Manifest = z.infer<typeof manifest>;

/** Roles that AI feedback asks. */
const asked = ["slCai", "feedback"] as const;

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
  const spent = asked.flatMap((role) => roles[role] ?? []);
  const sum = (key: "calls" | "completionTokens"): number => spent.reduce((total, role) => total + role[key], 0);
  if (stage === undefined) throw withoutMeasure(folder, "no finished AI feedback");
  if (sum("calls") === 0) throw withoutMeasure(folder, "AI feedback that asked no server");
  const known = read("manifest.json", manifest);
  const trained = read("preference-model/summary.json", training) ?? read("dpo/summary.json", training);
  return {
    name: basename(resolve(folder)),
    gpus,
    weights: sizeInName(roles["feedback"]?.model ?? "") ?? weights,
    ...{ calls: sum("calls"), completionTokens: sum("completionTokens") },
    readTokens: readTokensOf(folder, roles),
    seconds: stage.seconds,
    clients: known?.stages["ai-feedback"]?.shards ?? 1,
    training: trained?.gflops === undefined ? undefined : trainingOf(known, trained.gflops * 1e9),
  };
}

/** What was asked, without the share of it that the run's plan says prompts begin with alike: spending counts that as read. */
function readTokensOf(folder: string, roles: ReturnType<typeof readSpent>): Range {
  const plan = existsSync(join(folder, "plan.json")) ? readPlan(folder) : undefined;
  const parts = asked.map((name): Range => {
    const { promptTokens = 0 } = roles[name] ?? {};
    if (promptTokens === 0) return noRange;
    const { sharedTokens, promptTokens: planned } = plan?.roles.find(({ role }) => role === name) ?? {};
    if (sharedTokens === undefined || planned === undefined)
      throw withoutMeasure(folder, `no plan.json that says what prompts of ${name} begin with alike`);
    const shares = (["low", "high"] as const).map((end) => Math.min(1, sharedTokens[end] / Math.max(1, planned[end])));
    return { low: promptTokens * (1 - Math.max(...shares)), high: promptTokens * (1 - Math.min(...shares)) };
  });
  return parts.reduce(addRanges, noRange);
}

/** By TRL alone, and on Ray where its processes had GPUs. */
function trainingOf(known: Manifest | undefined, flops: number): MeasuredTraining | undefined {
  const { engine, adapter, ray } = known?.config.training ?? {};
  const isAdapter = adapter !== "none";
  if (engine === "python") return { flops, gpus: 1, isAdapter };
  return engine === "ray" && ray?.gpus !== undefined ? { flops, gpus: ray.processes, isAdapter } : undefined;
}

const withoutMeasure = (folder: string, found: string): PreceptError =>
  new PreceptError("input-invalid", {
    attempted: `Reading what ${folder} measured`,
    found,
    expected: "a run whose comparisons were asked of servers on such GPUs",
    remedy: "leave out --measured, or write what you measured into a file: --throughput FILE",
  });
