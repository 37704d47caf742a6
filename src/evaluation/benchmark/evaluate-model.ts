import type { LanguageModel } from "../../language-model.ts";
import type { AnswerRecord } from "../records.ts";
import { type AnswerOptions, answerTrials, trialsOf } from "./answer.ts";
import { type BenchmarkResult, summarise } from "./measures.ts";
import { toScored } from "./records.ts";
import type { Render } from "./subject.ts";
import type { Benchmark, Found, Task } from "./types.ts";

export interface EvaluationOptions {
  readonly seed: number;
  /** In the records; default the model's id. */
  readonly name?: string;
  /** For models that take text alone. */
  readonly render?: Render | undefined;
  /** Answers per item, default 1. */
  readonly samples?: number;
  /** The benchmark's files, as `findFiles` gives them; default none. */
  readonly files?: Found;
  /** Leaves out tasks; default none. */
  readonly accept?: (task: Task) => boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A benchmark without judge or attacker on an open model, in memory: for tests and short programs. `runBenchmark` keeps
 * what it asks on disk. @throws PreceptError as `answerTrials` and `summarise`.
 */
export async function evaluateModel(
  model: LanguageModel,
  benchmark: Benchmark,
  options: EvaluationOptions,
): Promise<{ readonly answers: readonly AnswerRecord[]; readonly result: BenchmarkResult }> {
  const { seed, name = model.id, render, samples = 1, files = [], accept = () => true, signal } = options;
  const tasks = (await Array.fromAsync(benchmark.load(files))).filter(accept);
  const how: AnswerOptions = {
    stage: "evaluate",
    benchmark,
    subject: { name, render },
    constitutionHash: "",
    seed,
    signal,
    templateVersion: `${benchmark.id}-${benchmark.version}`,
    temperature: benchmark.temperature,
  };
  const answers = await answerTrials(model, trialsOf(tasks, samples), how);
  const scored = answers.map((answer) => toScored(answer, samples));
  return { answers, result: summarise(scored, benchmark.metrics, benchmark.derive) };
}
