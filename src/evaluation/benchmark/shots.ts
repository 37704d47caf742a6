import { z } from "zod";
import { contentHash } from "../../storage/index.ts";
import { readRows } from "./rows.ts";
import type { Benchmark, Question, Task } from "./types.ts";

const shotSchema = z.object({ prompt: z.string().min(1), response: z.string().min(1) });

/** A question with its answer, shown before every question of a benchmark. */
export type Shot = z.infer<typeof shotSchema>;

/** Rows of {prompt, response}, in their order. @throws PreceptError as `readRows`. */
export async function readShots(path: string): Promise<Shot[]> {
  const shots: Shot[] = [];
  const otherNames = { response: ["completion", "answer"], prompt: ["question", "request"] };
  for await (const { value } of readRows(path, shotSchema, { otherNames })) shots.push(value);
  return shots;
}

/** The same benchmark with examples before every question; as its version says, so that nothing is taken for what was asked without. */
export function withShots(benchmark: Benchmark, shots: readonly Shot[]): Benchmark {
  if (shots.length === 0) return benchmark;
  return {
    ...benchmark,
    version: `${benchmark.version}+${shots.length}-shots-${contentHash(shots).slice(0, 8)}`,
    async *load(files, drop) {
      for await (const task of benchmark.load(files, drop)) yield taskWithShots(task, shots);
    },
  };
}

/** How many examples stood before the questions of a benchmark of this version. */
export const shotsIn = (version: string): number => Number(/\+(\d+)-shots-/u.exec(version)?.[1] ?? 0);

/** A benchmark's own version, whatever examples stood before its questions. */
export const versionWithoutShots = (version: string): string => version.replace(/\+\d+-shots-[0-9a-f]+$/u, "");

function taskWithShots(task: Task, shots: readonly Shot[]): Task {
  return {
    ...task,
    questions: (context) => task.questions(context).map((question) => questionWithShots(question, shots)),
  };
}

function questionWithShots(question: Question, shots: readonly Shot[]): Question {
  if (question.ask === "score") {
    const shown = shots.map(({ prompt, response }) => `${prompt} ${response}\n\n`);
    return { ...question, prompt: `${shown.join("")}${question.prompt}` };
  }
  const turns = shots.flatMap(({ prompt, response }) => [
    { role: "user" as const, content: prompt },
    { role: "assistant" as const, content: response },
  ]);
  const first = question.messages.findIndex(({ role }) => role !== "system");
  const at = first < 0 ? question.messages.length : first;
  return { ...question, messages: [...question.messages.slice(0, at), ...turns, ...question.messages.slice(at)] };
}
