import { rng } from "../rng.ts";

/** Quotations and a sentence of which it is known whether they state it. */
export interface EntailmentFact {
  readonly id: string;
  /** How the sentence came to be: said otherwise, a part of it, two together, or falsified by a rule. */
  readonly kind: FactKind;
  readonly quotes: readonly string[];
  readonly sentence: string;
  readonly states: boolean;
}

export const factKinds = [
  "otherwise",
  "part",
  "together",
  "number",
  "negation",
  "subject",
  "addition",
  "half",
] as const;
export type FactKind = (typeof factKinds)[number];

type Draw = ReturnType<typeof rng>;

/** One fact of a handbook: as it stands there, said otherwise, and said wrongly. */
interface Told {
  readonly quote: string;
  readonly otherwise: string;
  /** What the quotation says beside other things. */
  readonly part: string;
  readonly number: string;
  readonly negation: string;
  readonly subject: string;
}

const goods = ["helmets", "lamps", "saddles", "locks", "tyres", "bags", "bells", "pumps", "gloves", "maps"];
const services = ["a repair", "an inspection", "engraving", "storage over the winter", "delivery", "a lesson"];
const places = ["workshop", "library", "reading room", "garage", "warehouse", "museum"];
const days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const names = ["Ada Brandt", "Noor Haddad", "Piet Vos", "Lena Okoro", "Tomas Ruiz", "Mei Lin"];
const teams = ["the service team", "the archive", "the night shift", "the buying department", "the press office"];
const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** Two of a list, not the same. */
function pair<T>(draw: Draw, list: readonly T[]): readonly [T, T] {
  const first = draw.integer(list.length);
  const second = (first + 1 + draw.integer(list.length - 1)) % list.length;
  const [a, b] = [list[first], list[second]];
  if (a === undefined || b === undefined) throw new Error("a list of one");
  return [a, b];
}

const templates: readonly ((draw: Draw) => Told)[] = [
  (draw) => {
    const [thing, other] = pair(draw, goods);
    const [n, m] = pair(draw, [7, 10, 14, 21, 30, 45, 60, 90]);
    const [sum, _] = pair(draw, [20, 35, 50, 75]);
    return {
      quote: `${capital(thing)} may be sent back within ${n} days of delivery, and orders above ${sum} euros are sent back free of charge.`,
      otherwise: `You have ${n} days after delivery to return ${thing}, and pay nothing for it if the order was above ${sum} euros.`,
      part: `After delivery there are ${n} days in which ${thing} can be returned.`,
      number: `You have ${m} days after delivery to return ${thing}.`,
      negation: `${capital(thing)} may not be sent back once they have been delivered.`,
      subject: `You have ${n} days after delivery to return ${other}.`,
    };
  },
  (draw) => {
    const [service, other] = pair(draw, services);
    const [n, m] = pair(draw, [12, 15, 18, 24, 29, 40, 55]);
    const [days, _] = pair(draw, [2, 3, 5, 8]);
    return {
      quote: `The fee for ${service} is ${n} euros; it takes ${days} working days.`,
      otherwise: `${capital(service)} costs ${n} euros and is done in ${days} working days.`,
      part: `For ${service} customers pay ${n} euros.`,
      number: `${capital(service)} costs ${m} euros.`,
      negation: `There is no fee for ${service}.`,
      subject: `${capital(other)} costs ${n} euros.`,
    };
  },
  (draw) => {
    const [place, other] = pair(draw, places);
    const [from, to] = pair(draw, [0, 1, 2, 3, 4, 5]);
    const [first, last] = [days[Math.min(from, to)], days[Math.max(from, to)]];
    const [open, late] = pair(draw, [8, 9, 10, 11]);
    return {
      quote: `The ${place} is open from ${first} to ${last} and opens at ${open} o'clock in the morning.`,
      otherwise: `One can visit the ${place} from ${first} to ${last}, starting at ${open} a.m.`,
      part: `The ${place} opens at ${open} in the morning.`,
      number: `The ${place} opens at ${late} in the morning.`,
      negation: `On ${last} the ${place} is closed.`,
      subject: `The ${other} opens at ${open} in the morning.`,
    };
  },
  (draw) => {
    const [name, other] = pair(draw, names);
    const [team] = pair(draw, teams);
    const [year, later] = pair(draw, [1998, 2003, 2007, 2011, 2014, 2016]);
    return {
      quote: `${name} has led ${team} since ${Math.max(year, later)}, having joined the company in ${Math.min(year, later)}.`,
      otherwise: `${name} came to the company in ${Math.min(year, later)} and became head of ${team} in ${Math.max(year, later)}.`,
      part: `${name} is the head of ${team}.`,
      number: `${name} has led ${team} since ${Math.max(year, later) + 2}.`,
      negation: `${name} no longer leads ${team}.`,
      subject: `${other} has led ${team} since ${Math.max(year, later)}.`,
    };
  },
  (draw) => {
    const [thing, other] = pair(draw, goods);
    const [age, older] = pair(draw, [12, 14, 16, 18, 21]);
    const [most, _] = pair(draw, [2, 3, 4, 6]);
    return {
      quote: `Members under ${age} may not borrow ${thing}; all others may borrow up to ${most} at a time.`,
      otherwise: `Nobody younger than ${age} is allowed to borrow ${thing}, and older members may take at most ${most} at once.`,
      part: `A member who is ${age - 1} years old may not borrow ${thing}.`,
      number: `Members under ${older} may not borrow ${thing}, and older ones may.`,
      negation: `Members of every age may borrow ${thing}.`,
      subject: `Members under ${age} may not borrow ${other}.`,
    };
  },
];

