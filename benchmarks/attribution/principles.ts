import { AttributionIndex, buildIndex, meanOfStrongerHalf, methodNames } from "../../src/attribution/index.ts";
import type { Progress } from "../../src/progress/index.ts";
import {
  drawAnswers,
  findAttributed,
  loadAttributed,
  type MeasuredAnswer,
  readMeasuredAnswers,
} from "../../src/project/index.ts";
import { type Estimate, wilson } from "../../src/statistics/index.ts";

/** How the scores of a principle's examples become one number. */
const aggregates = {
  sum: (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0),
  mean: (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length,
  "stronger half": meanOfStrongerHalf,
  "ten strongest": (values: readonly number[]) => {
    const strongest = [...values].sort((a, b) => b - a).slice(0, 10);
    return strongest.reduce((sum, value) => sum + value, 0) / strongest.length;
  },
} as const;

/** Influence over the root of the example's own: ℓ-RelatIF (Barshan et al. 2020); products over the length of its gradient (Xia et al. 2024). */
const divided = { "ekfac, over √ self-influence": "ekfac", "tracin, over ‖∇ℓ(z)‖": "tracin" } as const;

export interface PrincipleFigures {
  readonly trained: string;
  readonly answers: number;
  /** Others, on which the aggregate was chosen. */
  readonly development?: number;
  readonly principles: number;
  readonly examples: number;
  /** Whether the governing principle ranks first, by method and aggregate. */
  readonly rows: readonly {
    readonly method: string;
    readonly aggregate: string;
    readonly first: Estimate;
    readonly medianRank: number;
    /** The same of the refusals that the aggregate was chosen on. */
    readonly development?: Estimate;
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
  const reported = drawAnswers(refusals, items, 1);
  const isReported = new Set(reported.map(({ id }) => id));
  const others = drawAnswers(
    refusals.filter(({ id }) => !isReported.has(id)),
    Math.round(0.6 * items),
    2,
  );
  const index = await AttributionIndex.open(found.index, model);
  try {
    const ids = [...new Set(index.examples.flatMap(({ principles }) => principles))].sort();
    const members = ids.map((id) =>
      index.examples.flatMap(({ principles }, i) => (principles.includes(id) ? [i] : [])),
    );
    const { influences, squares } = index.readings();
    const norms = { ekfac: influences.map(Math.sqrt), tracin: squares.map(Math.sqrt) };
    progress.start("attribution", "refusals", reported.length + others.length, "answers");
    /** Places of the governing principle, by method and aggregate. */
    const ranksOf = async (answers: readonly MeasuredAnswer[]): Promise<Map<string, number[]>> => {
      const ranks = new Map<string, number[]>();
      for (const answer of answers) {
        const scores = await index.score(answer);
        const rows: [string, Float64Array][] = methodNames.map((name) => [name, scores[name]]);
        for (const [name, method] of Object.entries(divided))
          rows.push([name, scores[method].map((score, i) => score / (norms[method][i] || 1))]);
        for (const [method, row] of rows) {
          for (const [aggregate, read] of Object.entries(aggregates)) {
            const values = members.map((places) => read(places.map((i) => row[i] ?? 0)));
            const own = values[ids.indexOf(answer.groups["principle"] ?? "")] ?? Number.NEGATIVE_INFINITY;
            const key = `${method}/${aggregate}`;
            ranks.set(key, [...(ranks.get(key) ?? []), 1 + values.filter((value) => value > own).length]);
          }
        }
        progress.advance(1);
      }
      return ranks;
    };
    const [ranks, chosen] = [await ranksOf(reported), await ranksOf(others)];
    const firstOf = (own: readonly number[]): Estimate => wilson(own.filter((rank) => rank === 1).length, own.length);
    const rows = [...ranks].map(([key, unsorted]) => {
      const [method = "", aggregate = ""] = key.split("/");
      const own = [...unsorted].sort((a, b) => a - b);
      const medianRank = own[Math.floor((own.length - 1) / 2)] ?? 0;
      return { method, aggregate, first: firstOf(own), medianRank, development: firstOf(chosen.get(key) ?? []) };
    });
    const { length: examples } = index.examples;
    return {
      ...{ trained: found.trained, answers: reported.length, development: others.length },
      ...{ principles: ids.length, examples, rows },
    };
  } finally {
    await index.dispose();
  }
}
