import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { writeWhole } from "../storage/index.ts";
import type { Plan } from "./plan.ts";

const range = z.object({ low: z.number(), high: z.number() });
const sums = z.object({
  calls: range,
  promptTokens: range,
  sharedTokens: range.exactOptional(),
  completionTokens: range,
  cost: range.exactOptional(),
  seconds: range,
});
const planSchema = z.object({
  roles: z.array(sums.extend({ role: z.string(), model: z.string() })),
  total: sums,
  counted: z.number(),
  prompts: z.number(),
  isMeasured: z.boolean(),
});

/** The plan that a run began with; a run that continues keeps it. */
export function keepPlan(run: string, plan: Plan): void {
  if (!existsSync(join(run, "plan.json"))) writeWhole(join(run, "plan.json"), `${JSON.stringify(plan, null, 2)}\n`);
}

/** The plan of a run folder. @throws when there is none. */
export function readPlan(run: string): Plan {
  return planSchema.parse(JSON.parse(readFileSync(join(run, "plan.json"), "utf8")));
}
