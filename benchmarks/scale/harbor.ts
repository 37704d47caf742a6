import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { summarySchema } from "../../src/evaluation/index.ts";
import { readManifest, readSummary } from "../../src/runs/index.ts";
import type { VariantResult } from "../experiments/runs.ts";
import { headlineTable, pairedTable } from "../experiments/tables.ts";

/** Finished runs of the demonstration beside each other, each named by what trained it. */
export async function compareRuns(folders: readonly string[]): Promise<string> {
  const results: VariantResult[] = [];
  for (const folder of folders) {
    const path = join(folder, "summary.json");
    if (!existsSync(path)) throw new Error(`${folder} is no finished run: its summary is not there`);
    const summary = await readSummary(path, summarySchema);
    results.push({ variant: { name: nameOf(folder), flags: [] }, command: basename(folder), summary });
  }
  return [
    "The demonstration on harbor, held-out requests, 95 % intervals. Both engines begin with the same model, critiques and revisions; from the first fine-tuning on, each goes its own way:",
    "",
    headlineTable(results, ["initial", "sl-cai", "rl-cai"]),
    "",
    pairedTable(results),
  ].join("\n");
}

function nameOf(folder: string): string {
  const { config } = readManifest(folder) ?? {};
  const { engine = "local", rlCai } = (config?.["training"] ?? {}) as {
    readonly engine?: string;
    readonly rlCai?: { readonly objective?: string };
  };
  return `${engine}, ${rlCai?.objective ?? "ppo"}, seed ${String(config?.["seed"] ?? 1)}`;
}
