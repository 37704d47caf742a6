import type { Prompt } from "../../language-model.ts";
import type { Bench } from "./hear.ts";
import { askAs, type DebateQuestion, sideOf } from "./question.ts";
import { type BestOf, type Candidate, holdHearings, type Opening, type SpeakOptions } from "./speak.ts";

/** A turn after which the scorer believed its side, the best of its place: what a debater learns to say. */
export interface WinningTurn {
  readonly id: string;
  readonly prompt: Prompt;
  readonly completion: string;
  /** P(its side is right), by the scorer; and of the turn that it believed least. */
  readonly score: number;
  readonly least: number;
}

export interface SelfPlayOptions extends Omit<SpeakOptions, "templates" | "bestOf"> {
  /** Turns drawn for each. */
  readonly samples: number;
}

/**
 * A turn wins where the scorer then finds its side more probable than not. Turns of places in which every one wins are learned from as
 * well: without them a debater learns from lost causes alone, and forgets how a good one is argued.
 */
export const winningScore = 0.5;

/**
 * A debater against itself: of several turns the one is given, and learned from, after which the judge finds its side most
 * probable; for right and wrong answers alike, in debates and in consultancies. Nobody says which answer is right. Fine-tuning on
 * winning turns is expert iteration (Anthony et al. 2017); Arnesen et al. 2024 train debaters by DPO.
 */
export async function playForTurns(
  questions: readonly DebateQuestion[],
  { debaters: [player], judge, speaker, judging }: Bench,
  { samples, ...options }: SelfPlayOptions,
): Promise<WinningTurn[]> {
  const bestOf: BestOf = { n: samples, scorer: judge, templates: judging };
  const openings = questions.flatMap((question, index): Opening[] => {
    const isSwapped = index % 2 === 1;
    const seats = ([0, 1] as const)
      .map((answer) => ({ side: sideOf(answer, isSwapped), player }))
      .sort((a, b) => (a.side < b.side ? -1 : 1));
    return [
      { id: `${question.id}/debate`, question, isSwapped, seats },
      ...seats.map((seat) => ({ id: `${question.id}/alone-${seat.side}`, question, isSwapped, seats: [seat] })),
    ];
  });
  const drawn: Candidate[] = [];
  await holdHearings(openings, { ...options, templates: speaker, bestOf }, (candidates) => drawn.push(...candidates));
  const placeOf = ({ opening, turn }: Candidate): string => `${opening.id}/${turn.side}/${turn.round}`;
  return [...Map.groupBy(drawn, placeOf)].flatMap(([id, candidates]): WinningTurn[] => {
    const ranked = candidates.toSorted((a, b) => (b.score ?? 0) - (a.score ?? 0));
    const [best, worst] = [ranked[0], ranked.at(-1)];
    const [score, least] = [best?.score ?? 0, worst?.score ?? 0];
    if (best === undefined || best.turn.text === "" || score <= winningScore) return [];
    const { opening, heard, turn } = best;
    const { prompt } = speaker.turn({
      ...{ passage: opening.question.passage, asked: askAs(opening.question, opening.isSwapped), heard },
      ...{ side: turn.side, round: turn.round, rounds: options.rounds, isConsultant: opening.seats.length === 1 },
    });
    return [{ id, prompt, completion: speaker.completion(turn.text), score, least }];
  });
}
