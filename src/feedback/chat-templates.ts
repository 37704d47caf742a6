import type { Principle } from "../constitution/index.ts";
import type { Message } from "../language-model.ts";
import { omitUndefined } from "../omit-undefined.ts";
import { englishRefusals } from "../reading/index.ts";
import { type ComparisonShot, type CritiqueShot, type FewShots, noFewShots, versionWith } from "./few-shots.ts";
import { englishMetaText } from "./meta-text.ts";
import { comparisonRequest, critiqueRequest, revisionRequest } from "./principle-requests.ts";
import type { ComparisonInput, CritiqueInput, FeedbackTemplates, Finding, Rendered } from "./templates.ts";

/**
 * The method for instruction-tuned models that speak in turns. Departures from Bai et al. 2022, whose models continued raw
 * text: the conversation is quoted inside one turn, so that a model judges it instead of continuing it; a critique ends with
 * a stated finding; the letter is requested alone. What does not depend on the principle comes first, so that providers find
 * it in their prefix caches. Chat training spoils the calibration of single letters (OpenAI 2023, GPT-4 report, Figure 8):
 * let the model think first.
 */
export interface ChatTemplateOptions {
  /** Put before every prompt that has no system turn of its own. */
  readonly system?: string;
  /** Put as turns before each question. */
  readonly fewShots?: FewShots | undefined;
  readonly maxTokens?: {
    readonly response?: number | undefined;
    /** Default: as a response. */
    readonly revision?: number | undefined;
    readonly critique?: number | undefined;
    readonly thought?: number | undefined;
  };
}

const letters = ["A", "B"] as const;
const work = "You help to improve an AI assistant by reviewing its responses. Be concrete, brief and fair.";
const lettersOnly = "Answer with the letter A or B alone.";
const soTheAnswer = `So the answer is? ${lettersOnly}`;

/** The templates for chat models. Their version changes with everything that changes their wording. */
export function chatTemplates({
  system,
  fewShots = noFewShots,
  maxTokens,
}: ChatTemplateOptions = {}): FeedbackTemplates {
  const tokens = { response: 512, critique: 384, thought: 384, ...omitUndefined(maxTokens ?? {}) };
  const critiqued = fewShots.critiques.flatMap(critiqueShot);
  const revised = fewShots.critiques.flatMap(revisionShot);
  const compared = fewShots.comparisons.flatMap(comparisonShot);
  const thought = fewShots.comparisons.flatMap(thoughtShot);
  const critiquePrompt = (input: CritiqueInput): Message[] => [
    say("system", work),
    ...critiqued,
    say("user", critiqueAlone(input)),
  ];
  const thoughtPrompt = (input: ComparisonInput): Message[] => [
    say("system", work),
    ...thought,
    say("user", thoughtAlone(input)),
  ];
  return {
    version: versionWith("chat-1", system === undefined ? [] : [system], fewShots.critiques, fewShots.comparisons),
    metaText: englishMetaText,
    refusals: englishRefusals,
    finding,
    response: (messages): Rendered => ({
      prompt: system === undefined || messages[0]?.role === "system" ? messages : [say("system", system), ...messages],
      stop: [],
      maxTokens: tokens.response,
    }),
    critique: (input): Rendered => ({ prompt: critiquePrompt(input), stop: [], maxTokens: tokens.critique }),
    revision: (input): Rendered => ({
      prompt:
        input.critique === undefined
          ? [say("system", work), ...revised, say("user", revisionRequestAlone(input))]
          : [...critiquePrompt(input), say("assistant", input.critique), say("user", rewriteRequest(input.principle))],
      stop: [],
      maxTokens: maxTokens?.revision ?? tokens.response,
    }),
    comparison: (input) => ({
      prompt: [say("system", work), ...compared, say("user", comparisonAlone(input))],
      options: letters,
    }),
    thought: (input): Rendered => ({ prompt: thoughtPrompt(input), stop: [], maxTokens: tokens.thought }),
    comparisonAfter: (input, thought) => ({
      prompt: [...thoughtPrompt(input), say("assistant", thought), say("user", soTheAnswer)],
      options: letters,
    }),
  };
}

function say(role: Message["role"], content: string): Message {
  return { role, content };
}

function quoteResponse({ messages, response }: CritiqueInput): string {
  return `${conversation(messages)}\n\n<response>\n${response}\n</response>`;
}

function conversation(messages: readonly Message[]): string {
  const names = { system: "System", user: "Human", assistant: "Assistant" } as const;
  const turns = messages.map(({ role, content }) => `${names[role]}: ${content.trim()}`);
  return `A conversation between a human and an AI assistant:\n\n<conversation>\n${turns.join("\n\n")}\n</conversation>`;
}

function critiqueAlone(input: CritiqueInput): string {
  return `${quoteResponse(input)}

The response in <response> is the assistant's last response. ${critiqueRequest(input.principle)}

Write the critique in a few sentences, without a better response. If there is nothing to object to, say so. End with a line of its own: "Finding: breaks" if the response goes against this, or "Finding: keeps" if it does not.`;
}

function revisionRequestAlone(input: CritiqueInput): string {
  return `${quoteResponse(input)}\n\n${rewriteRequest(input.principle)}`;
}

function comparisonAlone(input: ComparisonInput): string {
  return `${comparisonText(input)}\n\n${lettersOnly}`;
}

function rewriteRequest(principle: Principle): string {
  return `${revisionRequest(principle)}

Reply with the text that the assistant should have said to the human, and nothing else: no introduction, no remark about changes. If the response needs no change, repeat it word for word.`;
}

function comparisonText({ messages, responses: [a, b], principle }: ComparisonInput): string {
  return `${conversation(messages)}

Two possible next responses of the assistant:

(A) [[[${a}]]]

(B) [[[${b}]]]

${comparisonRequest(principle)}`;
}

function thoughtAlone(input: ComparisonInput): string {
  return `${comparisonText(input)}

Let's think step by step: weigh both responses against this in a few sentences. Do not name the letter yet.`;
}

/** Critique with its finding, then revision, in the turns in which a model would have been asked for them. */
function critiqueShot(shot: CritiqueShot): Message[] {
  return [
    say("user", critiqueAlone(shot)),
    say("assistant", withFinding(shot)),
    say("user", rewriteRequest(shot.principle)),
    say("assistant", shot.revision),
  ];
}

/** The critique of a few-shot with the finding that its revision implies, where it states none. */
export function withFinding({ critique, response, revision }: CritiqueShot): string {
  if (finding(critique) !== "unclear") return critique;
  return `${critique}\n\nFinding: ${revision.trim() === response.trim() ? "keeps" : "breaks"}`;
}

function revisionShot(shot: CritiqueShot): Message[] {
  return [say("user", revisionRequestAlone(shot)), say("assistant", shot.revision)];
}

function comparisonShot(shot: ComparisonShot): Message[] {
  return [say("user", comparisonAlone(shot)), say("assistant", letters[shot.better])];
}

function thoughtShot(shot: ComparisonShot): Message[] {
  if (shot.thought === undefined) return [];
  return [
    say("user", thoughtAlone(shot)),
    say("assistant", shot.thought),
    say("user", soTheAnswer),
    say("assistant", letters[shot.better]),
  ];
}

/** The critique's last stated finding, in the form it was asked for. */
function finding(critique: string): Finding {
  const stated = [...critique.matchAll(/\bfinding:?\W*(breaks|keeps)\b/gi)].at(-1)?.[1]?.toLowerCase();
  return stated === "breaks" || stated === "keeps" ? stated : "unclear";
}
