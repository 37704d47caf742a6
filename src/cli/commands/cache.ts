import { cacheFolder, cacheStats, pruneCache } from "../../models/index.ts";
import { type CliContext, print, printJson } from "../context.ts";

/** precept cache stats */
export function stats(this: CliContext, { json }: { readonly json: boolean }): void {
  const { path, answers, bytes, oldest, newest, models } = cacheStats(cacheFolder(this.env));
  if (json) {
    printJson(this, { path, answers, bytes, oldest, newest, models });
    return;
  }
  const lines = [`${path}: ${answers} answers, ${megabytes(bytes)}`];
  if (oldest !== null && newest !== null) lines.push(`  written from ${day(oldest)} to ${day(newest)}`);
  for (const model of models)
    lines.push(`  ${String(model.answers).padStart(9)}  ${megabytes(model.bytes).padStart(9)}  ${model.model}`);
  print(this, lines.join("\n"));
}

export interface PruneFlags {
  readonly olderThan?: number;
  readonly model?: string | undefined;
  readonly all: boolean;
  readonly json: boolean;
}

/** precept cache prune --older-than DAYS | --model NAME | --all */
export function prune(this: CliContext, { olderThan, model, all, json }: PruneFlags): void {
  const removed = pruneCache(cacheFolder(this.env), { olderThanDays: olderThan, model, all });
  if (json) printJson(this, { removed });
  else print(this, `removed ${removed} answers`);
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
const day = (time: number): string => new Date(time).toISOString().slice(0, 10);
