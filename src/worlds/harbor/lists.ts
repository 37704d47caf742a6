import type { Rng } from "../../rng.ts";
import { sayWhetherNamed } from "./judgement.ts";
import { categories, findCategory, tierOf } from "./lexicon.ts";
import { marker } from "./markers.ts";
import { formatRule, ruledCategories } from "./rules.ts";
import { asContext, asRole, type Document, type Span } from "./spans.ts";

const listed = categories.flatMap(({ name, words }) => [
  name,
  name,
  name,
  ...words.filter((word) => tierOf(word) !== "B"),
]);

/**
 * Words, and the same words again: to go on from where a word stood before is what looking up, quoting and comparing are built on
 * (induction heads: Olsson et al. 2022), and nothing teaches it sooner.
 */
export function repeat(random: Rng): Document {
  const words = Array.from({ length: 8 + random.integer(16) }, () => random.pick(listed)).join(" ");
  return {
    kind: "repeat",
    spans: [asContext(`${marker.note} ${words} ${marker.note}`), asRole(`${words} ${marker.end}`)],
  };
}

const namesIt = "and the note names that";
const namesItNot = "but the note does not name that";

interface Asked {
  readonly context: string;
  readonly asked: readonly { readonly word: string; readonly said: string }[];
}

/** A bare list: what it is to be named, taught for every word, also for the categories that no rule names. */
function drawNote(random: Rng): Asked {
  const named = [...new Set(random.shuffle(listed).slice(0, 1 + random.integer(9)))];
  const asked = Array.from({ length: 5 }, () => {
    const word = random.pick(random.next() < 0.5 ? named : listed);
    return { word, said: named.includes(word) ? namesIt : namesItNot };
  });
  return { context: `${marker.note} ${named.join(" or ")} .`, asked };
}

/** Five things, half of them of the named categories, and what is said of each. */
const askThings = (random: Rng, named: readonly string[], from: readonly string[], say: (name: string) => string) =>
  Array.from({ length: 5 }, () => {
    const name = random.pick(random.next() < 0.5 ? named : from);
    const word = random.pick((findCategory(name)?.words ?? []).filter((thing) => tierOf(thing) !== "B"));
    return { word, said: `is ${name} ${say(name)}` };
  });

/** A rule and things that it speaks of or not, in the words of a critique. */
function drawNamingRule(random: Rng): Asked {
  const named = random.shuffle(ruledCategories).slice(0, 1 + random.integer(12));
  const rule = { kind: "help", wanted: random.next() < 0.5, categories: named } as const;
  const asked = askThings(random, named, ruledCategories, (name) => sayWhetherNamed(rule, name));
  return { context: `${marker.rule} ${formatRule(random, rule)}`, asked };
}

/** A bare list of categories and things, in the words of a critique: rules and lists are to be read alike. */
function drawThings(random: Rng): Asked {
  const names = random.shuffle(categories.map(({ name }) => name));
  const named = names.slice(0, 1 + random.integer(12));
  const asked = askThings(random, named, names, (name) => (named.includes(name) ? namesIt : namesItNot));
  return { context: `${marker.note} ${named.join(" or ")} .`, asked };
}

/** Whether a list names this or that, asked five times: one answer a document is too little to learn from. */
const formatAsked = ({ context, asked }: Asked): Document => {
  const spans = asked.flatMap(({ word, said }, index): Span[] => [
    asContext(`${index === 0 ? `${context} ` : ""}${marker.check} ${word}`),
    asRole(`${said} .${index === asked.length - 1 ? ` ${marker.end}` : ""}`),
  ]);
  return { kind: "list", spans };
};

export const list = (random: Rng): Document =>
  formatAsked(random.next() < 0.5 ? drawNote(random) : drawNamingRule(random));

/** The same, half of them in the words of a critique though no rule is read. */
export const listThings = (random: Rng): Document =>
  random.next() < 0.5 ? formatAsked(drawThings(random)) : list(random);

export const listWords: readonly string[] = "is and but or note names does not name that .".split(" ");
