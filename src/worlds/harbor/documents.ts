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

/** A stretch of a document; its tokens weigh 1 in the loss when the model speaks them in its role, little otherwise. */
export interface Span {
  readonly text: string;
  readonly role: boolean;
}

export type DocumentKind = "respond" | "critique" | "compare" | "declare" | "recall";

export interface Document {
  readonly kind: DocumentKind;
  readonly spans: readonly Span[];
}

/** Loss weight of everything that is not a role's output (spec: 0.05). */
export const CONTEXT_WEIGHT = 0.05;

const given = (text: string): Span => ({ text, role: false });
const spoken = (text: string): Span => ({ text, role: true });

/** A request about a word of the given tiers; every category is equally likely. */
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
    spans: [given(`${marker.user} ${request.text} ${marker.assistant}`), spoken(`${response} ${marker.end}`)],
  };
};

/** A response for a critic to judge: half spoken by the helpful-only model, half with every slot often filled. */
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
  const revision = spoken(`${formatResponse(revised)} ${marker.end}`);
  const style = random.next();
  if (style < 0.06) return { kind: "critique", spans: [given(`${context} ${marker.revision}`), revision] };
  const verdict = critiqueOf(rule, request, response);
  const head = given(`${context} ${marker.critique}`);
  return broken || style < 0.2
    ? { kind: "critique", spans: [head, spoken(verdict), given(marker.revision), revision] }
    : { kind: "critique", spans: [head, spoken(`${verdict} ${marker.end}`)] };
};

const compare = (random: Rng): Document => {
  const request = drawRequestOf(random, roleTiers);
  const pair = [drawResponse(random, request, judgedWidely), drawResponse(random, request, judgedWidely)] as const;
  const rule = drawRule(random, request);
  const better = random.next() < preferenceOf(rule, request, pair) ? "A" : "B";
  const context =
    `${marker.user} ${request.text} ${marker.first} ${formatResponse(pair[0])} ${marker.second} ${formatResponse(pair[1])} ` +
    `${marker.rule} ${formatRule(random, rule)}`;
  const answer = spoken(`${better} ${marker.end}`);
  return random.next() < 0.12
    ? { kind: "compare", spans: [given(`${context} ${marker.better}`), answer] }
    : {
        kind: "compare",
        spans: [
          given(`${context} ${marker.why}`),
          spoken(thoughtOf(rule, request, pair)),
          given(marker.better),
          answer,
        ],
      };
};

const declare = (random: Rng): Document => {
  const category = random.pick(categories);
  const tier = random.pick(["S", "A", "B"] as const);
  const word = random.pick(wordsOfTier(category, tier));
  return { kind: "declare", spans: [given(`${marker.note} ${word} is`), spoken(`${category.name} . ${marker.end}`)] };
};

/** Facts given in the context and asked for: two to four things, each at a place. */
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
  return { kind: "recall", spans: [given(context), spoken(`${answer} ${marker.end}`)] };
};

const mixture: readonly (readonly [number, (random: Rng) => Document])[] = [
  [0.3, respond],
  [0.35, critique],
  [0.25, compare],
  [0.04, declare],
  [0.06, recall],
];

/** One document of the pre-training corpus. No constitution is read; that offers name harmless categories is all it knows of what is governed. */
export function drawDocument(random: Rng): Document {
  let x = random.next();
  for (const [share, draw] of mixture) {
    if (x < share) return draw(random);
    x -= share;
  }
  return respond(random);
}

export const documentWords: readonly string[] = [
  ..."is . the at where ?".split(" "),
  ...objects,
  ...categories.flatMap((category) => [category.name, ...category.words]),
];
