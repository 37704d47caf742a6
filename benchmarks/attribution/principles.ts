import {
  AttributionIndex,
  buildIndex,
  type MethodName,
  methodNames,
  type Scores,
} from "../../src/attribution/index.ts";
import type { Progress } from "../../src/progress/index.ts";
import { drawAnswers, findAttributed, loadAttributed, readMeasuredAnswers } from "../../src/project/index.ts";
import { type Estimate, wilson } from "../../src/statistics/index.ts";

/** How the examples of a principle become one number: all of them added up, their mean, or the mean of its ten strongest. */
const aggregates = ["sum", "mean", "ten strongest"] as const;

export interface PrincipleFigures {
  readonly trained: string;
  readonly answers: number;
  readonly principles: number;
  readonly examples: number;
  /** Whether the governing principle ranks first, by method and aggregate. */
  readonly rows: readonly {
    readonly method: MethodName;
    readonly aggregate: (typeof aggregates)[number];
    readonly first: Estimate;
    readonly medianRank: number;
  }[];
}

/** Of refusals that keep the principle which governs their request: how often that principle ranks first. */
export async function measurePrinciples(
  place: string,
  { items, progress, command }: { readonly items: number; readonly progress: Progress; readonly command: string },
): Promise<PrincipleFigures> {
  const found = findAttributed(place);
  const model = await loadAttributed(found);
  await buildIndex(found.index, model, { progress, command });
  const answers = await readMeasuredAnswers(found.run, found.trained.replace("/", "-"));
  const refusals = answers.filter(
    ({ groups, values }) =>
      groups["side"] === "governed" && values["refusal"] === true && values["violation"] === false,
  );
  const drawn = drawAnswers(refusals, items, 1);
  const index = await AttributionIndex.open(found.index, model);
  try {
    const ids = [...new Set(index.examples.flatMap(({ principles }) => principles))].sort();
    const members = ids.map((id) =>
      index.examples.flatMap(({ principles }, i) => (principles.includes(id) ? [i] : [])),
    );
    const ranks = new Map<string, number[]>();
    progress.start("attribution", "refusals", drawn.length, "answers");
    for (const answer of drawn) {
      const scores = await index.score(answer);
      for (const [key, sums] of aggregate(scores, members)) {
        const place = ids.indexOf(answer.groups["principle"] ?? "");
        const own = sums[place] ?? Number.NEGATIVE_INFINITY;
        ranks.set(key, [...(ranks.get(key) ?? []), 1 + sums.filter((sum) => sum > own).length]);
      }
      progress.advance(1);
    }
    const rows = methodNames.flatMap((method) =>
      aggregates.map((aggregate) => {
        const own = (ranks.get(`${method}/${aggregate}`) ?? []).sort((a, b) => a - b);
        const first = wilson(own.filter((rank) => rank === 1).length, own.length);
        return { method, aggregate, first, medianRank: own[Math.floor((own.length - 1) / 2)] ?? 0 };
      }),
    );
    const { length: examples } = index.examples;
    return { trained: found.trained, answers: drawn.length, principles: ids.length, examples, rows };
  } finally {
    await index.dispose();
  }
}

function* aggregate(scores: Required<Scores>, members: readonly (readonly number[])[]): Generator<[string, number[]]> {
  for (const method of methodNames) {
    const own = members.map((places) => places.map((i) => scores[method][i] ?? 0));
    const sums = own.map((values) => values.reduce((sum, value) => sum + value, 0));
    yield [`${method}/sum`, sums];
    yield [`${method}/mean`, sums.map((sum, place) => sum / (own[place]?.length ?? 1))];
    const strongest = own.map((values) => values.sort((a, b) => b - a).slice(0, 10));
    yield [
      `${method}/ten strongest`,
      strongest.map((values) => values.reduce((sum, value) => sum + value, 0) / values.length),
    ];
  }
}
