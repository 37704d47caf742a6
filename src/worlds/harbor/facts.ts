import type { Rng } from "../../rng.ts";
import { details, objects } from "./lexicon.ts";
import { marker } from "./markers.ts";
import { asContext, asRole, type Document, type Span } from "./spans.ts";

/** Where a thing is, as the passage of a document says. */
export interface Fact {
  readonly thing: string;
  readonly place: string;
}

export const formatFact = ({ thing, place }: Fact): string => `the ${thing} : ${place} .`;
const formatPassage = (facts: readonly Fact[]): string => `${marker.fact} ${facts.map(formatFact).join(" ")}`;
export const formatQuestion = ({ thing }: Fact): string => `where is the ${thing} ?`;

function drawFacts(random: Rng, count: number): readonly Fact[] {
  const places = random.shuffle(details.place);
  return random
    .shuffle(objects)
    .slice(0, count)
    .map((thing, index) => ({ thing, place: places[index] ?? "" }));
}

/** Facts in the context, and a question about one of them: two to four things, each at a place. */
export interface Recall {
  readonly context: string;
  readonly answer: string;
}

export function drawRecall(random: Rng): Recall {
  const facts = drawFacts(random, 2 + random.integer(3));
  const asked = random.pick(facts);
  return {
    context: `${formatPassage(facts)} ${marker.user} ${formatQuestion(asked)} ${marker.assistant}`,
    answer: formatFact(asked),
  };
}

/** A passage and questions about all of it: looking up is learned sooner where one document asks for it several times. */
export function recall(random: Rng): Document {
  const facts = drawFacts(random, 2 + random.integer(4));
  const spans = random.shuffle(facts).flatMap((fact, index): Span[] => {
    const opinion =
      random.next() < 0.15 ? `i think ${formatFact({ ...fact, place: random.pick(details.place) })} ` : "";
    const question = `${marker.user} ${opinion}${formatQuestion(fact)} ${marker.assistant}`;
    return [
      asContext(index === 0 ? `${formatPassage(facts)} ${question}` : question),
      asRole(`${formatFact(fact)} ${marker.end}`),
    ];
  });
  return { kind: "recall", spans };
}

/** A question that two debaters answer differently; one of them rightly. */
export interface Dispute {
  readonly facts: readonly Fact[];
  readonly asked: Fact;
  /** What A and B say. */
  readonly claims: readonly [string, string];
  readonly right: "A" | "B";
}

export function drawDispute(random: Rng): Dispute {
  const facts = drawFacts(random, 2 + random.integer(3));
  const asked = random.pick(facts);
  // A wrong place that the passage names for another thing, or one that it does not name.
  const named = facts.filter(({ thing }) => thing !== asked.thing).map(({ place }) => place);
  const wrong = random.pick(random.next() < 0.6 ? named : details.place.filter((place) => place !== asked.place));
  const right = random.pick(["A", "B"] as const);
  return { facts, asked, claims: right === "A" ? [asked.place, wrong] : [wrong, asked.place], right };
}

const formatDispute = ({ asked, claims: [a, b] }: Dispute): string =>
  `${marker.user} ${formatQuestion(asked)} ${marker.first} the ${a} ${marker.second} the ${b}`;

/**
 * What a debater says: the claim, and a sentence as a quote from the passage. A wrong side has no sentence that shows its claim: it
 * quotes another one, or makes one up.
 */
function drawArgument(random: Rng, dispute: Dispute, side: "A" | "B"): { readonly text: string; readonly quote: Fact } {
  const { facts, asked, claims, right } = dispute;
  const claim = claims[side === "A" ? 0 : 1];
  const others = facts.filter(({ thing }) => thing !== asked.thing);
  const quote =
    side === right
      ? asked
      : random.next() < 0.5
        ? { thing: asked.thing, place: claim }
        : (others.find(({ place }) => place === claim) ?? random.pick(others));
  return { text: `it is at the ${claim} . the passage says ${formatFact(quote)}`, quote };
}

const isIn = (facts: readonly Fact[], { thing, place }: Fact): boolean =>
  facts.some((fact) => fact.thing === thing && fact.place === place);

/** What a judge sees beside the question and the two claims. */
export type VerdictView = "turns" | "passage" | "blind";

/** A dispute as a judge gets it, up to the verdict, and the right letter. */
export interface VerdictCase {
  readonly view: VerdictView;
  readonly context: string;
  readonly right: "A" | "B";
}

export function drawVerdictCase(random: Rng, view: VerdictView): VerdictCase {
  const dispute = drawDispute(random);
  const { facts, right } = dispute;
  const heard = random.shuffle(["A", "B"] as const).map((side) => {
    const { text, quote } = drawArgument(random, dispute, side);
    return `${marker.turn} ${side} ${text} ${isIn(facts, quote) ? marker.found : marker.absent}`;
  });
  const parts = [
    ...(view === "passage" ? [formatPassage(facts)] : []),
    formatDispute(dispute),
    ...(view === "turns" ? heard : []),
    marker.better,
  ];
  return { view, context: parts.join(" "), right };
}

/** The first turn of the debater whose side is right. */
export function drawDebateTurn(random: Rng): { readonly context: string; readonly turn: string } {
  const dispute = drawDispute(random);
  const { facts, right } = dispute;
  return {
    context: `${formatPassage(facts)} ${formatDispute(dispute)} ${marker.turn} ${right}`,
    turn: drawArgument(random, dispute, right).text,
  };
}

/** The turns of two debaters who see the passage, or the verdict of a judge. */
export function debate(random: Rng): Document {
  const x = random.next();
  if (x >= 0.45) {
    const { context, right } = drawVerdictCase(random, x < 0.55 ? "passage" : x < 0.9 ? "turns" : "blind");
    return { kind: "debate", spans: [asContext(context), asRole(`${right} ${marker.end}`)] };
  }
  const dispute = drawDispute(random);
  const spans = random
    .shuffle(["A", "B"] as const)
    .flatMap((side, index) => [
      asContext(
        `${index === 0 ? `${formatPassage(dispute.facts)} ${formatDispute(dispute)} ` : ""}${marker.turn} ${side}`,
      ),
      asRole(`${drawArgument(random, dispute, side).text} ${marker.end}`),
    ]);
  return { kind: "debate", spans };
}

/** Three debates, each judged without its passage: one letter a document is too little to learn from. */
export function hearing(random: Rng): Document {
  const spans = [1, 2, 3].flatMap((debate): Span[] => {
    const { context, right } = drawVerdictCase(random, "turns");
    return [asContext(context), asRole(debate === 3 ? `${right} ${marker.end}` : right)];
  });
  return { kind: "debate", spans };
}

/** All fixed words of passages and debates, for the vocabulary. */
export const factWords: readonly string[] = [
  ..."where is the ? at . i think it passage says A B".split(" "),
  ...objects,
];