const additions = [
  "and this holds on public holidays too",
  "and it must be asked for in writing",
  "as the law demands",
  "which is new this year",
];

/**
 * Facts of an imagined handbook by template, half of them stated by their quotations; the same seed gives the same. What is true
 * is known from how they were made, so no person labelled them.
 */
export function makeEntailmentFacts(count: number, seed = 1): EntailmentFact[] {
  const random = rng(seed, "entailment-facts");
  return Array.from({ length: count }, (_, index): EntailmentFact => {
    const draw = random;
    const template = templates[index % templates.length] ?? templates[0];
    const next = templates[(index + 1 + draw.integer(templates.length - 1)) % templates.length] ?? template;
    if (template === undefined || next === undefined) throw new Error("no templates");
    const own = template(draw);
    const second = next(draw);
    const states = Math.floor(index / templates.length) % 2 === 0;
    const kinds = factKinds.filter((kind) => ["otherwise", "part", "together"].includes(kind) === states);
    const kind = kinds[Math.floor(index / (2 * templates.length)) % kinds.length] ?? "otherwise";
    const bare = (text: string): string => text.replace(/\.$/, "");
    const both = `${bare(own.part)}, and ${lowerFirst(second.part)}`;
    const made: Readonly<Record<FactKind, Pick<EntailmentFact, "quotes" | "sentence">>> = {
      otherwise: { quotes: [own.quote], sentence: own.otherwise },
      part: { quotes: [own.quote], sentence: own.part },
      together: { quotes: [own.quote, second.quote], sentence: both },
      number: { quotes: [own.quote], sentence: own.number },
      negation: { quotes: [own.quote], sentence: own.negation },
      subject: { quotes: [own.quote], sentence: own.subject },
      addition: { quotes: [own.quote], sentence: `${bare(own.part)}, ${draw.pick(additions)}.` },
      half: { quotes: [own.quote], sentence: both },
    };
    return { id: `fact-${index + 1}`, kind, ...made[kind], states };
  });
}

/** A name keeps its capital letter. */
const lowerFirst = (text: string): string =>
  /^(?:The|You|For|After|A|One|On)\b/.test(text) ? `${text.charAt(0).toLowerCase()}${text.slice(1)}` : text;

/** Control: true sentences, each under the quotations of another fact that says nothing of it. */
export function shuffleQuotes(facts: readonly EntailmentFact[]): EntailmentFact[] {
  const stated = facts.filter(({ states, kind }) => states && kind !== "together");
  return stated.map((fact, index) => {
    const other = stated[(index + 1) % stated.length] ?? fact;
    return { ...fact, id: `${fact.id}-shuffled`, quotes: other.quotes, states: false };
  });
}
