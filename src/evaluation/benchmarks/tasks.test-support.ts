import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { findFiles } from "../benchmark/files.ts";
import type { Scored } from "../benchmark/measures.ts";
import type { Benchmark, Reply, Task } from "../benchmark/types.ts";

/** Writes rows in a benchmark's documented format and loads its tasks. */
export async function tasksOf(benchmark: Benchmark, files: Readonly<Record<string, string>>): Promise<Task[]> {
  const root = await mkdtemp(join(tmpdir(), "precept-benchmarks-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
  return Array.fromAsync(benchmark.load(findFiles(benchmark, [root])));
}

export const chosen = (...probabilities: number[]): Reply => ({ ask: "choose", probabilities, method: "logprobs" });
export const said = (text: string): Reply => ({ ask: "generate", text, finishReason: "stop" });
export const scored = (task: Task | undefined, ...replies: Reply[]): Scored => ({
  groups: task?.groups ?? {},
  values: task?.score(replies) ?? {},
  cluster: task?.cluster === undefined ? undefined : task.cluster,
});
