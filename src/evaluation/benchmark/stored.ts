import { basename } from "node:path";
import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { findNamedOption, splitReasoning } from "../../reading/index.ts";
import { contentHash } from "../../storage/index.ts";
import type { FileVersion } from "./files.ts";
import { type BenchmarkResult, type Scored, summarise } from "./measures.ts";
import { readRows } from "./rows.ts";
import type { BenchmarkSummary } from "./summary.ts";
import type { Benchmark, Question, Reply, Task } from "./types.ts";

/** Texts and numbers are ids, and nothing else. */
export const idSchema = z.union([z.string().min(1), z.number()]).transform(String);
const storedSchema = z.object({ id: idSchema, response: z.string() });

/** A benchmark whose items were answered elsewhere. */
export interface StoredJob {
  readonly benchmark: Benchmark;
  readonly tasks: readonly Task[];
  readonly versions: readonly FileVersion[];
  readonly available: number;
  readonly dropped?: Readonly<Record<string, number>> | undefined;
}

/** "v2-017" and "17" are one item: copies of a benchmark pad and prefix its ids in their own ways. */
function plainId(id: string): string {
  return id.replace(/^v\d+-/, "").replace(/^0+(?=\d)/, "");
}

/**
 * Scores answers that were got elsewhere, {id, response} a line, several a task where it was asked several times. Only the
 * values are held, not the texts. @throws PreceptError input-invalid for an id of no task; what `summarise` throws.
 */
export async function scoreStored(
  benchmark: Benchmark,
  tasks: readonly Task[],
  path: string,
): Promise<{ readonly result: BenchmarkResult; readonly answers: number; readonly unanswered: number }> {
  const known = new Map(
    tasks.map((task) => [plainId(task.id), { task, question: task.questions({ canScore: false })[0] }]),
  );
  // Answers of one task that show the same share one row, so that a hundred thousand of them stay small.
  const distinct = new Map<string, { readonly id: string; row: Scored }>();
  const answers: { readonly id: string; readonly row: Scored }[] = [];
  for await (const { value, where } of readRows(path, storedSchema, {
    otherNames: { response: ["completion", "answer"] },
  })) {
    const found = known.get(plainId(value.id));
    if (found === undefined) throw noTask(benchmark, where, value.id);
    const { task, question } = found;
    const { id, cluster, groups } = task;
    const values = task.score([storedReply(question, splitReasoning(value.response).text)]);
    const key = `${id} ${JSON.stringify(values)}`;
    const answer = distinct.get(key) ?? { id, row: { groups, values, cluster } };
    distinct.set(key, answer);
    answers.push(answer);
  }
  const answered = new Set([...distinct.values()].map(({ id }) => id)).size;
  if (answered < answers.length) {
    for (const answer of distinct.values()) answer.row = { ...answer.row, cluster: answer.row.cluster ?? answer.id };
  }
  const rows = answers.map(({ row }) => row);
  return {
    result: summarise(rows, benchmark.metrics, benchmark.derive),
    answers: rows.length,
    unanswered: tasks.length - answered,
  };
}

/** A stored text as the reply to a question: an option that it names is the choice, and anything else is none. */
function storedReply(question: Question | undefined, response: string): Reply {
  if (question?.ask !== "choose") return { ask: "generate", text: response, finishReason: "stop" };
  const place = findNamedOption(response, question.options);
  const probabilities = question.options.map((_, index) => (index === place ? 1 : 0));
  return { ask: "choose", probabilities, method: "votes", ...(place === undefined ? { missing: "unparsable" } : {}) };
}

function noTask({ id }: Benchmark, where: string, item: string): PreceptError {
  return new PreceptError("input-invalid", {
    attempted: `Scoring stored answers at ${where}`,
    found: `the id ${item}, which no item of ${id} has`,
    expected: "ids of the benchmark's own items",
    remedy: "give --data with the version of the benchmark that was answered, and no --n",
  });
}

/** What a benchmark says about answers that were got elsewhere, in the form of any other. @throws PreceptError as `scoreStored`. */
export async function summariseStored(
  { benchmark, tasks, versions, available, dropped }: StoredJob,
  path: string,
): Promise<BenchmarkSummary> {
  const started = performance.now();
  const { result, answers, unanswered } = await scoreStored(benchmark, tasks, path);
  const { id, version, about } = benchmark;
  return {
    benchmark: id,
    version,
    title: about.title,
    subject: basename(path),
    judge: null,
    metric: contentHash({ benchmark: id, version, judge: null }),
    data: versions.map(({ path: file, sha256, version: known }) => ({ path: basename(file), sha256, version: known })),
    ...{
      available,
      samples: Math.max(1, Math.round(answers / tasks.length)),
      missing: unanswered === 0 ? {} : { "not among the stored answers": unanswered },
    },
    dropped: dropped === undefined ? undefined : { ...dropped },
    items: result.items,
    metrics: { ...result.metrics },
    by: {},
    seconds: (performance.now() - started) / 1000,
    tokens: 0,
  };
}
