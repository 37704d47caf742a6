import type { Usage } from "../../language-model.ts";
import { cacheKey, type ResponseCache } from "./response-cache.ts";

/** A cache, and the model whose answers are looked for in it. */
export interface Memory {
  readonly cache: ResponseCache;
  /** As `precept cache` lists it. */
  readonly model: string;
  /** Names the model and where it runs; part of every key. */
  readonly identity: string;
}

/** An answer as it is kept: whose request it was does not matter. */
export type Stored<T> = Omit<T, "id">;

/** An answer from the cache, else asked for and kept. Errors of one request are not kept, nor what JSON cannot hold. */
export async function recall<
  T extends { readonly id: string; readonly error?: string; readonly isCached?: boolean; readonly usage: Usage },
>(
  memory: Memory | undefined,
  id: string,
  question: Readonly<Record<string, unknown>>,
  ask: () => Promise<Stored<T>>,
): Promise<T> {
  if (memory === undefined) return withId<T>(await ask(), id);
  const key = cacheKey({ model: memory.identity, ...question });
  const kept = memory.cache.get(key) as Stored<T> | undefined;
  if (kept !== undefined) return withId<T>({ ...kept, isCached: true }, id);
  const fresh = await ask();
  const isStorable = !("logprobs" in fresh) || (Array.isArray(fresh.logprobs) && fresh.logprobs.every(Number.isFinite));
  if (fresh.error === undefined && isStorable) memory.cache.put(key, memory.model, fresh);
  return withId<T>(fresh, id);
}

function withId<T extends { readonly id: string }>(stored: Stored<T>, id: string): T {
  return { ...stored, id } as unknown as T;
}
