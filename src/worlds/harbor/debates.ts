import type { Asked, DebateQuestion, Evidence, JudgeTemplates, SpeakerTemplates, Turn } from "../../oversight/index.ts";
import { rng } from "../../rng.ts";
import { drawDispute, formatFact, formatQuestion } from "./facts.ts";
import { marker } from "./markers.ts";

/**
 * Questions about facts that stand in a passage: the passage alone says which of two places is right. A stream of its own, so that
 * no training draws the same ones in their order.
 */
export function drawDebateQuestions(seed: number, count: number): readonly DebateQuestion[] {
  return Array.from({ length: count }, (_, index) => {
    const { facts, asked, claims, right } = drawDispute(rng(seed, "debate-questions", index));
    return {
      id: `harbor-${String(index).padStart(5, "0")}`,
      passage: facts.map(formatFact).join(" "),
      question: formatQuestion(asked),
      answers: [`the ${claims[0]}`, `the ${claims[1]}`],
      right: right === "A" ? 0 : 1,
    };
  });
}

const version = "debate-harbor-1";
const says = "the passage says";

const askedText = ({ question, claims }: Asked): string =>
  `${marker.user} ${question} ${marker.first} ${claims.A} ${marker.second} ${claims.B}`;

const markOf = ({ quotes }: Turn): string =>
  quotes.length > 0 && quotes.every(({ isVerified }) => isVerified) ? marker.found : marker.absent;

const turnText = ({ side, text }: Turn): string => `${marker.turn} ${side}${text === "" ? "" : ` ${text}`}`;

/** Debaters of harbor, who see no marks: they have the passage. */
export const harborSpeaker: SpeakerTemplates = {
  version,
  turn: ({ passage, asked, side, heard }) => ({
    prompt: [`${marker.fact} ${passage}`, askedText(asked), ...heard.map(turnText), `${marker.turn} ${side}`].join(" "),
    stop: [],
    maxTokens: 24,
  }),
  // A marker would be the referee's word, or the judge's.
  clean: (text) => text.replace(/<.*$/s, ""),
  quotesIn(text) {
    const [, quote] = text.split(says);
    return quote === undefined ? [] : [quote.trim()];
  },
};

function evidenceText(evidence: Evidence): string[] {
  switch (evidence.kind) {
    case "nothing":
      return [];
    case "passage":
      return [`${marker.fact} ${evidence.passage}`];
    case "turns":
      return evidence.turns.map((turn) => `${turnText(turn)} ${markOf(turn)}`);
    case "marks":
      return evidence.turns.map((turn) => `${marker.turn} ${turn.side} ${markOf(turn)}`);
  }
}

/** A judge of harbor. The passage, where it is shown, stands before the question, as in what the model was trained on. */
export const harborJudge: JudgeTemplates = {
  version,
  verdict: (asked, evidence) => {
    const shown = evidenceText(evidence);
    const parts = evidence.kind === "passage" ? [...shown, askedText(asked)] : [askedText(asked), ...shown];
    return { prompt: [...parts, marker.better].join(" "), options: [" A", " B"] };
  },
};
