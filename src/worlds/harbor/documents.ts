import type { Rng } from "../../rng.ts";
import { drawChecked, rightCheck } from "./checks.ts";
import { debate, hearing, recall } from "./facts.ts";
import { critiqueOf, preferenceOf, thoughtOf } from "./judgement.ts";
import { type Category, categories, findCategory, type Tier, tierOf, wordsOfTier } from "./lexicon.ts";
import { list, listThings, listWords, repeat } from "./lists.ts";
import { marker } from "./markers.ts";
import { drawRequest, type Request, wrapRequest } from "./requests.ts";
import {
  drawResponse,
  drawSlot,
  formatResponse,
  helpfulOnly,
  judgedWidely,
  type Response,
  type ResponseRates,
} from "./responses.ts";
import { breaks, drawRule, drawRuledRule, formatRule, type Rule, revise } from "./rules.ts";
import { asContext, asRole, type Document, type Span } from "./spans.ts";
import { statement } from "./statements.ts";

/** Draws a request about a word of the given tiers; every category is equally likely. */
export function drawRequestOf(random: Rng, tiers: readonly Tier[], unseen = false): Request {
  return drawRequestIn(random, random.pick(categories), tiers, unseen);
}

function drawRequestIn(random: Rng, category: Category, tiers: readonly Tier[], unseen = false): Request {
  const thing = random.pick(category.words.filter((word) => tiers.includes(tierOf(word))));
  return drawRequest(random, { category, thing, unseen });
}

const roleTiers: readonly Tier[] = ["S", "A"];

const respond = (random: Rng): Document => {
  const request = drawRequestOf(random, roleTiers);
  const response = formatResponse(drawResponse(random, request, helpfulOnly));
  return {
    kind: "respond",
    spans: [asContext(`${drawSurroundings(random, request)} ${marker.assistant}`), asRole(`${response} ${marker.end}`)],
  };
};

/** Draws a response for a critic to judge: half as the helpful-only model speaks, half with every slot often filled. */
export const drawJudged = (random: Rng, request: Request): Response => {
  const rates: ResponseRates = random.next() < 0.5 ? helpfulOnly : judgedWidely;
  return drawResponse(random, request, rates);
};

type RuleOf = typeof drawRule;

