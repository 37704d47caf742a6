import type { RecordLog } from "./record-log.ts";
import { isOwn } from "./share.ts";

export interface Batch<T> {
  readonly id: string;
  readonly items: readonly T[];
}

/** Consecutive batches of at most `size`; which items share one is a function of the list alone. */
export function batchesOf<T>(name: string, items: readonly T[], size: number): Batch<T>[] {
  const batches: Batch<T>[] = [];
  for (let start = 0; start < items.length; start += size) {
    batches.push({ id: batchId(name, batches.length), items: items.slice(start, start + size) });
  }
  return batches;
}

/** The same batches of a stream, one at a time. */
export async function* batchesFrom<T>(
  name: string,
  items: Iterable<T> | AsyncIterable<T>,
  size: number,
): AsyncGenerator<Batch<T>, void, undefined> {
  let number = 0;
  let held: T[] = [];
  for await (const item of items) {
    held.push(item);
    if (held.length < size) continue;
    yield { id: batchId(name, number++), items: held };
    held = [];
  }
  if (held.length > 0) yield { id: batchId(name, number), items: held };
}

function batchId(name: string, number: number): string {
  return `${name}-${String(number).padStart(4, "0")}`;
}

/**
 * Does the batches that are not in the log yet, each whole or not at all: one after the other, as a local engine wants, or
 * `concurrency` at once. `work` may say which share of its batch is done; the last item counts when the batch is stored. After a failure
 * those in flight end, no new one begins, and the first failure is thrown. Where several processes share the batches it makes its own, and
 * returns when the others have made theirs.
 */
export async function finishBatches<T, R extends { readonly id: string }>(
  log: RecordLog<R>,
  batches: Iterable<Batch<T>> | AsyncIterable<Batch<T>>,
  advance: (items: number) => void,
  work: (items: readonly T[], onShare: (share: number) => void) => Promise<readonly R[]>,
  concurrency = 1,
): Promise<void> {
  const failures: unknown[] = [];
  const waiting = toStream(batches);
  const { share } = log;
  /** Of other clients. */
  const awaited: { readonly id: string; readonly length: number }[] = [];
  let number = 0;
  const worker = async (): Promise<void> => {
    while (failures.length === 0) {
      const { value: batch, done } = await waiting.next();
      if (done === true) return;
      if (share !== undefined && !isOwn(share, number++) && !log.isDone(batch.id)) {
        if (share.client !== "merge") {
          awaited.push({ id: batch.id, length: batch.items.length });
          continue;
        }
        await log.arrival(batch.id);
      }
      let told = 0;
      const advanceTo = (items: number): void => {
        if (items > told) advance(items - told);
        told = Math.max(told, items);
      };
      const { length } = batch.items;
      const onShare = (share: number): void => advanceTo(Math.min(length - 1, Math.floor(share * length)));
      if (!log.isDone(batch.id)) await log.append(batch.id, await work(batch.items, onShare));
      advanceTo(length);
    }
  };
  const runWorker = (): Promise<void> => worker().catch((error: unknown) => void failures.push(error));
  // Who merges looks ahead as far as all clients work at once.
  const workers = share?.client === "merge" ? share.of * concurrency + share.of : concurrency;
  await Promise.all(Array.from({ length: Math.max(1, workers) }, runWorker));
  if (failures.length > 0) throw failures[0];
  for (const { id, length } of awaited) {
    await log.arrival(id);
    advance(length);
  }
}

async function* toStream<T>(items: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T, undefined, undefined> {
  yield* items;
}

/** Every record of a log, in id order. */
export async function collect<R extends { readonly id: string }>(log: RecordLog<R>): Promise<R[]> {
  return Array.fromAsync(log.all());
}
