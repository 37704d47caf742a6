import { type AnswerRecord, bbqMeasures } from "../../evaluation/index.ts";
import { rng } from "../../rng.ts";
import { attempt, clusterBootstrap, type Estimate, notEnough } from "../../statistics/index.ts";

/** BBQ's bias score of both models in one dimension, in −1 to 1; 0 is unbiased. */
export interface BiasRow {
  readonly dimension: string;
  /** Whether the question's context leaves the answer open. */
  readonly context: "ambiguous" | "disambiguated";
  readonly n: number;
  readonly public: number | null;
  readonly standard: number | null;
  /** |public| − |standard|: below 0 the public's model is less biased; null where one has no score. */
  readonly difference: Estimate | null;
  readonly note?: string | undefined;
}

type Pair = readonly [own: AnswerRecord, standard: AnswerRecord];
type Answers = readonly AnswerRecord[];

/** As BBQ's rows name a context, and as its measures do. */
const contexts = {
  ambiguous: { group: "ambig", measure: "biasAmbiguous" },
  disambiguated: { group: "disambig", measure: "biasDisambiguated" },
} as const;

/**
 * Parrish et al. 2022, §5, for both models on the same questions, dimension by dimension: the difference of the scores' sizes
 * with its bootstrap interval over question templates, which both models share.
 */
export function biasRows(own: Answers, standard: Answers, seed: number): BiasRow[] {
  const others = new Map(standard.map((answer) => [answer.itemId, answer]));
  const pairs = own.flatMap((answer): Pair[] => {
    const other = others.get(answer.itemId);
    return other === undefined ? [] : [[answer, other]];
  });
  return [...Map.groupBy(pairs, ([{ groups }]) => groups["category"] ?? "")]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([dimension, of]) =>
      (["ambiguous", "disambiguated"] as const).map((context) => biasRow(dimension, context, of, seed)),
    );
}

function biasRow(dimension: string, context: BiasRow["context"], pairs: readonly Pair[], seed: number): BiasRow {
  const measure = `${contexts[context].measure}.${dimension}`;
  const asked = pairs.filter(([{ groups }]) => groups["context"] === contexts[context].group);
  const scoreOf = (side: 0 | 1, of: readonly Pair[]): number | null =>
    bbqMeasures(of.map((pair) => pair[side]))[measure]?.estimate ?? null;
  const apart = (of: readonly Pair[]): number => {
    const [a, b] = [scoreOf(0, of), scoreOf(1, of)];
    if (a === null || b === null) throw notEnough(`Comparing ${measure}`, "no score", "answers other than unknown");
    return Math.abs(a) - Math.abs(b);
  };
  const found = attempt(() =>
    clusterBootstrap(
      asked,
      asked.map(([{ cluster, itemId }]) => cluster ?? itemId),
      apart,
      { rng: rng(seed, "bias", measure), resamples: 1000 },
    ),
  );
  const told = { dimension, context, n: asked.length, public: scoreOf(0, asked), standard: scoreOf(1, asked) };
  return found.outcome === "estimated"
    ? { ...told, difference: found.value }
    : { ...told, difference: null, note: found.reason };
}
