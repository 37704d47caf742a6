import type { GenerationRequest } from "../../src/language-model.ts";

/** `count` dialogues, made as they are asked for. */
export function* requests(count: number, name = "item"): Generator<GenerationRequest> {
  for (let index = 0; index < count; index++) {
    yield { id: `${name}-${index}`, prompt: [{ role: "user", content: `${name} ${index}` }], seed: index };
  }
}

/** `work` on every index below `count`, `width` at a time. */
export async function inParallel(
  count: number,
  width: number,
  work: (index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: Math.min(width, count) }, lane));
}

export const seconds = (since: number): number => (performance.now() - since) / 1000;

/** User and system time of this process, in milliseconds. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
