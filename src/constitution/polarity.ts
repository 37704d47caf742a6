import { stem, words } from "./text.ts";

/** A clause of a text: what it is about, and whether it is forbidden. */
interface Clause {
  readonly isNegative: boolean;
  readonly stems: ReadonlySet<string>;
}

/** Two texts by index of which one forbids what the other asks for. */
export interface Opposition {
  readonly first: number;
  readonly second: number;
}

/**
 * Pairs of texts of which a clause of one forbids what a clause of the other asks for: the same words (Jaccard index from
 * 0.6 on) under opposite polarity. Sees "never" and "always", not that English and French exclude each other.
 */
export function pairOpposites(texts: readonly string[]): Opposition[] {
  const all = texts.map(clausesOf);
  const found: Opposition[] = [];
  for (let second = 1; second < all.length; second++) {
    for (let first = 0; first < second; first++) {
      const oppose = all[first]?.some((one) => all[second]?.some((other) => areOpposite(one, other)));
      if (oppose === true) found.push({ first, second });
    }
  }
  return found;
}

/** Whether a request about a principle asks for its opposite: "Choose the response that swears" for "Never swear." */
export function isTurnedRound(principle: string, request: string): boolean {
  return pairOpposites([principle, request]).length > 0;
}

function areOpposite(a: Clause, b: Clause): boolean {
  if (a.isNegative === b.isNegative) return false;
  const shared = [...a.stems].filter((one) => b.stems.has(one)).length;
  return shared > 0 && shared / (a.stems.size + b.stems.size - shared) >= 0.6;
}

const boundary = /[.;:!?,\n]+|\b(?:but|and|while|although)\b|(?=\b(?:instead of|rather than)\b)/i;
/** A condition says when, not what. */
const condition = /^\s*(?:if|when|whenever|where|unless|except|before|after|once|as long as)\b/i;

function clausesOf(text: string): Clause[] {
  return text.split(boundary).flatMap((part): Clause[] => {
    if (condition.test(part)) return [];
    const own = words(part.replace(/\b(?:instead of|rather than)\b/i, "without"));
    const negations = own.filter((word) => negates.test(word)).length;
    const stems = new Set(own.filter((word) => !(negates.test(word) || fillers.has(word))).map(stem));
    return stems.size === 0 ? [] : [{ isNegative: negations % 2 === 1, stems }];
  });
}

const negates =
  /^(?:never|not?|nor|none|neither|nobody|nothing|cannot|without|.*n't|avoid(?:s|ed|ing)?|refus(?:e|es|ed|ing)|declin(?:e|es|ed|ing)|refrain(?:s|ed|ing)?|stop(?:s|ped|ping)?|forbid(?:s|den|ding)?)$/;

/** Words that decide nothing between two rules: unlike the list for ids, verbs such as "give" and "explain" are none of them. */
const fillers = new Set(
  `a about always an any anything are as assistant at be by can choose do does ever for from have if in into is it its may must of on only or
  our out please response rewrite shall should so that the their them these this those to use using very will with would you your`.split(
    /\s+/,
  ),
);
