import {
  type AttributedExample,
  AttributionIndex,
  buildIndex,
  countAttributed,
  findProponents,
  type IndexSettings,
  type MethodName,
  type PrincipleInfluence,
  type Query,
  sumByPrinciple,
} from "../../attribution/index.ts";
import type { Progress } from "../../progress/index.ts";
import { readConstitution } from "../../report/index.ts";
import type { StoredRun } from "../../runs/index.ts";
import { openChat } from "../chat.ts";
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
  /** What a reader must know. */
  readonly notes: readonly string[];
}

/**
 * Asks a run's checkpoint, or takes an answer as given, and traces it to the examples of SL-CAI and to their principles. The first
 * time an index is made beside the run.
 * @throws PreceptError usage, checkpoint-missing, run-invalid for an index of another model, context-overflow, interrupted.
 */
export async function attributeAnswer(place: string, options: AttributeOptions): Promise<AttributedAnswer> {
  const { prompt, method = "ekfac", top = 3, seed = 1, settings, rebuild, command, progress, signal } = options;
  const found = findAttributed(place);
  const model = await loadAttributed(found);
  await buildIndex(found.index, model, { settings, rebuild, command, progress, signal });
  const { request, response } = await answerOf(found, prompt, options.answer, { seed, signal });
  const index = await AttributionIndex.open(found.index, model);
  try {
    const query: Query = { prompt: promptIn(found.run, [{ role: "user", content: request }]), completion: response };
    const scores = await index.score(query);
    const texts = principleTexts(found.run);
    const { run, answering, trained } = found;
    return {
      run: run.name,
      answering,
      trained,
      request,
      response,
      method,
      examples: index.examples.length,
      principles: sumByPrinciple(index.examples, scores, { method, seed }).map((one) => ({
        ...one,
        text: texts.get(one.principleId),
      })),
      proponents: findProponents(index.examples, scores, { method, top }),
      opponents: findProponents(index.examples, scores, { method, top: 1, isOpposed: true }),
      notes: notesOf(found, countAttributed(model.checkpoint)),
    };
  } finally {
    await index.dispose();
  }
}

async function answerOf(
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
  { attributed, all }: { readonly attributed: number; readonly all: number },
): string[] {
  const share = `${Math.round((100 * attributed) / all)} %`;
  return [
    ...(answering === trained
      ? []
      : [
          `${answering} answered; influence is that of ${trained}'s examples on ${trained}: what RL or DPO added is not traced`,
        ]),
    `tracin is of the last checkpoint alone: TracInCP sums over those of the training, and this run kept no other of ${trained}`,
    `gradients are of ${share} of the weights: the matrices of the layers, without embeddings, norms and biases`,
  ];
}
