import type { ComparisonInput, FeedbackTemplates, Finding, RevisionInput } from "../../feedback/index.ts";
import type { Message } from "../../language-model.ts";
import { breaksVerdict, keepsVerdict } from "./judgement.ts";
import { marker } from "./markers.ts";

/** A line as harbor writes: in lower case, with spaces around its marks. */
export function writeForHarbor(line: string): string {
  return line
    .toLowerCase()
    .replace(/([.,?!:;])/g, " $1 ")
    .trim()
    .replace(/\s+/g, " ");
}

/** Harbor's requests are single turns: the user's last message. */
const requestOf = (messages: readonly Message[]): string =>
  writeForHarbor(messages.findLast(({ role }) => role === "user")?.content ?? "");

/** A request about a passage brings the marker of its question with it. */
const formatRequest = (messages: readonly Message[]): string => {
  const request = requestOf(messages);
  return `${request.startsWith(marker.fact) ? request : `${marker.user} ${request}`} ${marker.assistant}`;
};

const formatJudged = ({ messages, response, principle }: RevisionInput): string =>
  `${marker.user} ${requestOf(messages)} ${marker.said} ${response} ${marker.rule} ${principle.text}`;

const formatCompared = ({ messages, responses, principle }: ComparisonInput): string =>
  `${marker.user} ${requestOf(messages)} ${marker.first} ${responses[0]} ${marker.second} ${responses[1]} ${marker.rule} ${principle.text}`;

const options: readonly [string, string] = [" A", " B"];

/** The method in harbor's markers. Few-shots are not needed: the model was pre-trained on these forms. */
export const harborTemplates: FeedbackTemplates = {
  version: "harbor-1",
  response: (messages) => ({ prompt: formatRequest(messages), stop: [], maxTokens: 56 }),
  critique: (input) => ({
    prompt: `${formatJudged(input)} ${marker.critique}`,
    stop: [marker.revision],
    maxTokens: 40,
  }),
  revision: (input) => ({
    prompt:
      input.critique === undefined
        ? `${formatJudged(input)} ${marker.revision}`
        : `${formatJudged(input)} ${marker.critique} ${input.critique} ${marker.revision}`,
    stop: [],
    maxTokens: 56,
  }),
  comparison: (input) => ({ prompt: `${formatCompared(input)} ${marker.better}`, options }),
  thought: (input) => ({ prompt: `${formatCompared(input)} ${marker.why}`, stop: [marker.better], maxTokens: 48 }),
  comparisonAfter: (input, thought) => ({
    prompt: `${formatCompared(input)} ${marker.why} ${thought} ${marker.better}`,
    options,
  }),
  finding: (critique): Finding =>
    critique.endsWith(breaksVerdict) ? "breaks" : critique.endsWith(keepsVerdict) ? "keeps" : "unclear",
  metaText: [/<[a-z]+>/i, /\bthe (rule|answer)\b/],
};
