import { existsSync } from "node:fs";
import { PreceptError } from "../../errors.ts";
import { type CacheStats, ResponseCache } from "./response-cache.ts";

const DAY_MS = 24 * 3_600_000;

/** What the cache of a folder holds; looking makes none where there is none. @throws PreceptError disk, permission. */
export function cacheStats(folder: string): CacheStats {
  const empty = { path: folder, answers: 0, bytes: 0, oldest: null, newest: null, models: [] };
  return openExisting(folder)?.stats() ?? empty;
}

/** Which answers go: those of a model, those older than some days, those that are both, or all. */
export interface PruneOptions {
  readonly olderThanDays?: number | undefined;
  readonly model?: string | undefined;
  readonly all?: boolean;
}

/** Removes answers from the cache of a folder; how many went. @throws PreceptError usage where nothing says which; disk, permission. */
export function pruneCache(folder: string, { olderThanDays, model, all = false }: PruneOptions): number {
  if (olderThanDays === undefined && model === undefined && !all) {
    throw new PreceptError("usage", {
      attempted: "Pruning the cache",
      found: "nothing that says which answers",
      expected: "--older-than DAYS, --model NAME, or --all",
    });
  }
  const before = olderThanDays === undefined ? undefined : Date.now() - olderThanDays * DAY_MS;
  return openExisting(folder)?.prune({ before, model }) ?? 0;
}

function openExisting(folder: string): ResponseCache | undefined {
  return existsSync(folder) ? ResponseCache.open(folder) : undefined;
}
