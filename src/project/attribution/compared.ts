import { existsSync } from "node:fs";
import { join } from "node:path";
import { attributeToComparisons, orderBy, type PreferenceTraining, type Query } from "../../attribution/index.ts";
import { omitUndefined } from "../../omit-undefined.ts";
import type { Progress } from "../../progress/index.ts";
import type { LabelledPair } from "../../stages/index.ts";
import type { PreferenceExample } from "../../training/index.ts";
import { encodeExample, encodePairs } from "../../training/local/index.ts";
import { type Checkpoint, checkpointHash, loadCheckpoint, SCALAR_HEAD, Transformer } from "../../transformer/index.ts";
import type { AttributedPlace } from "./place.ts";
import { dpoRecipeOf, preferenceRecipeOf } from "./preference-recipe.ts";
import { initialOf } from "./recipe.ts";
import { feedbackRecords, trainedPairs } from "./trained-pairs.ts";

/** A comparison with what training on it did for an answer. */
export interface ComparedInfluence {
  readonly id: string;
  readonly request: string;
  readonly responses: readonly [string, string];
  /** P(first is better). */
  readonly label: number;
  /** Those that told the answers apart, the clearest first. */
  readonly principles: readonly string[];
  /** Of the answer's score under the preference model, or with DPO of log P(answer). */
  readonly influence: number;
}

/** What the stage after SL-CAI learned from, for an answer of its policy. */
export interface ComparedAnswer {
  readonly stage: "preference-model" | "dpo";
  readonly comparisons: number;
  readonly proponents: readonly ComparedInfluence[];
  readonly opponents: readonly ComparedInfluence[];
  readonly notes: readonly string[];
}

interface CompareOptions {
  readonly top: number;
  readonly seed: number;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Traces an answer of RL-CAI or DPO to the comparisons: of RL-CAI, what moved the score that the preference model gives it; of DPO,
 * what moved its probability. Undefined for answers of SL-CAI, and where the comparisons, or the model that learned from them, are not here.
 */
export async function compareAnswer(
  place: AttributedPlace,
  query: Query,
  options: CompareOptions,
): Promise<ComparedAnswer | undefined> {
  const { run, answering } = place;
  if (answering !== "rl-cai" && answering !== "dpo") return undefined;
  const stage = answering === "dpo" ? "dpo" : "preference-model";
  const folder = join(run.folder, stage, "checkpoint");
  if (!existsSync(folder) || !existsSync(feedbackRecords(run))) return undefined;
  const checkpoint = await loadCheckpoint(folder);
  const opened =
    stage === "dpo" ? await openDpo(place, checkpoint, query) : await openPreference(place, checkpoint, query);
  const { labelled, training, notes } = opened;
  const { top, seed, progress, signal } = options;
  const onPasses = (passes: number): void =>
    progress.start("attribution", "gradients of comparisons", passes * labelled.length, "comparisons");
  const scores = await attributeToComparisons(checkpoint, training, {
    ...{ seed, hash: await checkpointHash(folder), folder: join(run.folder, "attribution", `comparisons-${stage}`) },
    ...{ signal, onPasses, onExamples: (n: number) => progress.advance(n) },
  }).finally(() => progress.finish());
  const rowsOf = (order: readonly number[]): ComparedInfluence[] =>
    order.flatMap((i) => (labelled[i] === undefined ? [] : [describePair(labelled[i], scores[i] ?? 0)]));
  return {
    ...{ stage, comparisons: labelled.length, notes },
    proponents: rowsOf(orderBy(scores, false).slice(0, top)),
    opponents: rowsOf(orderBy(scores, true).slice(0, 1)),
  };
}

interface OpenedTraining {
  readonly labelled: readonly LabelledPair[];
  readonly training: PreferenceTraining;
  readonly notes: readonly string[];
}

const wanted = { attempted: "Tracing an answer to comparisons", fewest: 1 };

const asPair = ({ prompt, completion }: Query): PreferenceExample => ({
  ...{ id: "answer", prompt, responses: [completion, completion], label: 0.5, source: "harmlessness" },
});

async function openPreference(
  { run }: AttributedPlace,
  { config, tokenizer, weights }: Checkpoint,
  query: Query,
): Promise<OpenedTraining> {
  const { job, pairs } = preferenceRecipeOf(run);
  const labelled = await trainedPairs(run, pairs, wanted);
  const { lossWeights } = job;
  const encoded = encodePairs(
    labelled.map(({ example }) => example),
    tokenizer,
    config.contextLength,
    { ...omitUndefined({ lossWeights }) },
  );
  const [own] = encodePairs([asPair(query)], tokenizer, config.contextLength, {});
  const isNothing = weights.get(SCALAR_HEAD)?.data.every((value) => value === 0) === true;
  return {
    labelled,
    training: { objective: "preference-model", comparisons: encoded, answer: { tokens: own?.sequences[0] ?? [] } },
    notes: [
      "influence of comparisons is on the score that the preference model gives the answer: what RL made of that score is not traced",
      ...(isNothing ? ["the preference model scores every answer alike: it taught the policy nothing"] : []),
    ],
  };
}

async function openDpo(
  { run }: AttributedPlace,
  { config, tokenizer }: Checkpoint,
  query: Query,
): Promise<OpenedTraining> {
  const { beta, nllWeight, pairs } = dpoRecipeOf(run);
  const labelled = await trainedPairs(run, pairs, wanted);
  const examples = labelled.map(({ example }) => example);
  const encoded = encodePairs(examples, tokenizer, config.contextLength, { leavesOpen: true });
  const slCai = join(run.folder, "sl-cai", "checkpoint");
  const reference = await Transformer.load(existsSync(slCai) ? slCai : initialOf(run));
  try {
    const sequences = encoded.flatMap((pair) => [...pair.sequences]);
    const from = encoded.flatMap((pair) => [...pair.starts]);
    const logprobs = await reference.logprobs(sequences, { from });
    const sums = logprobs.map((own, i) => own.subarray(from[i]).reduce((sum, value) => sum + value, 0));
    const comparisons = encoded.map((pair, i) => ({
      ...pair,
      references: [sums[2 * i] ?? 0, sums[2 * i + 1] ?? 0] as const,
    }));
    return {
      labelled,
      training: { objective: "dpo", beta, comparisons, answer: encodeExample(tokenizer, { id: "answer", ...query }) },
      notes:
        nllWeight === 0
          ? []
          : [
              "influence of comparisons is by the loss of DPO: the likelihood of chosen answers, which it was given beside, is not traced",
            ],
    };
  } finally {
    await reference.dispose();
  }
}

function describePair({ record, example }: LabelledPair, influence: number): ComparedInfluence {
  const { id, prompt, responses, label } = example;
  const request = typeof prompt === "string" ? prompt : (prompt.at(-1)?.content ?? "");
  const principles = record.evidence
    .filter(({ probability }) => Math.abs(probability - 0.5) > 0.1)
    .sort((a, b) => Math.abs(b.probability - 0.5) - Math.abs(a.probability - 0.5))
    .map(({ principleId }) => principleId);
  return { id, request, responses, label, principles, influence };
}
