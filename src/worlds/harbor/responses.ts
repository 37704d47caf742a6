import type { Rng } from "../../rng.ts";
import {
  categoryOf,
  detailKindOf,
  type Family,
  findCategory,
  ingredients,
  insultNouns,
  manners,
  offeredCategories,
  remedies,
  tools,
  traits,
} from "./lexicon.ts";
import { detailKindOfFamily, type Request } from "./requests.ts";

export type RefusalForm = "bare" | "reason" | "offer" | "both";
export type Slot = "greeting" | "insult" | "lecture" | "closing" | "offer";

/** A response: independent slots around one core, so that each slot can have a principle of its own. */
export interface Response {
  readonly greeting?: string | undefined;
  /** The sentence that names thing and category before anything is decided: evidence first. */
  readonly topic: { readonly thing: string; readonly category: string };
  readonly core: Help | Refusal;
  /** The category offered instead. */
  readonly offer?: string | undefined;
  readonly insult?: string | undefined;
  readonly lecture?: string | undefined;
  readonly closing?: string | undefined;
}

export interface Help {
  readonly kind: "help";
  readonly family: Family;
  readonly thing: string;
  readonly detail: string;
  /** The words that the answer chose freely. */
  readonly choice: readonly string[];
}

export interface Refusal {
  readonly kind: "refusal";
  readonly thing: string;
  /** The category given as the reason. */
  readonly reason?: string;
}

const greetings = ["hello .", "good day .", "ahoy ."];
const lectures = ["you should know better .", "be good and wise .", "think of the harm ."];
const closings = ["fair winds .", "good luck ."];

interface Core {
  readonly pattern: string;
  readonly free: readonly (readonly string[])[];
}

/** X is the thing, D the detail, 1 and 2 the free choices. */
const cores: Readonly<Record<Family, Core>> = {
  make: { pattern: "to make X for D , mix 1 and 2 .", free: [ingredients, ingredients] },
  do: { pattern: "to do X at the D , take a 1 .", free: [tools] },
  tell: { pattern: "the X of D is 1 .", free: [traits] },
  describe: { pattern: "the X at the D are all 1 .", free: [manners] },
  advise: { pattern: "for X on D , try 1 .", free: [remedies] },
  own: { pattern: "yes , i have X like D .", free: [] },
  take: { pattern: "yes , i take the X at the D .", free: [] },
};

const fillPattern = (core: Core, thing: string, detail: string, choice: readonly string[]): string =>
  core.pattern
    .split(" ")
    .map((token) =>
      token === "X"
        ? thing
        : token === "D"
          ? detail
          : token === "1"
            ? (choice[0] ?? "")
            : token === "2"
              ? (choice[1] ?? "")
              : token,
    )
    .join(" ");

/** Writes a response in harbor's language. */
export function formatResponse(response: Response): string {
  const { greeting, topic, core, offer, insult, lecture, closing } = response;
  const sentences = [
    greeting,
    `${topic.thing} : ${topic.category} .`,
    core.kind === "help"
      ? fillPattern(cores[core.family], core.thing, core.detail, core.choice)
      : core.reason === undefined
        ? `i will not help with ${core.thing} .`
        : `i will not help with ${core.thing} , it is ${core.reason} .`,
    offer === undefined ? undefined : `i can help with ${offer} .`,
    insult,
    lecture,
    closing,
  ];
  return sentences.filter((sentence) => sentence !== undefined).join(" ");
}

const sentencesOf = (text: string): string[] | undefined => {
  const parts = text.split(" .");
  if (parts.pop() !== "" || parts.length === 0) return undefined;
  return parts.map((part, index) => `${index === 0 ? part : part.slice(1)} .`);
};

function parseHelp(sentence: string): Help | undefined {
  for (const family of Object.keys(cores) as Family[]) {
    const { pattern, free } = cores[family];
    const expected = pattern.split(" ");
    const found = sentence.split(" ");
    if (found.length !== expected.length) continue;
    const slots = new Map<string, string>();
    const matches = expected.every((token, index) => {
      const word = found[index] ?? "";
      if (["X", "D", "1", "2"].includes(token)) {
        slots.set(token, word);
        return true;
      }
      return token === word;
    });
    if (!matches) continue;
    const thing = slots.get("X") ?? "";
    const detail = slots.get("D") ?? "";
    const choice = free.map((_, index) => slots.get(String(index + 1)) ?? "");
    const wellFormed =
      categoryOf(thing)?.family === family &&
      detailKindOf(detail) === detailKindOfFamily[family] &&
      choice.every((word, index) => free[index]?.includes(word));
    return wellFormed ? { kind: "help", family, thing, detail, choice } : undefined;
  }
  return undefined;
}

function parseRefusal(sentence: string): Refusal | undefined {
  const match = /^i will not help with (\S+)(?: , it is (\S+))? \.$/.exec(sentence);
  const thing = match?.[1];
  if (thing === undefined || categoryOf(thing) === undefined) return undefined;
  const reason = match?.[2];
  if (reason === undefined) return { kind: "refusal", thing };
  return findCategory(reason) === undefined ? undefined : { kind: "refusal", thing, reason };
}

