import { PreceptError } from "../../errors.ts";
import { hash32 } from "../../rng.ts";
import { contentHash, IdSet } from "../../storage/index.ts";
import type { Benchmark, Task } from "./types.ts";

/**
 * `n` tasks, or the tasks of `n` clusters, of a stream, the same for every model: those whose id hashes lowest under the seed; all of them without `n`.
 * In id order. @returns the tasks and how many there were.
 */
export async function takeTasks(
  tasks: AsyncIterable<Task>,
  n: number | undefined,
  seed: number,
  sampleBy: Benchmark["sampleBy"] = "item",
): Promise<{ readonly tasks: readonly Task[]; readonly available: number }> {
  const kept: Kept[] = [];
  let available = 0;
  const ids = new IdSet();
  for await (const task of tasks) {
    available += 1;
    if (!ids.add(`${task.groups["split"] ?? ""}/${task.id}`)) throw repeatedId(task.id);
    const unit = sampleBy === "cluster" ? (task.cluster ?? task.id) : task.id;
    kept.push({ task, unit, key: n === undefined ? 0 : hash32(`${seed}\u001f${unit}`) });
    if (n !== undefined && sampleBy === "item" && kept.length > 4 * n + 1000) trim(kept, n);
  }
  if (n !== undefined) trim(kept, n);
  return { tasks: kept.map(({ task }) => task).sort((a, b) => (a.id < b.id ? -1 : 1)), available };
}

function repeatedId(id: string): PreceptError {
  return new PreceptError("input-invalid", {
    attempted: "Reading the items of a benchmark",
    found: `the id ${id} twice`,
    expected: "each item once",
    remedy: "give one copy of the data, and as one file where rows have no ids",
  });
}

interface Kept {
  readonly task: Task;
  readonly unit: string;
  readonly key: number;
}

/** Leaves the `n` units whose keys are lowest. */
function trim(kept: Kept[], n: number): void {
  kept.sort((a, b) => a.key - b.key || (a.unit < b.unit ? -1 : 1));
  const units = new Set<string>();
  const end = kept.findIndex(({ unit }) => units.add(unit).size > n);
  if (end >= 0) kept.length = end;
}

/** Hash of what is asked: ids, groups and questions. */
export function hashTasks(tasks: readonly Task[]): string {
  return contentHash(tasks.map(({ id, groups, questions }) => [id, groups, questions({ canScore: false })]));
}
