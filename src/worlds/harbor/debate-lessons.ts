import type { Side, Turn } from "../../oversight/index.ts";
import { type Rng, rng } from "../../rng.ts";
import type { SftExample } from "../../training/index.ts";
import { harborJudge } from "./debates.ts";
import { type Dispute, drawDispute, type Fact, formatFact, formatQuestion } from "./facts.ts";
import { objects } from "./lexicon.ts";

/** Hearings of this many rounds are taught. */
const mostRounds = 3;

/**
 * What a judge learns its trade from: hearings of one side or of both with the letter that is right, and passages with what they say.
 * Drawn by the grammar as the corpus is, in a stream of its own; in so small a world a question may come up again. Speakers here err: one in three turns for
 * the right answer shows nothing.
 */
export function drawJudgeLessons(seed: number, count: number): readonly SftExample[] {
  return Array.from({ length: count }, (_, index) => {
    const random = rng(seed, "judge-lessons", index);
    const dispute = drawDispute(random);
    const { facts, asked, claims, right } = dispute;
    const question = { question: formatQuestion(asked), claims: { A: `the ${claims[0]}`, B: `the ${claims[1]}` } };
    const id = `lesson-${index}`;
    const kind = random.next();
    if (kind < 0.12) {
      const { prompt } = harborJudge.reading.ask(question, facts.map(formatFact).join(" "));
      return { id, prompt, completion: ` ${formatFact(asked)}` };
    }
    const heard: readonly Side[] = kind < 0.16 ? [] : kind < 0.58 ? [random.pick(["A", "B"])] : ["A", "B"];
    const rounds = 1 + random.integer(mostRounds);
    const turns = Array.from({ length: rounds }, (_unused, round) =>
      heard.map((side) => drawTurn(random, dispute, { side, round: round + 1 })),
    ).flat();
    const evidence = turns.length === 0 ? ({ kind: "nothing" } as const) : ({ kind: "turns", turns } as const);
    return { id, prompt: harborJudge.verdict(question, evidence).prompt, completion: ` ${right}` };
  });
}

/** A claim with a sentence that is quoted: one that the passage has, or one made up. */
function drawTurn(
  random: Rng,
  dispute: Dispute,
  { side, round }: { readonly side: Side; readonly round: number },
): Turn {
  const claim = dispute.claims[side === "A" ? 0 : 1];
  const quote = side === dispute.right ? drawForRight(random, dispute) : drawForWrong(random, dispute, claim);
  const isVerified = dispute.facts.some((fact) => fact.thing === quote.thing && fact.place === quote.place);
  const text = formatFact(quote);
  return {
    ...{ side, round, text: `it is at the ${claim} . the passage says ${text}` },
    quotes: [{ text, isVerified }],
  };
}

const othersOf = ({ facts, asked }: Dispute): readonly Fact[] => facts.filter(({ thing }) => thing !== asked.thing);

function drawForRight(random: Rng, dispute: Dispute): Fact {
  const kind = random.next();
  if (kind < 0.7) return dispute.asked;
  if (kind < 0.85) return random.pick(othersOf(dispute));
  return { thing: random.pick(objects), place: dispute.asked.place };
}

function drawForWrong(random: Rng, dispute: Dispute, claim: string): Fact {
  const others = othersOf(dispute);
  const kind = random.next();
  if (kind < 0.4) return { thing: dispute.asked.thing, place: claim };
  const atClaim = others.find(({ place }) => place === claim);
  return kind < 0.7 && atClaim !== undefined ? atClaim : random.pick(others);
}
