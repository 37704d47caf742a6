import { existsSync } from "node:fs";
import { PreceptError } from "../../errors.ts";
import { type CacheStats, cacheFolder, ResponseCache } from "../../models/index.ts";
import { type CliContext, print, printJson } from "../context.ts";

const DAY_MS = 24 * 3_600_000;

/** precept cache stats */
export function stats(this: CliContext, { json }: { readonly json: boolean }): void {
  const cache = opened(this);
  const found: CacheStats | undefined = cache?.stats();
  const { answers = 0, bytes = 0, models = [], oldest = null, newest = null } = found ?? {};
  const path = found?.path ?? cacheFolder(this.env);
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
  if (olderThan === undefined && model === undefined && !all) {
    throw new PreceptError("usage", {
      attempted: "Pruning the cache",
      found: "nothing that says which answers",
      expected: "--older-than DAYS, --model NAME, or --all",
    });
  }
  const before = olderThan === undefined ? {} : { before: Date.now() - olderThan * DAY_MS };
  const removed = opened(this)?.prune({ ...before, model }) ?? 0;
  if (json) printJson(this, { removed });
  else print(this, `removed ${removed} answers`);
}

/** The cache where there is one; looking makes none. */
function opened({ env }: CliContext): ResponseCache | undefined {
  const folder = cacheFolder(env);
  return existsSync(folder) ? ResponseCache.open(folder) : undefined;
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
const day = (time: number): string => new Date(time).toISOString().slice(0, 10);
