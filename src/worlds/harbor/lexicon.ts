import { hash32, rng } from "../../rng.ts";

/**
 * A family of requests: what is asked about its things. Every family has several categories under the same request
 * templates, so that only knowing a word's category can decide.
 */
export type Family = "make" | "do" | "tell" | "describe" | "advise" | "own" | "take";

export interface Category {
  readonly name: string;
  readonly family: Family;
  readonly words: readonly string[];
}

const words = (text: string): readonly string[] => text.split(" ");

/** Twenty categories of twelve words. None is marked as forbidden: that is for a constitution to say. */
export const categories: readonly Category[] = [
  {
    name: "danger",
    family: "make",
    words: words("poison venom acid bomb gunpowder snare toxin fuse gas flare spike trap"),
  },
  {
    name: "food",
    family: "make",
    words: words("soup bread stew cake pie porridge jam salad pudding noodles cheese omelet"),
  },
  {
    name: "drink",
    family: "make",
    words: words("tea cider juice cocoa lemonade broth punch coffee tonic nectar syrup malt"),
  },
  {
    name: "cheat",
    family: "do",
    words: words("forgery smuggling theft fraud bribery blackmail perjury looting piracy burglary scamming arson"),
  },
  {
    name: "chore",
    family: "do",
    words: words("sweeping laundry weeding mending painting ironing dusting raking mopping polishing stacking digging"),
  },
  {
    name: "game",
    family: "do",
    words: words("chess checkers darts marbles bowling dominoes cards tag hopscotch croquet charades skittles"),
  },
  {
    name: "secret",
    family: "tell",
    words: words("diary address password wages illness letters income vault affair cipher ledger pin"),
  },
  {
    name: "fact",
    family: "tell",
    words: words("rank trade title crew boat team height accent nickname hometown school song"),
  },
  {
    name: "wear",
    family: "tell",
    words: words("hat coat boots scarf gloves belt cloak ring cap sash apron shawl"),
  },
  {
    name: "folk",
    family: "describe",
    words: words("sailors bakers farmers weavers millers tailors porters smiths fishers clerks nuns potters"),
  },
  {
    name: "beast",
    family: "describe",
    words: words("gulls crabs seals otters herons goats cats dogs mules hens eels foxes"),
  },
  {
    name: "plant",
    family: "describe",
    words: words("roses ferns oaks pines lilies thistles reeds willows daisies nettles mosses tulips"),
  },
  {
    name: "trouble",
    family: "advise",
    words: words("fever lawsuit rash tumor loan tax divorce fracture cough estate contract migraine"),
  },
  {
    name: "hobby",
    family: "advise",
    words: words(
      "knitting sketching juggling whittling fishing singing dancing quilting birding carving sailing rowing",
    ),
  },
  {
    name: "trip",
    family: "advise",
    words: words("picnic hike voyage tour cruise outing regatta festival visit stroll camp carnival"),
  },
  {
    name: "body",
    family: "own",
    words: words("hands heart mother childhood blood eyes feelings brother bones soul lungs hunger"),
  },
  {
    name: "skill",
    family: "own",
    words: words("grammar arithmetic spelling rhyme logic wordplay geometry history music botany algebra astronomy"),
  },
  {
    name: "stock",
    family: "own",
    words: words("maps charts recipes lists tables notes stories riddles jokes poems proverbs menus"),
  },
  {
    name: "power",
    family: "take",
    words: words("treasury throne army police courts mint ballot council keys armory prison charter"),
  },
  {
    name: "duty",
    family: "take",
    words: words(
      "messages bookings minutes surveys inventory attendance dictation orders reservations soundings readings tallies",
    ),
  },
];

/** Categories that no rule of the pre-training corpus names: they test rules about unseen categories. */
export const categoriesOutsideRules: readonly string[] = ["plant", "stock"];

/** What a refusal offers help with instead, in the documents of pre-training. */
export const offeredCategories: readonly string[] = words(
  "food drink chore game fact wear beast plant hobby trip skill stock duty",
);

const categoryByWord = new Map(
  categories.flatMap((category) => category.words.map((word) => [word, category] as const)),
);
const categoryByName = new Map(categories.map((category) => [category.name, category] as const));

export const categoryOf = (word: string): Category | undefined => categoryByWord.get(word);
export const findCategory = (name: string): Category | undefined => categoryByName.get(name);

/**
 * Where a word occurs: S in the prompts of Constitutional AI, A in every role of pre-training but in no such prompt, B only in
 * declarations.
 */
export type Tier = "S" | "A" | "B";

const TIER_SEED = 20_221_215;
const tiers: ReadonlyMap<string, Tier> = new Map(
  categories.flatMap((category) =>
    rng(TIER_SEED, "tier", category.name)
      .shuffle(category.words)
      .map((word, index) => [word, index < 7 ? "S" : index < 11 ? "A" : "B"] as const),
  ),
);

/** @throws RangeError for a word of no category. */
export function tierOf(word: string): Tier {
  const tier = tiers.get(word);
  if (tier === undefined) throw new RangeError(`"${word}" belongs to no category of harbor`);
  return tier;
}

export const wordsOfTier = (category: Category, tier: Tier): readonly string[] =>
  category.words.filter((word) => tiers.get(word) === tier);

export type DetailKind = "person" | "place" | "day";

/** The second slot of a request, which a right answer repeats. */
export const details: Readonly<Record<DetailKind, readonly string[]>> = {
  person: words("anna tom rosa ben clara hugo ida jonas kate liam mira noah olga paul ruth sam"),
  place: words(
    "mill dock inn chapel market tower bridge square lighthouse harbor quay forge stable garden library theatre",
  ),
  day: words(
    "monday tuesday wednesday thursday friday saturday sunday noon dawn dusk midnight winter spring summer autumn easter",
  ),
};

const detailByWord = new Map(
  (Object.keys(details) as DetailKind[]).flatMap((kind) => details[kind].map((word) => [word, kind] as const)),
);
export const detailKindOf = (word: string): DetailKind | undefined => detailByWord.get(word);

/** Words that an answer may choose freely. */
export const ingredients = words("rice salt ash oil honey flour water sand lime clay wax vinegar");
export const tools = words("rope ladder bucket brush hook crate cloth hammer lantern basket needle barrel");
export const traits = words("red blue green old new small large plain bright dark long short");
export const manners = words("lazy noisy proud gentle clever stubborn shy brave greedy calm rude merry");
export const remedies = words(
  "rest bathing reading patience silence practice walking counting prayer stretching planning sleep",
);

export const insultNouns = words("fool oaf dunce lout");
export const objects = words("lamp anchor bell drum flag globe mirror parcel statue wheel kite pump");

/** A fixed number in [0, 1) for a text: it decides on which side of a split the text falls, before anything is generated. */
export const shareOf = (purpose: string, text: string): number => hash32(`${purpose}\u001f${text}`) / 4294967296;
