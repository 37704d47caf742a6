import { type AskOptions, askLetters, askTexts, type Player } from "./ask.ts";
import { type Asked, askAs, type DebateQuestion, type Side } from "./question.ts";
import { checkTurn } from "./quotes.ts";
import type { JudgeTemplates, SpeakerTemplates, Turn } from "./templates.ts";

/** Who speaks for a side. */
export interface Seat {
  readonly side: Side;
  readonly player: Player;
}

/** A hearing before anything was said: one seat is a consultancy, two are a debate. */
export interface Opening {
  readonly id: string;
  readonly question: DebateQuestion;
  readonly isSwapped: boolean;
  readonly seats: readonly Seat[];
}

/** Several turns are drawn, and the one is given after which the scorer finds its side most probable (Khan et al. 2024, §3.3). */
export interface BestOf {
  readonly n: number;
  readonly scorer: Player;
  readonly templates: JudgeTemplates;
}

export interface SpeakOptions extends AskOptions {
  readonly rounds: number;
  readonly templates: SpeakerTemplates;
  readonly bestOf?: BestOf | undefined;
}

/** A turn that was drawn, with what a trainer needs to learn from it. */
export interface Candidate {
  readonly opening: Opening;
  readonly heard: readonly Turn[];
  readonly turn: Turn;
  readonly sample: number;
  /** P(its side is right), by the scorer; undefined where nobody scored. */
  readonly score?: number | undefined;
}

/**
 * Every hearing's turns, round by round. Turns of a round are simultaneous: each speaker sees the earlier rounds alone
 * (Irving et al. 2018; Khan et al. 2024). `onCandidates` sees all turns that were drawn.
 */
export async function holdHearings(
  openings: readonly Opening[],
  options: SpeakOptions,
  onCandidates: (candidates: readonly Candidate[]) => void = () => undefined,
): Promise<readonly (readonly Turn[])[]> {
  const turns = openings.map((): Turn[] => []);
  for (let round = 1; round <= options.rounds; round++) {
    const drawn = await drawTurns(openings, turns, round, options);
    const scored = options.bestOf === undefined ? drawn : await scoreTurns(drawn, options.bestOf, options);
    onCandidates(scored);
    const best = bestBySeat(scored);
    for (const [index, { id, seats }] of openings.entries())
      turns[index]?.push(...seats.flatMap(({ side }) => best.get(seatId(id, side)) ?? []));
  }
  return turns;
}

const seatId = (opening: string, side: Side): string => `${opening}/${side}`;
const turnId = ({ opening, turn: { side, round }, sample }: Candidate): string =>
  `${seatId(opening.id, side)}/${round}/${sample}`;

async function drawTurns(
  openings: readonly Opening[],
  turns: readonly (readonly Turn[])[],
  round: number,
  options: SpeakOptions,
): Promise<Candidate[]> {
  const { templates, rounds, bestOf } = options;
  const candidates = openings.flatMap((opening, index) => {
    const heard = [...(turns[index] ?? [])];
    return opening.seats.flatMap(({ side, player }) =>
      Array.from({ length: bestOf?.n ?? 1 }, (_, sample) => ({
        player,
        candidate: { opening, heard, sample, turn: { side, round, text: "", quotes: [] } } satisfies Candidate,
      })),
    );
  });
  const said = new Map<string, string>();
  for (const [player, own] of Map.groupBy(candidates, (one) => one.player)) {
    const asks = own.map(({ candidate }) => {
      const { opening, heard, turn } = candidate;
      const { question, isSwapped, seats } = opening;
      const rendered = templates.turn({
        ...{ passage: question.passage, asked: askAs(question, isSwapped), side: turn.side },
        ...{ round, rounds, heard, isConsultant: seats.length === 1 },
      });
      return { id: turnId(candidate), rendered };
    });
    for (const [id, text] of await askTexts(player, asks, options)) said.set(id, text);
  }
  return candidates.map(({ candidate }) => {
    const { opening, turn } = candidate;
    const spoken = checkTurn(said.get(turnId(candidate)) ?? "", opening.question.passage, templates);
    return { ...candidate, turn: { ...turn, ...spoken } };
  });
}

/** The scorer hears what was said before, and of this round the one turn. */
async function scoreTurns(
  candidates: readonly Candidate[],
  { scorer, templates }: BestOf,
  options: AskOptions,
): Promise<Candidate[]> {
  const asks = candidates.map((candidate) => {
    const { opening, heard, turn } = candidate;
    const asked: Asked = askAs(opening.question, opening.isSwapped);
    return {
      id: `${turnId(candidate)}/score`,
      ...templates.verdict(asked, { kind: "turns", turns: [...heard, turn] }),
    };
  });
  const choices = await askLetters(scorer, asks, options);
  return candidates.map((candidate, index) => {
    const choice = choices.get(asks[index]?.id ?? "");
    const isRead = (choice?.outcome ?? "answered") === "answered";
    const first = isRead ? (choice?.probabilities[0] ?? 0.5) : 0.5;
    return { ...candidate, score: candidate.turn.side === "A" ? first : 1 - first };
  });
}

/** The turn of each seat that scores best, the first of equals. */
function bestBySeat(candidates: readonly Candidate[]): Map<string, Turn> {
  const best = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const id = seatId(candidate.opening.id, candidate.turn.side);
    const before = best.get(id);
    if (before === undefined || (candidate.score ?? 0) > (before.score ?? 0)) best.set(id, candidate);
  }
  return new Map([...best].map(([id, { turn }]) => [id, turn]));
}
