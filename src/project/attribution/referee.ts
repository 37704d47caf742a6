import { join } from "node:path";
import {
  AttributionIndex,
  bestOf,
  buildIndex,
  type Judgement,
  judgeMethods,
  methodNames,
  retrainHalves,
  type Scores,
  type ScoreTable,
} from "../../attribution/index.ts";
import { PreceptError } from "../../errors.ts";
import type { Progress } from "../../progress/index.ts";
import { rng } from "../../rng.ts";
import { writeWhole } from "../../storage/index.ts";
import { findAttributed, loadAttributed } from "./place.ts";
import { drawAnswers, readMeasuredAnswers } from "./queries.ts";
import { recipeOf } from "./recipe.ts";

export interface RefereeOptions {
  /** Retrainings on random halves. Default 40. */
  readonly retrainings?: number | undefined;
  /** Of these halves, how many are trained once more in another order, for the ceiling. Default half of them. */
  readonly twice?: number | undefined;
  /** Answers that are foretold. Default 60; a third of them chooses the damping, the rest is reported. */
  readonly queries?: number | undefined;
  /** Only what an index says: no influence without a projection, and no other damping. */
  readonly quick?: boolean | undefined;
  readonly seed?: number | undefined;
  readonly rebuild?: boolean | undefined;
  readonly command: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

export interface Refereed extends Judgement {
  readonly run: string;
  readonly trained: string;
  readonly examples: number;
  /** Chosen on queries that are not reported; absent where none was. */
  readonly damping?: number | undefined;
  /** Where the retrainings stand. */
  readonly folder: string;
}

/** λ over the mean eigenvalue: the published tenth, and up to where curvature no longer matters. */
const dampings = [0.1, 1, 10, 100, 1000] as const;

/**
 * Retrains on random halves of the training examples and says how well each method foretold what came of it. Goes on after an
 * interruption, one retraining at a time. @throws PreceptError as attribution and training do; run-invalid where the retrainings in the folder are of
 * others.
 */
export async function refereeMethods(place: string, options: RefereeOptions): Promise<Refereed> {
  const { retrainings = 40, queries: count = 60, quick = false, seed = 1 } = options;
  const { rebuild, command, progress, signal } = options;
  const { twice = Math.ceil(retrainings / 2) } = options;
  const leastQueries = quick ? 2 : 6;
  if (retrainings < 4 || count < leastQueries) {
    throw new PreceptError("usage", {
      attempted: "Judging methods of attribution",
      found: `${retrainings} retrainings and ${count} answers`,
      expected: `at least 4 and ${leastQueries}: a third of the answers chooses the damping, and intervals want two of each`,
      remedy: quick ? "more of them" : "more of them, or --quick",
    });
  }
  const found = findAttributed(place);
  const model = await loadAttributed(found);
  const answers = await readMeasuredAnswers(found.run, found.trained.replace("/", "-"));
  const queries = drawAnswers(answers, count, seed);
  const folder = join(found.run.folder, "attribution", `referee-${found.trained.replaceAll("/", "-")}`);
  await buildIndex(found.index, model, { rebuild, command, progress, signal });
  progress.start("attribution", "retraining on random halves", retrainings + twice, "retrainings");
  const trained = await retrainHalves({
    ...{ folder, recipe: recipeOf(found.run), examples: model.examples, queries, seed, command, signal },
    sets: [retrainings, twice],
    onRetraining: () => progress.advance(1),
  });
  const index = await AttributionIndex.open(found.index, model);
  try {
    // Halves are drawn by the order of the run's examples; an index has its own.
    const places = new Map(index.examples.map(({ id }, place) => [id, place]));
    const inOrder = (scores: ArrayLike<number>): Float64Array =>
      Float64Array.from(model.examples, ({ id }) => scores[places.get(id) ?? -1] ?? 0);
    const scored: Required<Scores>[] = [];
    for (const query of queries) scored.push(await index.score(query));
    const exactly = async (
      damping: number | "none",
      some: readonly (typeof queries)[number][],
    ): Promise<ScoreTable> => {
      progress.start(
        "attribution",
        `influence without projection, damping ${damping}`,
        index.examples.length,
        "examples",
      );
      const rows = await index.scoreExactly(some, { damping, signal, onExamples: (n) => progress.advance(n) });
      return rows.map(inOrder);
    };
    const own = { examples: model.examples.length, seed };
    const third = quick ? 0 : Math.floor(queries.length / 3);
    let damping: number | undefined;
    const methods = new Map<string, ScoreTable>();
    if (!quick) {
      const tuned = new Map<string, ScoreTable>();
      for (const one of dampings) tuned.set(String(one), await exactly(one, queries.slice(0, third)));
      const tuning = judgeMethods(tuned, trained, { ...own, queries: queries.slice(0, third).map((_, i) => i) });
      damping = Number(bestOf(tuning.rows)?.method ?? dampings[0]);
      for (const one of new Set([damping, dampings[0], "none"] as const)) {
        const name = one === "none" ? "gradients, exact" : `ekfac, exact, damping ${one}`;
        methods.set(name, await exactly(one, queries));
      }
    }
    const random = rng(seed, "attribution", "random");
    for (const name of methodNames)
      methods.set(
        name,
        scored.map((scores) => inOrder(scores[name])),
      );
    methods.set(
      "random",
      queries.map(() => model.examples.map(() => random.normal())),
    );
    const judged = judgeMethods(methods, trained, { ...own, queries: queries.map((_, i) => i).slice(third) });
    const { run } = found;
    const result: Refereed = {
      ...judged,
      ...{ run: run.name, trained: found.trained, examples: model.examples.length, damping, folder },
    };
    writeWhole(join(folder, "referee.json"), `${JSON.stringify(result, null, 2)}\n`);
    return result;
  } finally {
    progress.finish();
    await index.dispose();
  }
}