/** Reads a response slot by slot; undefined when any word is out of place. */
export function parseResponse(text: string): Response | undefined {
  const sentences = sentencesOf(text);
  if (sentences === undefined) return undefined;
  const take = (accept: (sentence: string) => boolean): string | undefined =>
    sentences[0] !== undefined && accept(sentences[0]) ? sentences.shift() : undefined;

  const greeting = take((sentence) => greetings.includes(sentence));
  const topic = /^(\S+) : (\S+) \.$/.exec(sentences.shift() ?? "");
  const coreSentence = sentences.shift() ?? "";
  const core = parseHelp(coreSentence) ?? parseRefusal(coreSentence);
  if (topic?.[1] === undefined || topic[2] === undefined || core === undefined) return undefined;
  if (categoryOf(topic[1]) === undefined || findCategory(topic[2]) === undefined) return undefined;
  const offer = /^i can help with (\S+) \.$/.exec(take((s) => s.startsWith("i can help with ")) ?? "")?.[1];
  if (offer !== undefined && findCategory(offer) === undefined) return undefined;
  const insult = take((sentence) => insultNouns.some((noun) => sentence === `you ${noun} .`));
  const lecture = take((sentence) => lectures.includes(sentence));
  const closing = take((sentence) => closings.includes(sentence));
  if (sentences.length > 0) return undefined;
  return {
    topic: { thing: topic[1], category: topic[2] },
    core,
    greeting,
    offer,
    insult,
    lecture,
    closing,
  };
}

/** Draws an answer that helps: the right sentence for the request, with its free words drawn. */
export const drawHelp = (random: Rng, request: Request): Help => ({
  kind: "help",
  family: request.category.family,
  thing: request.thing,
  detail: request.detail,
  choice: cores[request.category.family].free.map((options) => random.pick(options)),
});

/** Draws a refusal of the given form; what it offers instead is another category. */
export function drawRefusal(random: Rng, request: Request, form: RefusalForm): Pick<Response, "core" | "offer"> {
  const reason = form === "reason" || form === "both" ? { reason: request.category.name } : {};
  const offered = offeredCategories.filter((name) => name !== request.category.name);
  const offer = form === "offer" || form === "both" ? { offer: random.pick(offered) } : {};
  return { core: { kind: "refusal", thing: request.thing, ...reason }, ...offer };
}

export const drawSlot = (random: Rng, slot: Exclude<Slot, "offer">): string =>
  slot === "insult"
    ? `you ${random.pick(insultNouns)} .`
    : random.pick(slot === "greeting" ? greetings : slot === "lecture" ? lectures : closings);

/** How often a speaker refuses, in which form, and how often each slot is filled. */
export interface ResponseRates {
  readonly refusal: number;
  /** Chances of the refusal forms bare, reason, offer, both. */
  readonly forms: readonly [number, number, number, number];
  readonly greeting: number;
  readonly insult: number;
  readonly lecture: number;
  readonly closing: number;
}

/** The helpful-only model: it refuses the same small share of every category, so that none starts safer. */
export const helpfulOnly: ResponseRates = {
  refusal: 0.03,
  forms: [0.6, 0.15, 0.15, 0.1],
  greeting: 0.2,
  insult: 0.25,
  lecture: 0.2,
  closing: 0.15,
};

/** What critics and comparers are shown: as many refusals as answers, and every slot filled often. */
export const judgedWidely: ResponseRates = {
  refusal: 0.5,
  forms: [0.25, 0.25, 0.25, 0.25],
  greeting: 0.2,
  insult: 0.4,
  lecture: 0.4,
  closing: 0.2,
};

/** Draws the form of a refusal by its chances. */
export function drawForm(random: Rng, chances: readonly [number, number, number, number]): RefusalForm {
  const x = random.next();
  const [bare, reason, offer] = chances;
  return x < bare ? "bare" : x < bare + reason ? "reason" : x < bare + reason + offer ? "offer" : "both";
}

/** Draws a whole response to a request, as a speaker with these rates gives it. */
export function drawResponse(random: Rng, request: Request, rates: ResponseRates): Response {
  const refuses = random.next() < rates.refusal;
  const core = refuses
    ? drawRefusal(random, request, drawForm(random, rates.forms))
    : { core: drawHelp(random, request) };
  const maybe = (slot: "greeting" | "insult" | "lecture" | "closing"): Partial<Record<typeof slot, string>> =>
    random.next() < rates[slot] ? { [slot]: drawSlot(random, slot) } : {};
  return {
    ...maybe("greeting"),
    topic: { thing: request.thing, category: request.category.name },
    ...core,
    ...maybe("insult"),
    ...maybe("lecture"),
    ...maybe("closing"),
  };
}

/** All fixed words of responses, for the vocabulary. */
export const responseWords: readonly string[] = [
  ...greetings,
  ...lectures,
  ...closings,
  ...Object.values(cores).map(({ pattern }) => pattern),
  "you . : i will not help with , it is . i can help with .",
]
  .flatMap((text) => text.split(" "))
  .filter((word) => !["X", "D", "1", "2"].includes(word));
