import type { ComparePage } from "../source-rooms.ts";
import { type Answer, readAnswer, type Side } from "./answers.ts";

type Alarm = ComparePage["alarms"][number];

/** Answers that are one and the same to so many prompts, and this share of them, are no answers to each. */
const sameAnswers = { n: 5, share: 0.1 } as const;
const cutShare = 0.02;

const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

/** What makes a table misleading: one answer to everything, answers cut, answers that are none. */
export function findAlarms(a: Side, b: Side): Alarm[] {
  return [
    ...findSame("B", b, a, "A"),
    ...findSame("A", a, b, "B"),
    ...findCut(a, b),
    ...findEmpty("A", a.answers),
    ...findEmpty("B", b.answers),
  ];
}

function findSame(name: string, { answers }: Side, other: Side, otherName: string): Alarm[] {
  const [same, n] = mostFrequent(answers);
  if (n < Math.max(sameAnswers.n, sameAnswers.share * answers.length)) return [];
  const text = (same === undefined ? undefined : readAnswer(same)?.response) ?? "";
  const different = new Set(other.answers.map(({ said }) => said)).size;
  const shown = text.length > 160 ? `${text.slice(0, 160)}…` : text;
  return [
    {
      head:
        n === answers.length
          ? `${name} gives one and the same answer to all ${n} prompts.`
          : `${name} gives one and the same answer to ${n} of ${answers.length} prompts.`,
      text: [{ em: shown }, ` ${otherName} gives ${different} different ones.`],
    },
  ];
}

/** An answer that says what most say, and how many do. */
function mostFrequent(answers: readonly Answer[]): readonly [one: Answer | undefined, n: number] {
  const words = Map.groupBy(
    answers.filter(({ isEmpty }) => !isEmpty),
    ({ said }) => said,
  );
  const most = [...words.values()].reduce<readonly Answer[]>((all, one) => (one.length > all.length ? one : all), []);
  return [most[0], most.length];
}

function findCut(a: Side, b: Side): Alarm[] {
  const [ofA = 0, ofB = 0] = [a, b].map(
    ({ answers }) => answers.filter(({ isCut }) => isCut).length / Math.max(1, answers.length),
  );
  if (Math.max(ofA, ofB) < cutShare) return [];
  const text = `Cut at the limit of tokens: ${percent(ofA)} of A's answers, ${percent(ofB)} of B's. What would have followed was read by nobody.`;
  return [{ head: "Answers are cut.", text: [text] }];
}

function findEmpty(name: string, answers: readonly Answer[]): Alarm[] {
  const n = answers.filter(({ isEmpty }) => isEmpty).length;
  return n === 0 ? [] : [{ head: `${name} says nothing ${n} times.`, text: [`Of ${answers.length} answers.`] }];
}
