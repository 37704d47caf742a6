import { statSync } from "node:fs";
import {
  type AttributedExample,
  type AttributedModel,
  AttributionIndex,
  attributedStage,
  buildIndex,
  countAttributed,
  findProponents,
  type IndexSettings,
  type MethodName,
  methodsOf,
  type PrincipleInfluence,
  type Query,
  readTrainingExamples,
  type Scores,
  scoreRecords,
  sumByPrinciple,
  type TrainingExample,
} from "../../attribution/index.ts";
import { PreceptError } from "../../errors.ts";
import { keepAnswer } from "../../inside/index.ts";
import type { Progress } from "../../progress/index.ts";
import { readConstitution } from "../../report/index.ts";
import { readRun, type StoredRun } from "../../runs/index.ts";
import { loadCheckpoint } from "../../transformer/index.ts";
import { openChat } from "../chat.ts";
import { type ComparedAnswer, compareAnswer } from "./compared.ts";
import { findNearComparisons, type NearComparison } from "./comparisons.ts";
import { type AttributedPlace, findAttributed, loadAttributed } from "./place.ts";
import { promptIn } from "./queries.ts";

export interface AttributeOptions {
  /** A request. */
  readonly prompt: string;
  /** The answer that is asked about; default: what the checkpoint answers. */
  readonly answer?: string | undefined;
  /** By whose order examples and principles are shown. Default "ekfac". */
  readonly method?: MethodName | undefined;
  /** Examples that are shown. Default 3. */
  readonly top?: number | undefined;
  /** Of sampling the answer, of projections and of intervals. Default 1. */
  readonly seed?: number | undefined;
  readonly settings?: Partial<IndexSettings> | undefined;
  readonly rebuild?: boolean | undefined;
  /** Only likeness to the run's records, for a model whose weights are elsewhere: words, and hidden states of `embed`. */
  readonly records?: boolean | undefined;
  /** With `records`: a checkpoint in this process whose hidden states are compared. */
  readonly embed?: string | undefined;
  readonly command: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/** An answer with the training examples and the principles behind it. */
export interface AttributedAnswer {
  readonly run: string;
  /** Stage whose checkpoint answered, and the one whose training examples these are. */
  readonly answering: string;
  readonly trained: string;
  readonly request: string;
  readonly response: string;
  readonly method: MethodName;
  /** Of the trained checkpoint, in the index. */
  readonly examples: number;
  /** The principle's words, where the run has its constitution. */
  readonly principles: readonly (PrincipleInfluence & { readonly text?: string | undefined })[];
  readonly proponents: readonly AttributedExample[];
  readonly opponents: readonly AttributedExample[];
  /** The first of each method's list, each once, with the comparison that is nearest to it. */
  readonly strongest: readonly (AttributedExample & { readonly comparison?: NearComparison | undefined })[];
  /** Of an answer of RL-CAI or DPO: the comparisons that what came after SL-CAI learned from. */
  readonly compared?: ComparedAnswer | undefined;
  /** Name under which it is kept in the run, where anybody may write there. */
  readonly kept?: string | undefined;
  /** What a reader must know. */
  readonly notes: readonly string[];
}

/**
 * Asks a run's checkpoint, or takes an answer as given, and traces it to the examples of SL-CAI and to their principles. The first
 * time an index is made beside the run.
 * @throws PreceptError usage, checkpoint-missing, run-invalid for an index of another model, context-overflow, interrupted.
 */
export async function attributeAnswer(place: string, options: AttributeOptions): Promise<AttributedAnswer> {
  if (options.records === true) return attributeToRecords(place, options);
  const opened = await openAttribution(place, options);
  try {
    return await traceAnswer(opened, options, true);
  } finally {
    await opened.dispose();
  }
}

/** A checkpoint with the index of its training examples, ready for questions. */
export interface OpenedAttribution {
  readonly found: AttributedPlace;
  readonly model: AttributedModel;
  readonly index: AttributionIndex;
  /** Whether the checkpoint and its index are still those that were opened. */
  isCurrent(): boolean;
  dispose(): Promise<void>;
}

/** @throws PreceptError as `attributeAnswer`. */
export async function openAttribution(
  place: string,
  { settings, rebuild, command, progress, signal }: Omit<AttributeOptions, "prompt">,
): Promise<OpenedAttribution> {
  const found = findAttributed(place);
  const readTimes = (): string =>
    [found.checkpoint, `${found.index}/index.json`, `${found.run.folder}/sl-cai/records.jsonl`]
      .map((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs)
      .join();
  const model = await loadAttributed(found);
  await buildIndex(found.index, model, { settings, rebuild, command, progress, signal });
  const times = readTimes();
  const index = await AttributionIndex.open(found.index, model);
  return { found, model, index, isCurrent: () => readTimes() === times, dispose: () => index.dispose() };
}

/** Traces an answer, and keeps what was found in the run; to comparisons too where that is asked for, which takes a pass over them. */
export async function traceAnswer(
  { found, model, index }: Pick<OpenedAttribution, "found" | "model" | "index">,
  { prompt, answer, method = "ekfac", top = 3, seed = 1, progress, signal }: AttributeOptions,
  toComparisons = false,
): Promise<AttributedAnswer> {
  const { request, response } = await answerOf(found, prompt, answer, { seed, signal });
  const query: Query = { prompt: promptIn(found.run, [{ role: "user", content: request }]), completion: response };
  const scores = await index.score(query);
  const compared = toComparisons ? await compareAnswer(found, query, { top, seed, progress, signal }) : undefined;
  const { run, answering, trained } = found;
  return keep(run, {
    ...{ run: run.name, answering, trained, request, response, method, examples: index.examples.length },
    principles: withTexts(run, sumByPrinciple(index.examples, scores, { method, seed })),
    proponents: findProponents(index.examples, scores, { method, top }),
    opponents: findProponents(index.examples, scores, { method, top: 1, isOpposed: true }),
    strongest: await findStrongest(run, index.examples, scores),
    compared,
    notes: notesOf(found, model, compared),
  });
}

/** What can be said where the weights are elsewhere: which records an answer is like. */
async function attributeToRecords(place: string, options: AttributeOptions): Promise<AttributedAnswer> {
  const { prompt, answer, embed, top = 3, seed = 1, method = embed === undefined ? "bm25" : "repsim" } = options;
  const run = readRun(place.replace(/^local:/, "").replace(/@[^/@]*$/, ""));
  if (answer === undefined || (method !== "bm25" && (method !== "repsim" || embed === undefined))) {
    throw new PreceptError("usage", {
      attempted: `Comparing an answer with the records of ${run.name}`,
      found: answer === undefined ? "--records without --answer" : `--by ${method}`,
      expected: answer === undefined ? "the answer that is asked about" : "bm25, or repsim with --embed MODEL",
      remedy: `--records --answer "…"`,
    });
  }
  const examples = await readTrainingExamples(run);
  const request = prompt.trim();
  const query: Query = { prompt: promptIn(run, [{ role: "user", content: request }]), completion: answer.trim() };
  const scores = await scoreRecords(examples, query, embed === undefined ? undefined : await loadCheckpoint(embed));
  return keep(run, {
    ...{ run: run.name, answering: "answer", trained: attributedStage, request, response: query.completion, method },
    examples: examples.length,
    principles: withTexts(run, sumByPrinciple(examples, scores, { method, seed })),
    proponents: findProponents(examples, scores, { method, top }),
    opponents: [],
    strongest: await findStrongest(run, examples, scores),
    notes: [
      "likeness alone: the weights are not here, so which example moved them, how far, and whether one without likeness did, cannot be known",
      ...(embed === undefined ? [] : [`hidden states are those of ${embed}, which did not answer`]),
    ],
  });
}

const keep = (run: StoredRun, answer: AttributedAnswer): AttributedAnswer => ({
  ...answer,
  kept: keepAnswer(run.folder, answer),
});

/** Examples of each method's list that are kept. */
const STRONGEST = 8;

async function findStrongest(
  run: StoredRun,
  examples: readonly TrainingExample[],
  scores: Scores,
): Promise<AttributedAnswer["strongest"]> {
  const all = methodsOf(scores).flatMap((method) => findProponents(examples, scores, { method, top: STRONGEST }));
  const once = [...new Map(all.map((one) => [one.example.id, one])).values()];
  const near = await findNearComparisons(
    run,
    once.map(({ example }) => example),
  );
  return once.map((one, index) => ({ ...one, comparison: near[index] }));
}

const withTexts = (run: StoredRun, principles: readonly PrincipleInfluence[]): AttributedAnswer["principles"] => {
  const texts = principleTexts(run);
  return principles.map((one) => ({ ...one, text: texts.get(one.principleId) }));
};

/** The answer that is asked about: the one given, else the checkpoint's own. */
export async function answerOf(
  { run, answering }: AttributedPlace,
  prompt: string,
  answer: string | undefined,
  { seed, signal }: { readonly seed: number; readonly signal: AbortSignal | undefined },
): Promise<{ readonly request: string; readonly response: string }> {
  if (answer !== undefined) return { request: prompt.trim(), response: answer.trim() };
  const chat = await openChat(`${run.folder}@${answering}`, { signal });
  try {
    return await chat.ask(prompt, { seed, signal });
  } finally {
    await chat.close();
  }
}

function principleTexts({ folder }: StoredRun): ReadonlyMap<string, string> {
  return new Map(readConstitution(folder)?.principles.map(({ id, text }) => [id, text]));
}

function notesOf(
  { answering, trained }: AttributedPlace,
  { checkpoint, earlier = [] }: AttributedModel,
  compared: ComparedAnswer | undefined,
): string[] {
  const { attributed, all } = countAttributed(checkpoint);
  const steps = earlier.map(({ step }) => step).join(", ");
  const share = `${Math.round((100 * attributed) / all)} %`;
  return [
    ...(answering === trained
      ? []
      : [
          `${answering} answered; influence of examples is that of ${trained}'s on ${trained}${compared === undefined ? ": what RL or DPO added is not traced" : ""}`,
        ]),
    ...(compared?.notes ?? []),
    earlier.length === 0
      ? `tracin is of the last checkpoint alone: TracInCP sums over those of the training, and this run kept no other of ${trained} (training.slCai.checkpointEvery keeps them)`
      : `tracin sums over the checkpoints of steps ${steps} and the last, each by its share of the learning rate`,
    `gradients are of ${share} of the weights: the matrices of the layers, without embeddings, norms and biases`,
  ];
}
