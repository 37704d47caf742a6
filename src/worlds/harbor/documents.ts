import type { Rng } from "../../rng.ts";
import { critiqueOf, preferenceOf, thoughtOf } from "./judgement.ts";
import { categories, details, objects, type Tier, tierOf, wordsOfTier } from "./lexicon.ts";
import { marker } from "./markers.ts";
import { drawRequest, type Request } from "./requests.ts";
import {
  drawResponse,
  formatResponse,
  helpfulOnly,
  judgedWidely,
  type Response,
  type ResponseRates,
} from "./responses.ts";
import { breaks, drawRule, formatRule, revise } from "./rules.ts";

/** A stretch of a document. Its tokens weigh 1 in the loss where a role speaks them, `CONTEXT_WEIGHT` elsewhere. */
export interface Span {
  readonly text: string;
  readonly role: boolean;
}

export type DocumentKind = "respond" | "critique" | "compare" | "declare" | "recall";

export interface Document {
  readonly kind: DocumentKind;
  readonly spans: readonly Span[];
}

/** Loss weight of every token that is not a role's output. */
export const CONTEXT_WEIGHT = 0.05;

const asContext = (text: string): Span => ({ text, role: false });
const asRole = (text: string): Span => ({ text, role: true });

/** Draws a request about a word of the given tiers; every category is equally likely. */
export function drawRequestOf(random: Rng, tiers: readonly Tier[], unseen = false): Request {
  const category = random.pick(categories);
  const thing = random.pick(category.words.filter((word) => tiers.includes(tierOf(word))));
  return drawRequest(random, { category, thing, unseen });
}

const roleTiers: readonly Tier[] = ["S", "A"];

const respond = (random: Rng): Document => {
  const request = drawRequestOf(random, roleTiers);
  const response = formatResponse(drawResponse(random, request, helpfulOnly));
  return {
    kind: "respond",
    spans: [asContext(`${marker.user} ${request.text} ${marker.assistant}`), asRole(`${response} ${marker.end}`)],
  };
};

/** Draws a response for a critic to judge: half as the helpful-only model speaks, half with every slot often filled. */
export const drawJudged = (random: Rng, request: Request): Response => {
  const rates: ResponseRates = random.next() < 0.5 ? helpfulOnly : judgedWidely;
  return drawResponse(random, request, rates);
};

const critique = (random: Rng): Document => {
  const request = drawRequestOf(random, roleTiers);
  const response = drawJudged(random, request);
  const rule = drawRule(random, request);
  const broken = breaks(rule, request, response);
  const context = `${marker.user} ${request.text} ${marker.said} ${formatResponse(response)} ${marker.rule} ${formatRule(random, rule)}`;
  const revised = broken ? revise(random, rule, request, response) : response;
  const revision = asRole(`${formatResponse(revised)} ${marker.end}`);
  const style = random.next();
  if (style < 0.06) return { kind: "critique", spans: [asContext(`${context} ${marker.revision}`), revision] };
  const verdict = critiqueOf(rule, request, response);
  const head = asContext(`${context} ${marker.critique}`);
  return broken || style < 0.2
    ? { kind: "critique", spans: [head, asRole(verdict), asContext(marker.revision), revision] }
    : { kind: "critique", spans: [head, asRole(`${verdict} ${marker.end}`)] };
};

const compare = (random: Rng): Document => {
  const request = drawRequestOf(random, roleTiers);
  const pair = [drawResponse(random, request, judgedWidely), drawResponse(random, request, judgedWidely)] as const;
  const rule = drawRule(random, request);
  const better = random.next() < preferenceOf(rule, request, pair) ? "A" : "B";
  const context =
    `${marker.user} ${request.text} ${marker.first} ${formatResponse(pair[0])} ${marker.second} ${formatResponse(pair[1])} ` +
    `${marker.rule} ${formatRule(random, rule)}`;
  const answer = asRole(`${better} ${marker.end}`);
  return random.next() < 0.12
    ? { kind: "compare", spans: [asContext(`${context} ${marker.better}`), answer] }
    : {
        kind: "compare",
        spans: [
          asContext(`${context} ${marker.why}`),
          asRole(thoughtOf(rule, request, pair)),
          asContext(marker.better),
          answer,
        ],
      };
};

const declare = (random: Rng): Document => {
  const category = random.pick(categories);
  const tier = random.pick(["S", "A", "B"] as const);
  const word = random.pick(wordsOfTier(category, tier));
  return {
    kind: "declare",
    spans: [asContext(`${marker.note} ${word} is`), asRole(`${category.name} . ${marker.end}`)],
  };
};

/** Facts in the context, and a question about one of them: two to four things, each at a place. */
export interface Recall {
  readonly context: string;
  readonly answer: string;
}

export function drawRecall(random: Rng): Recall {
  const count = 2 + random.integer(3);
  const things = random.shuffle(objects).slice(0, count);
  const places = random.shuffle(details.place).slice(0, count);
  const asked = random.integer(count);
  const facts = things.map((thing, index) => `the ${thing} is at the ${places[index]} .`);
  return {
    context: `${marker.fact} ${facts.join(" ")} ${marker.user} where is the ${things[asked]} ? ${marker.assistant}`,
    answer: facts[asked] ?? "",
  };
}

const recall = (random: Rng): Document => {
  const { context, answer } = drawRecall(random);
  return { kind: "recall", spans: [asContext(context), asRole(`${answer} ${marker.end}`)] };
};

const mixture: readonly (readonly [number, (random: Rng) => Document])[] = [
  [0.3, respond],
  [0.35, critique],
  [0.25, compare],
  [0.04, declare],
  [0.06, recall],
];

/**
 * One document of the pre-training corpus. No constitution is read: all that the corpus says of what is governed is that
 * offers name harmless categories.
 */
export function drawDocument(random: Rng): Document {
  let x = random.next();
  for (const [share, draw] of mixture) {
    if (x < share) return draw(random);
    x -= share;
  }
  return respond(random);
}

/** All fixed words of documents, for the vocabulary. */
export const documentWords: readonly string[] = [
  ..."is . the at where ?".split(" "),
  ...objects,
  ...categories.flatMap((category) => [category.name, ...category.words]),
];
