import { PreceptError } from "../errors.ts";
import type { Message } from "../language-model.ts";
import { omitUndefined } from "../omit-undefined.ts";
import { englishRefusals } from "../reading/index.ts";
import { rng } from "../rng.ts";
import { type ComparisonShot, type CritiqueShot, type FewShots, noFewShots, versionWith } from "./few-shots.ts";
import { englishMetaText } from "./meta-text.ts";
import { comparisonRequest, critiqueRequest, revisionRequest } from "./principle-requests.ts";
import type { ComparisonInput, CritiqueInput, FeedbackTemplates, Rendered, RevisionInput } from "./templates.ts";

/**
 * The wording of Bai et al. 2022, string for string as in its repository (anthropics/ConstitutionalHarmlessnessPaper
 * @831f781), for models that continue raw text (§3.1, §4.1; Appendices C and E).
 * Departures: few-shots draw their principles with a seed made from the conversation, so that both orders of a pair see the
 * same ones; the requests for principles that have only a text are ours.
 */
export interface PaperTemplateOptions {
  /** Dialogues with CritiqueRequest … Revision, as in CritiqueRevisionFewShotPrompts.json. */
  readonly critiqueFewShots?: readonly string[] | undefined;
  /** Comparisons with a better and a worse response, put in random order. RLMadisonFewShotPrompts.json. */
  readonly comparisonFewShots?: readonly ComparisonFewShot[] | undefined;
  /** Comparisons with a chain of thought, `{}` where the principle goes. RLMadisonPrecogFewShotPrompts.json. */
  readonly thoughtFewShots?: readonly string[] | undefined;
  /** Comparison requests from which every comparison few-shot draws its own. Needed with either of the two above. */
  readonly fewShotPrinciples?: readonly string[] | undefined;
  /** Your own, written in the same form after those above. */
  readonly fewShots?: FewShots | undefined;
  readonly maxTokens?: {
    readonly response?: number | undefined;
    /** Default: as a response. */
    readonly revision?: number | undefined;
    readonly critique?: number | undefined;
    readonly thought?: number | undefined;
  };
}

/** A comparison of the paper's: a dialogue with the better and the worse response. */
export interface ComparisonFewShot {
  /** The dialogue, "\n\nHuman: …\n\nAssistant:". */
  readonly prompt: string;
  readonly correct: string;
  readonly incorrect: string;
}

const human = "\n\nHuman:";
const assistant = "\n\nAssistant:";
const options = [" (A)", " (B)"] as const;

/** The paper's templates. @throws PreceptError input-invalid when few-shots need principles and there are none. */
export function paperTemplates(settings: PaperTemplateOptions = {}): FeedbackTemplates {
  const { comparisonFewShots = [], thoughtFewShots = [], fewShotPrinciples = [], fewShots = noFewShots } = settings;
  const critiqueFewShots = [...(settings.critiqueFewShots ?? []), ...fewShots.critiques.map(critiqueShot)];
  const maxTokens = { response: 256, critique: 384, thought: 384, ...omitUndefined(settings.maxTokens ?? {}) };
  if (comparisonFewShots.length + thoughtFewShots.length > 0 && fewShotPrinciples.length === 0) {
    throw new PreceptError("input-invalid", {
      attempted: "Making the paper's templates",
      found: "comparison few-shots without principles for them",
      expected: "fewShotPrinciples: the comparison requests to draw from",
    });
  }
  const withCritique = joinFewShots(critiqueFewShots);
  const withoutCritique = joinFewShots(critiqueFewShots.map(dropCritique));
  const ownComparisons = fewShots.comparisons.map(comparisonShot);
  const ownThoughts = fewShots.comparisons.flatMap(thoughtShot);

  const comparisonPrompt = (input: ComparisonInput): string =>
    comparisonFewShots.map((shot, index) => fewShotComparison(shot, fewShotPrinciples, input, index)).join("") +
    ownComparisons.join("") +
    plainComparison(dialogue(input.messages), comparisonRequest(input.principle), input.responses);
  const thoughtPrompt = (input: ComparisonInput): string =>
    thoughtFewShots
      .map((shot, index) => shot.replace("{}", () => withOptions(fewShotRandom(input, index).pick(fewShotPrinciples))))
      .join("") +
    ownThoughts.join("") +
    thoughtComparison(input);

  return {
    version: versionWith(
      "paper-1",
      critiqueFewShots,
      comparisonFewShots,
      thoughtFewShots,
      fewShotPrinciples,
      ...(fewShots.comparisons.length === 0 ? [] : [ownComparisons, ownThoughts]),
    ),
    metaText: englishMetaText,
    refusals: englishRefusals,
    finding: () => "unclear",
    completion: (response) => ` ${response}`,
    response: (messages): Rendered => ({
      prompt: `${dialogue(messages)}${assistant}`,
      stop: [human],
      maxTokens: maxTokens.response,
    }),
    critique: (input): Rendered => ({
      prompt: `${withCritique}${critiquePart(input)}`,
      stop: [human, "\n\nRevisionRequest:", "\n\nCritiqueRequest:"],
      maxTokens: maxTokens.critique,
    }),
    revision: (input): Rendered => ({
      prompt: `${input.critique === undefined ? withoutCritique : withCritique}${revisionPart(input)}`,
      stop: [human, "\n\nCritiqueRequest:", "\n\nRevisionRequest:"],
      maxTokens: settings.maxTokens?.revision ?? maxTokens.response,
    }),
    comparison: (input) => ({ prompt: comparisonPrompt(input), options }),
    thought: (input): Rendered => ({ prompt: thoughtPrompt(input), stop: [human], maxTokens: maxTokens.thought }),
    comparisonAfter: (input, thought) => ({
      prompt: `${thoughtPrompt(input)} ${thought}${human}\nSo the answer is:`,
      options,
    }),
  };
}

