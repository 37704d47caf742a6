import { join } from "node:path";
import {
  AttributionIndex,
  buildIndex,
  findProponents,
  type MethodName,
  orderBy,
  type Query,
  readOutputs,
  retrain,
  type TrainingExample,
} from "../../attribution/index.ts";
import { keepForgotten } from "../../inside/index.ts";
import { omitUndefined } from "../../omit-undefined.ts";
import { rng } from "../../rng.ts";
import { makeFolder, takeLock } from "../../storage/index.ts";
import { type AttributeOptions, answerOf } from "./attribute.ts";
import { findAttributed, loadAttributed } from "./place.ts";
import { drawAnswers, type MeasuredAnswer, promptIn, readMeasuredAnswers } from "./queries.ts";
import { recipeOf } from "./recipe.ts";

export interface ForgetOptions
  extends Pick<
    AttributeOptions,
    "prompt" | "answer" | "method" | "seed" | "rebuild" | "command" | "progress" | "signal"
  > {
  /** Examples that are left out. Default 50. */
  readonly without?: number | undefined;
  /** Answers of the run's evaluation to requests that the same principle governs. Default 40. */
  readonly siblings?: number | undefined;
}

/** What became of the answers after training without some examples. */
export interface WithoutExamples {
  readonly left: "none" | "nearest" | "random";
  /** log P(answer | prompt), nats. */
  readonly logprob: number;
  /** Mean of the siblings' by where their requests come from: unseen words, unseen templates, … */
  readonly siblings: Readonly<Record<string, { readonly logprob: number; readonly n: number }>>;
}

export interface Forgotten {
  readonly run: string;
  readonly trained: string;
  readonly request: string;
  readonly response: string;
  readonly method: MethodName;
  readonly without: number;
  /** The principle that most of the nearest examples go back to; siblings are governed by it. */
  readonly principle: string | undefined;
  readonly rows: readonly WithoutExamples[];
}

/**
 * Memorised or general: fine-tunes anew on all examples, without those that pushed an answer up most, and without as many random
 * ones, and asks how likely the answer is then, and how likely the answers to other requests under the same principle.
 * @throws PreceptError as attribution and training do.
 */
export async function forgetNearest(place: string, options: ForgetOptions): Promise<Forgotten> {
  const {
    method = "ekfac",
    without = 50,
    siblings: count = 40,
    seed = 1,
    rebuild,
    command,
    progress,
    signal,
  } = options;
  const found = findAttributed(place);
  const model = await loadAttributed(found);
  await buildIndex(found.index, model, { rebuild, command, progress, signal });
  const { request, response } = await answerOf(found, options.prompt, options.answer, { seed, signal });
  const query: Query = { prompt: promptIn(found.run, [{ role: "user", content: request }]), completion: response };
  const index = await AttributionIndex.open(found.index, model);
  const scores = await index.score(query).finally(() => index.dispose());
  const nearest = findProponents(index.examples, scores, { method, top: without }).map(({ example }) => example);
  const principle = mostCommon(nearest.flatMap(({ principles }) => principles));
  const siblings = await readSiblings(found.run, found.trained, principle, count, seed);
  const random = rng(seed, "attribution", "left out").shuffle(model.examples).slice(0, without);
  const folder = join(found.run.folder, "attribution", "forget");
  makeFolder(folder);
  const lock = takeLock(folder, command);
  const queries = [query, ...siblings];
  const describe = (
    left: WithoutExamples["left"],
    [logprob = Number.NaN, ...rest]: readonly number[],
  ): WithoutExamples => {
    const bySplit = Map.groupBy(rest.keys(), (i) => siblings[i]?.groups["split"] ?? "all");
    const means = [...bySplit].map(([split, members]) => {
      const sum = members.reduce((total, i) => total + (rest[i] ?? 0), 0);
      return [split, { logprob: sum / members.length, n: members.length }] as const;
    });
    return { left, logprob, siblings: Object.fromEntries(means) };
  };
  try {
    progress.start("attribution", "retraining without examples", 2, "retrainings");
    const rows = [describe("none", await readOutputs(found.checkpoint, queries))];
    for (const [left, gone] of [["nearest", nearest] as const, ["random", random] as const]) {
      const ids = new Set(gone.map(({ id }) => id));
      const kept: TrainingExample[] = model.examples.filter(({ id }) => !ids.has(id));
      const work = { folder: join(folder, "work"), ...omitUndefined({ signal }) };
      rows.push(describe(left, await retrain(recipeOf(found.run), kept, queries, work)));
      progress.advance(1);
    }
    const { run, trained } = found;
    const forgotten: Forgotten = { run: run.name, trained, request, response, method, without, principle, rows };
    keepForgotten(run.folder, forgotten);
    return forgotten;
  } finally {
    progress.finish();
    lock.release();
  }
}

async function readSiblings(
  run: Parameters<typeof readMeasuredAnswers>[0],
  trained: string,
  principle: string | undefined,
  count: number,
  seed: number,
): Promise<MeasuredAnswer[]> {
  if (run.stage("evaluate") === undefined) return [];
  const answers = await readMeasuredAnswers(run, trained.replace("/", "-"));
  return drawAnswers(
    answers.filter(({ groups }) => groups["principle"] === principle),
    count,
    seed,
  );
}

function mostCommon(values: readonly string[]): string | undefined {
  const counts = [...Map.groupBy(values, (value) => value)];
  const [place] = orderBy(
    counts.map(([, own]) => own.length),
    false,
  );
  return place === undefined ? undefined : counts[place]?.[0];
}
