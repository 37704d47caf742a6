import type { ComparisonInput, FeedbackTemplates, Finding, RevisionInput } from "../../feedback/index.ts";
import type { Message } from "../../language-model.ts";
import { breaksVerdict, keepsVerdict } from "./judgement.ts";
import { marker } from "./markers.ts";

/** Harbor's requests are single turns: the last thing that the user said. */
const requestOf = (messages: readonly Message[]): string =>
  messages.findLast(({ role }) => role === "user")?.content ?? "";

const responsePrompt = (messages: readonly Message[]): string =>
  `${marker.user} ${requestOf(messages)} ${marker.assistant}`;

const judged = ({ messages, response, principle }: RevisionInput): string =>
  `${marker.user} ${requestOf(messages)} ${marker.said} ${response} ${marker.rule} ${principle.text}`;

const compared = ({ messages, responses, principle }: ComparisonInput): string =>
  `${marker.user} ${requestOf(messages)} ${marker.first} ${responses[0]} ${marker.second} ${responses[1]} ${marker.rule} ${principle.text}`;

const options: readonly [string, string] = [" A", " B"];

/** The method in harbor's markers; few-shots are not needed, since the model was pre-trained on these forms. */
export const harborTemplates: FeedbackTemplates = {
  version: "harbor-1",
  response: (messages) => ({ prompt: responsePrompt(messages), stop: [], maxTokens: 56 }),
  critique: (input) => ({
    prompt: `${judged(input)} ${marker.critique}`,
    stop: [marker.revision],
    maxTokens: 40,
  }),
  revision: (input) => ({
    prompt:
      input.critique === undefined
        ? `${judged(input)} ${marker.revision}`
        : `${judged(input)} ${marker.critique} ${input.critique} ${marker.revision}`,
    stop: [],
    maxTokens: 56,
  }),
  comparison: (input) => ({ prompt: `${compared(input)} ${marker.better}`, options }),
  thought: (input) => ({ prompt: `${compared(input)} ${marker.why}`, stop: [marker.better], maxTokens: 48 }),
  comparisonAfter: (input, thought) => ({
    prompt: `${compared(input)} ${marker.why} ${thought} ${marker.better}`,
    options,
  }),
  finding: (critique): Finding =>
    critique.endsWith(breaksVerdict) ? "breaks" : critique.endsWith(keepsVerdict) ? "keeps" : "unclear",
  metaText: [/<[a-z]+>/i, /\bthe (rule|answer)\b/],
};
