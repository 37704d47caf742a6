import { join } from "node:path";
import { z } from "zod";
import { numberCell, readRows } from "../../benchmark/rows.ts";
import type { Check, VerifiedTable } from "./check.ts";

const rowSchema = z.object({
  attack: z.string(),
  access: z.string(),
  target: z.string(),
  behaviours: numberCell.pipe(z.number().int().min(1)),
  jailbroken: numberCell.pipe(z.number().int().min(0)),
  asr_reported: numberCell,
});

/** Attack success over all behaviours, those without a prompt counted as held, against each artifact's own figure. */
export async function verifyJailbreakBench(data: string): Promise<VerifiedTable> {
  const checks: Check[] = [];
  for await (const { value } of readRows(join(data, "jailbreakbench-behaviors", "published_asr.csv"), rowSchema)) {
    const { attack, access, target, behaviours, jailbroken, asr_reported } = value;
    const name = `${attack} (${access}) on ${target}: success, %`;
    checks.push({
      name,
      published: 100 * asr_reported,
      ours: (100 * jailbroken) / behaviours,
      tolerance: 0.05,
      n: behaviours,
    });
  }
  return {
    id: "jailbreakbench",
    title: "JailbreakBench: attack success of the published artifacts",
    source: "jailbreakbench-behaviors/published_asr.csv; Chao et al. 2024",
    checks,
  };
}
