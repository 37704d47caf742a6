import type { Choice } from "../../language-model.ts";
import { type AskOptions, askLetters, askTexts, leastMass, type Player } from "./ask.ts";
import { type Asked, askAs, type DebateQuestion, sideOf } from "./question.ts";
import type { Condition, HearingRecord } from "./records.ts";
import { type BestOf, holdHearings, type Opening } from "./speak.ts";
import type { Evidence, JudgeTemplates, SpeakerTemplates } from "./templates.ts";

/** Who takes part: one debater who argues for both answers, or two, who change places. */
export interface Bench {
  readonly debaters: readonly [Player] | readonly [Player, Player];
  readonly judge: Player;
  readonly speaker: SpeakerTemplates;
  readonly judging: JudgeTemplates;
  readonly bestOf?: BestOf | undefined;
}

export interface HearOptions extends AskOptions {
  readonly rounds: number;
  readonly conditions: readonly Condition[];
}

/** A hearing that is to be judged. */
interface Case extends Opening {
  readonly condition: Condition;
  readonly isReassigned: boolean;
  readonly advocates: 0 | 1 | null;
}

const orders = [false, true] as const;
const places = [0, 1] as const;

/**
 * Every hearing of the questions under every condition, in both orders of the letters and both assignments of two debaters; a
 * consultant argues once for either answer. The marks are those of the debate.
 */
export async function hearQuestions(
  questions: readonly DebateQuestion[],
  bench: Bench,
  options: HearOptions,
): Promise<HearingRecord[]> {
  const { conditions } = options;
  const wanted = new Set(conditions);
  const cases = questions.flatMap((question) => casesOf(question, bench, wanted));
  const spoken = cases.filter(({ seats }) => seats.length > 0);
  const speaking = { ...options, templates: bench.speaker, bestOf: bench.bestOf };
  const turns = await holdHearings(spoken, speaking);
  const turnsOf = new Map(spoken.map(({ id }, index) => [id, turns[index] ?? []]));
  const judged = cases.flatMap((one) => evidenceOf(one, turnsOf.get(one.id) ?? [], wanted));
  const verdicts = await judge(judged, bench, options);
  return judged.map(({ id, one, condition, evidence }) => ({
    type: "debate-hearing",
    ...{ id, questionId: one.question.id, condition },
    ...{ isSwapped: one.isSwapped, isReassigned: one.isReassigned, advocates: one.advocates },
    turns: evidence.kind === "turns" ? [...evidence.turns].map((turn) => ({ ...turn, quotes: [...turn.quotes] })) : [],
    ...(verdicts.get(id) ?? noVerdict),
    right: one.question.right,
  }));
}

function casesOf(question: DebateQuestion, { debaters }: Bench, wanted: ReadonlySet<Condition>): Case[] {
  const [first, second = first] = debaters;
  const assignments = debaters.length === 1 ? [false] : orders;
  const base = { question, isReassigned: false, advocates: null, seats: [] };
  return orders.flatMap((isSwapped): Case[] => {
    const id = (condition: string): string => `${question.id}/${condition}/${isSwapped ? "swapped" : "as-given"}`;
    const silent = (["blind", "full-sight"] as const)
      .filter((condition) => wanted.has(condition))
      .map((condition): Case => ({ ...base, id: id(condition), condition, isSwapped }));
    const hearsBoth = wanted.has("debate") || wanted.has("marks");
    const debates = (hearsBoth ? assignments : []).map((isReassigned): Case => {
      const players = isReassigned ? [second, first] : [first, second];
      const seats = places.map((answer) => ({ side: sideOf(answer, isSwapped), player: players[answer] ?? first }));
      const name = isReassigned ? `${id("debate")}/reassigned` : id("debate");
      return { ...base, id: name, condition: "debate", isSwapped, isReassigned, seats: inOrder(seats) };
    });
    const consultancies = (wanted.has("consultancy") ? assignments : []).flatMap((isReassigned) =>
      places.map((advocates): Case => {
        const player = isReassigned ? second : first;
        const seats = [{ side: sideOf(advocates, isSwapped), player }];
        const name = `${id("consultancy")}/for-${advocates}${isReassigned ? "/reassigned" : ""}`;
        return { ...base, id: name, condition: "consultancy", isSwapped, isReassigned, advocates, seats };
      }),
    );
    return [...silent, ...debates, ...consultancies];
  });
}

/** A hearing as the judge gets it. */
interface Judged {
  readonly id: string;
  readonly one: Case;
  readonly condition: Condition;
  readonly evidence: Evidence;
}

type Verdict = Pick<HearingRecord, "probability" | "missing">;
const noVerdict: Verdict = { probability: null, missing: "unparsable" };

/** A letter for each hearing; of a passage the answer in words, from a judge that is asked for them. */
async function judge(
  hearings: readonly Judged[],
  { judge: player, judging }: Bench,
  options: HearOptions,
): Promise<Map<string, Verdict>> {
  const { reading } = judging;
  const verdicts = new Map<string, Verdict>();
  const readAsked = ({ one }: Judged): Asked => askAs(one.question, one.isSwapped);
  const read = reading === undefined ? [] : hearings.filter(({ evidence }) => evidence.kind === "passage");
  const chosen = hearings.filter((hearing) => !read.includes(hearing));
  const choices = await askLetters(
    player,
    chosen.map((hearing) => ({ id: hearing.id, ...judging.verdict(readAsked(hearing), hearing.evidence) })),
    options,
  );
  for (const { id, one } of chosen) verdicts.set(id, readChoice(choices.get(id), one.isSwapped));
  if (reading === undefined) return verdicts;
  const texts = await askTexts(
    player,
    read.map((hearing) => ({
      id: hearing.id,
      rendered: reading.ask(readAsked(hearing), hearing.one.question.passage),
    })),
    { ...options, temperature: 0 },
  );
  for (const hearing of read) {
    const side = reading.sideOf(readAsked(hearing), texts.get(hearing.id) ?? "");
    const isFirst = side !== undefined && side === sideOf(0, hearing.one.isSwapped);
    verdicts.set(hearing.id, side === undefined ? noVerdict : { probability: isFirst ? 1 : 0, missing: null });
  }
  return verdicts;
}

/** A speaks first in every transcript, whoever has the right answer. */
const inOrder = (seats: Case["seats"]): Case["seats"] => [...seats].sort((a, b) => (a.side < b.side ? -1 : 1));

function evidenceOf(
  one: Case,
  turns: Extract<Evidence, { kind: "turns" }>["turns"],
  wanted: ReadonlySet<Condition>,
): readonly Judged[] {
  const { id, condition, question } = one;
  if (condition === "blind") return [{ id, one, condition, evidence: { kind: "nothing" } }];
  if (condition === "full-sight")
    return [{ id, one, condition, evidence: { kind: "passage", passage: question.passage } }];
  const heard = { id, one, condition, evidence: { kind: "turns", turns } } as const;
  if (condition !== "debate") return [heard];
  const marks = { id: `${id}/marks`, one, condition: "marks", evidence: { kind: "marks", turns } } as const;
  return [...(wanted.has("debate") ? [heard] : []), ...(wanted.has("marks") ? [marks] : [])];
}

function readChoice(choice: Choice | undefined, isSwapped: boolean): Verdict {
  const { outcome = "answered", probabilities = [], mass = 1 } = choice ?? {};
  if (outcome !== "answered") return { probability: null, missing: outcome };
  const [first] = probabilities;
  if (first === undefined || !(mass >= leastMass)) return noVerdict;
  return { probability: Math.min(1, Math.max(0, isSwapped ? 1 - first : first)), missing: null };
}