/** "\n\nHuman: …\n\nAssistant: …\n\nHuman: …". @throws PreceptError input-invalid for a system turn. */
function dialogue(messages: readonly Message[], names: Names = { user: "Human", assistant: "Assistant" }): string {
  return messages.map(({ role, content }) => `\n\n${speaker(role, names)}: ${content.trim()}`).join("");
}

interface Names {
  readonly user: string;
  readonly assistant: string;
}

function speaker(role: Message["role"], names: Names): string {
  if (role !== "system") return names[role];
  throw new PreceptError("input-invalid", {
    attempted: "Writing a dialogue in the paper's format",
    found: "a system turn",
    expected: "turns of the user and the assistant only",
  });
}

function critiquePart({ messages, response, principle }: CritiqueInput): string {
  return `${dialogue(messages)}${assistant} ${response}\n\nCritiqueRequest: ${critiqueRequest(principle)}\n\nCritique:`;
}

function revisionPart(input: RevisionInput): string {
  const { messages, response, principle, critique } = input;
  const before =
    critique === undefined ? `${dialogue(messages)}${assistant} ${response}` : `${critiquePart(input)} ${critique}`;
  return `${before}\n\nRevisionRequest: ${revisionRequest(principle)}\n\nRevision:`;
}

function plainComparison(conversation: string, request: string, [a, b]: ComparisonInput["responses"]): string {
  const header = "\n\nConsider the following conversation between a human and an assistant:";
  const choices = ` (A) [[[${a}]]]\n (B) [[[${b}]]]`;
  return `${header}${conversation}\n\n\n${withOptions(request)}\n${choices}\n\nThe answer is:`;
}

/** Turns inside are H and A, so that they do not contain the stop string. */
function thoughtComparison({ messages, responses: [a, b], principle }: ComparisonInput): string {
  const header = `${human} Consider the following conversation between a human (H) and an assistant (A):`;
  const conversation = dialogue(messages, { user: "H", assistant: "A" });
  const choices = ` (A) [[[${a}]]]\n (B) [[[${b}]]]`;
  return `${header}${conversation}\n\n${withOptions(comparisonRequest(principle))}\n${choices}${assistant} Let's think step by step:`;
}

function critiqueShot(shot: CritiqueShot): string {
  return `${revisionPart(shot)} ${shot.revision}`;
}

function comparisonShot({ messages, principle, responses, better }: ComparisonShot): string {
  return `${plainComparison(dialogue(messages), comparisonRequest(principle), responses)}${options[better]}`;
}

function thoughtShot(shot: ComparisonShot): string[] {
  if (shot.thought === undefined) return [];
  return [`${thoughtComparison(shot)} ${shot.thought}${human}\nSo the answer is:${options[shot.better]}`];
}

function fewShotComparison(
  { prompt, correct, incorrect }: ComparisonFewShot,
  principles: readonly string[],
  input: ComparisonInput,
  index: number,
): string {
  const random = fewShotRandom(input, index);
  const request = random.pick(principles);
  const isFirst = random.next() < 0.5;
  const conversation = prompt.replace(/\n\nAssistant:$/, "");
  const responses = isFirst ? ([correct, incorrect] as const) : ([incorrect, correct] as const);
  return `${plainComparison(conversation, request, responses)}${isFirst ? options[0] : options[1]}`;
}

/** Each few-shot has "an independently sampled principle" (Bai et al. 2022, §4.1), the same in both orders. */
function fewShotRandom({ messages, principle }: ComparisonInput, index: number) {
  return rng(0, "few-shot", JSON.stringify(messages), principle.id, index);
}

function withOptions(request: string): string {
  return request.endsWith("Options:") ? request : `${request} Options:`;
}

/** Few-shots end with "\n\nHuman:", the start of the next one; one of the paper's lacks it. */
function joinFewShots(examples: readonly string[]): string {
  return examples.map((example) => example.replace(/\n\nHuman:$/, "")).join("");
}

/** A few-shot for direct revision: the same example without its critique. */
function dropCritique(example: string): string {
  return example.replace(/\n\nCritiqueRequest:[\s\S]*?(?=\n\nRevisionRequest:)/g, "");
}
