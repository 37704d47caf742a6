import type { Message } from "../language-model.ts";
import { omitUndefined } from "../omit-undefined.ts";
import { type ChatTemplateOptions, chatTemplates, withFinding } from "./chat-templates.ts";
import { cutToSentence } from "./cut-critiques.ts";
import { type CritiqueShot, noFewShots, versionWith } from "./few-shots.ts";
import { asRule } from "./principle-requests.ts";
import type { CritiqueInput, FeedbackTemplates, Rendered } from "./templates.ts";
import { turnComparisonShots, turnCritiqueShots } from "./turn-shots.ts";

/** Words of an answer that are shown to whoever criticises or revises it: a long one is continued, not answered anew. */
const shownWords = 45;

const kind = "You are a kind and careful assistant.";

/**
 * The method for small models (about three billion weights and fewer), which imitate rather than follow: a revision is asked for
 * in the conversation itself, after whole turns that show how, and a comparison after one example for each letter (our own words;
 * docs/real-models.md has what a trial measured). Few-shots of one's own take the place of those built in. A long answer is shown
 * up to a sentence within 45 words, and the rule is a principle's text.
 */
export function turnTemplates({
  system,
  fewShots = noFewShots,
  maxTokens,
}: ChatTemplateOptions = {}): FeedbackTemplates {
  const critiqued = fewShots.critiques.length > 0 ? fewShots.critiques : turnCritiqueShots;
  const compared = fewShots.comparisons.length > 0 ? fewShots.comparisons : turnComparisonShots;
  const limits = { critique: 80, revision: 80, thought: 160, ...omitUndefined(maxTokens ?? {}) };
  const chat = chatTemplates({
    ...omitUndefined({ system }),
    fewShots: { critiques: [], comparisons: compared },
    maxTokens: limits,
  });
  const criticisedBefore = critiqued.map((shot) => ({ ...shot, critique: withFinding(shot) }));
  const critiqueShots = criticisedBefore.flatMap((shot) => [...critiqueTurns(shot), say("assistant", shot.critique)]);
  // Where nothing is to be changed, answering again would teach to repeat.
  const changed = criticisedBefore.filter(({ response, revision }) => response.trim() !== revision.trim());
  const direct = changed.flatMap((shot) => [...directTurns(shot), say("assistant", shot.revision)]);
  const afterCritique = changed.flatMap((shot) => [...revisionTurns(shot), say("assistant", shot.revision)]);
  const render = (input: CritiqueInput, shots: readonly Message[], turns: readonly Message[]): Message[] => {
    const own = input.messages[0]?.role === "system" ? input.messages[0] : say("system", system ?? kind);
    return [own, ...shots, ...turns];
  };
  return {
    ...chat,
    version: versionWith("turns-1", system === undefined ? [] : [system], fewShots.critiques, fewShots.comparisons),
    metaText: [
      ...chat.metaText,
      /\b(?:breaks?|broke|keeps?|follow(?:s|ed|ing)?) (?:this|that|the|your) (?<noun>rule)\b/i,
    ],
    critique: (input): Rendered => ({
      prompt: render(input, critiqueShots, critiqueTurns(input)),
      stop: [],
      maxTokens: limits.critique,
    }),
    revision: (input): Rendered => ({
      prompt:
        input.critique === undefined
          ? render(input, direct, directTurns(input))
          : render(input, afterCritique, revisionTurns({ ...input, critique: input.critique })),
      stop: [],
      maxTokens: limits.revision,
    }),
  };
}

/** What was said and answered, without a system turn. */
function listTurns({ messages, response }: CritiqueInput): Message[] {
  return [...messages.filter(({ role }) => role !== "system"), say("assistant", shorten(response))];
}

function critiqueTurns(input: CritiqueInput): Message[] {
  const question = `Does that answer break this rule: ${asRule(input.principle.text)} Say in one sentence what in it does or does not, then end with "Finding: breaks" or "Finding: keeps".`;
  return [...listTurns(input), say("user", question)];
}

function directTurns(input: CritiqueInput): Message[] {
  const request = `That answer breaks this rule: ${asRule(input.principle.text)} ${againRequest(input)}`;
  return [...listTurns(input), say("user", request)];
}

function revisionTurns(input: CritiqueInput & Pick<CritiqueShot, "critique">): Message[] {
  return [...critiqueTurns(input), say("assistant", input.critique), say("user", againRequest(input))];
}

function againRequest({ messages }: CritiqueInput): string {
  const asked =
    messages.filter(({ role }) => role === "user").length > 1 ? "my message before that" : "my first message";
  return `Answer ${asked} again, in two sentences, so that the rule is kept. Do not mention the first answer or the rule.`;
}

function shorten(text: string): string {
  const words = text.trim().split(/\s+/u);
  if (words.length <= shownWords) return text.trim();
  const start = words.slice(0, shownWords).join(" ");
  return cutToSentence(start) ?? `${start} …`;
}

function say(role: Message["role"], content: string): Message {
  return { role, content };
}