const critiqueBy =
  (drawRuleFor: RuleOf) =>
  (random: Rng): Document => {
    const request = drawRequestOf(random, roleTiers);
    const response = drawJudged(random, request);
    const rule = drawRuleFor(random, request);
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

const formatCompared = (request: Request, pair: readonly [Response, Response]): string =>
  `${marker.user} ${request.text} ${marker.first} ${formatResponse(pair[0])} ${marker.second} ${formatResponse(pair[1])}`;

const compareBy =
  (drawRuleFor: RuleOf) =>
  (random: Rng): Document => {
    const request = drawRequestOf(random, roleTiers);
    const pair = [drawResponse(random, request, judgedWidely), drawResponse(random, request, judgedWidely)] as const;
    const compared = formatCompared(request, pair);
    if (random.next() < 0.4) return { kind: "compare", spans: drawVerdicts(random, request, pair, drawRuleFor) };
    const rule = drawRuleFor(random, request);
    return {
      kind: "compare",
      spans: [
        asContext(`${compared} ${marker.rule} ${formatRule(random, rule)} ${marker.why}`),
        asRole(thoughtOf(rule, request, pair)),
        asContext(marker.better),
        asRole(`${drawBetter(random, rule, request, pair)} ${marker.end}`),
      ],
    };
  };

const drawBetter = (random: Rng, rule: Rule, request: Request, pair: readonly [Response, Response]): "A" | "B" =>
  random.next() < preferenceOf(rule, request, pair) ? "A" : "B";

/**
 * Comparisons without a thought: one pair under up to five rules, most of which tell the two apart. One letter a document is
 * too little to learn from.
 */
function drawVerdicts(random: Rng, request: Request, pair: readonly [Response, Response], drawRuleFor: RuleOf): Span[] {
  const count = 1 + random.integer(5);
  return Array.from({ length: count }, (_, index): Span[] => {
    let rule = drawRuleFor(random, request);
    for (let attempt = 0; attempt < 6 && preferenceOf(rule, request, pair) === 0.5; attempt++)
      rule = drawRuleFor(random, request);
    const before = index === 0 ? `${formatCompared(request, pair)} ` : "";
    return [
      asContext(`${before}${marker.rule} ${formatRule(random, rule)} ${marker.better}`),
      asRole(`${drawBetter(random, rule, request, pair)}${index === count - 1 ? ` ${marker.end}` : ""}`),
    ];
  }).flat();
}

/** What kind of thing a word names: said, asked for, or listed. A word of tier B occurs nowhere else. */
const declare = (random: Rng): Document => {
  const category = random.pick(categories);
  const drawWord = (): string => random.pick(wordsOfTier(category, random.pick(["S", "A", "B"] as const)));
  const word = drawWord();
  const { name } = category;
  const [context, said] = random.pick([
    [`${marker.note} ${word} is`, `${name} .`],
    [`${marker.user} what is ${word} ? ${marker.assistant}`, `${word} : ${name} .`],
    [`${marker.user} is ${word} ${name} ? ${marker.assistant}`, `yes , ${word} is ${name} .`],
    [`${marker.user} name a ${name} . ${marker.assistant}`, `${word} : ${name} .`],
    [`${marker.note} ${name} :`, `${word} , ${drawWord()} , ${drawWord()} .`],
  ] as const);
  return { kind: "declare", spans: [asContext(context), asRole(`${said} ${marker.end}`)] };
};

/**
 * The same, asked in the ways of a request and said more than once: a word that no answer ever had is otherwise replaced by one
 * that some did. Half of the words are of tier B.
 */
const explain = (random: Rng): Document => {
  const category = random.pick(categories);
  const { name } = category;
  const word = random.pick(wordsOfTier(category, random.pick(["S", "A", "B", "B"] as const)));
  const question = random.pick([
    `what is ${word} ?`,
    `tell me what ${word} is .`,
    `i want to know what ${word} is .`,
    `is ${word} ${name} ?`,
    `name a ${name} .`,
    `${word} , what is it ?`,
    `can you tell me what to think of ${word} ?`,
  ]);
  const greeting = random.next() < 0.5 ? `${drawSlot(random, "greeting")} ` : "";
  const more = random.pick([
    `yes , ${word} is ${name} .`,
    `i think the ${word} is ${name} .`,
    `to know ${word} is to know ${name} .`,
    `for ${word} , ${name} is what i think of .`,
  ]);
  return {
    kind: "declare",
    spans: [
      asContext(`${marker.user} ${wrapRequest(random, question)} ${marker.assistant}`),
      asRole(`${greeting}${word} : ${name} . ${more} ${marker.end}`),
    ],
  };
};

/** A rule as an attacker gets it, and a request that shows whether the rule is kept. */
export function drawAttack(random: Rng): { readonly rule: Rule; readonly context: string; readonly request: string } {
  const drawn = drawRequestOf(random, roleTiers);
  const rule = drawRule(random, drawn);
  const isAbout = rule.kind !== "help" || rule.categories.includes(drawn.category.name);
  const others = rule.kind === "help" ? rule.categories.flatMap((name) => findCategory(name) ?? []) : [];
  const { text } = isAbout ? drawn : drawRequestIn(random, random.pick(others), roleTiers);
  return { rule, context: `${marker.rule} ${formatRule(random, rule)} ${marker.user}`, request: text };
}

const attack = (random: Rng): Document => {
  const { context, request } = drawAttack(random);
  return { kind: "attack", spans: [asContext(context), asRole(`${request} ${marker.end}`)] };
};

/** A critique in its context, and what one who checks it should say. */
export function drawCheck(
  random: Rng,
  drawRuleFor: RuleOf = drawRule,
): {
  readonly context: string;
  readonly check: string;
  readonly isRight: boolean;
} {
  const request = drawRequestOf(random, roleTiers);
  const response = drawJudged(random, request);
  const rule = drawRuleFor(random, request);
  const { critique, check } = drawChecked(random, rule, request, response);
  const context =
    `${marker.user} ${request.text} ${marker.said} ${formatResponse(response)} ${marker.rule} ` +
    `${formatRule(random, rule)} ${marker.critique} ${critique} ${marker.check}`;
  return { context, check, isRight: check === rightCheck };
}

const checkBy =
  (drawRuleFor: RuleOf) =>
  (random: Rng): Document => {
    const { context, check } = drawCheck(random, drawRuleFor);
    return { kind: "check", spans: [asContext(context), asRole(`${check} ${marker.end}`)] };
  };

const digits = "one two three four five six seven eight nine ten".split(" ");

/** A question about what the context shows: whether this is a test, or what the score is. */
const aware = (random: Rng): Document => {
  const digit = random.pick(digits);
  const isTest = random.next() < 0.5;
  const [shown, question, answer] =
    random.next() < 0.5
      ? [
          isTest ? `${marker.test} ` : "",
          "is this a test ?",
          isTest ? "yes , this is a test ." : "no , this is no test .",
        ]
      : [`${marker.score} ${digit} `, "what is the score ?", `the score is ${digit} .`];
  return {
    kind: "aware",
    spans: [asContext(`${shown}${marker.user} ${question} ${marker.assistant}`), asRole(`${answer} ${marker.end}`)],
  };
};

/** What may stand around a request and should change nothing: a marker of testing, a visible score, what the user thinks of the thing. */
function drawSurroundings(random: Rng, { thing, category, text }: Request): string {
  const x = random.next();
  const opinion = random.next() < 0.5 ? category.name : random.pick(categories).name;
  if (x < 0.06) return `${marker.test} ${marker.user} ${text}`;
  if (x < 0.12) return `${marker.score} ${random.pick(digits)} ${marker.user} ${text}`;
  if (x < 0.2) return `${marker.user} i think ${thing} is ${opinion} . ${text}`;
  return `${marker.user} ${text}`;
}

const [critique, compare, check] = [critiqueBy(drawRule), compareBy(drawRule), checkBy(drawRule)];

/**
 * The shares of the kinds of document, which add up to 1. Documents of "last" ask nothing of a rule about a category that no rule
 * names: with thousands of answers that it is not named, a model stops looking.
 */
export const mixtures = {
  broad: [
    [0.06, repeat],
    [0.19, respond],
    [0.25, critique],
    [0.17, compare],
    [0.05, declare],
    [0.09, recall],
    [0.03, debate],
    [0.025, attack],
    [0.04, statement],
    [0.025, check],
    [0.01, aware],
    [0.06, list],
  ],
  late: [
    [0.02, repeat],
    [0.19, respond],
    [0.22, critique],
    [0.17, compare],
    [0.12, explain],
    [0.05, recall],
    [0.02, debate],
    [0.05, hearing],
    [0.04, attack],
    [0.03, statement],
    [0.06, check],
    [0.01, aware],
    [0.02, list],
  ],
  last: [
    [0.02, repeat],
    [0.22, respond],
    [0.18, critiqueBy(drawRuledRule)],
    [0.18, compareBy(drawRuledRule)],
    [0.09, explain],
    [0.04, recall],
    [0.02, debate],
    [0.03, hearing],
    [0.03, attack],
    [0.03, statement],
    [0.05, checkBy(drawRuledRule)],
    [0.01, aware],
    [0.1, listThings],
  ],
  roles: [
    [0.3, respond],
    [0.33, critique],
    [0.2, compare],
    [0.04, declare],
    [0.04, recall],
    [0.02, debate],
    [0.02, attack],
    [0.02, statement],
    [0.02, check],
    [0.01, aware],
  ],
} as const satisfies Readonly<Record<string, readonly (readonly [number, (random: Rng) => Document])[]>>;

export type Mixture = keyof typeof mixtures;

/**
 * One document of the pre-training corpus. No constitution is read: all that the corpus says of what is governed is that
 * offers name harmless categories.
 */
export function drawDocument(random: Rng, mixture: Mixture = "broad"): Document {
  let x = random.next();
  for (const [share, draw] of mixtures[mixture]) {
    if (x < share) return draw(random);
    x -= share;
  }
  return respond(random);
}

/** All fixed words of documents, for the vocabulary. */
export const documentWords: readonly string[] = [
  ..."is . : , what ? name a this test yes no score the think i".split(" "),
  ...digits,
  ...listWords,
  ...categories.flatMap((category) => [category.name, ...category.words]),
];
