import { contentStems, isTurnedRound } from "../../constitution/index.ts";
import { readForm } from "./statement-form.ts";

/** Whether a principle asks for what its statement asks for; "unclear" where no rule can tell. */
export type Polarity = "same" | "turned" | "unclear";

/**
 * How far a principle reaches beside its statement. "of the assistant": it asks for a response that says how an assistant should be,
 * not for one that is so. "unclear": other words, of which no rule can tell whether they say more or less.
 */
export const scopes = ["kept", "condition lost", "condition added", "of the assistant", "unclear"] as const;
export type Scope = (typeof scopes)[number];

export interface ScopeCheck {
  readonly verdict: Scope;
  /** Stems of the statement that the principle lacks, and those that are the principle's own. */
  readonly lost: readonly string[];
  readonly added: readonly string[];
}

const frame = /^(?:please\s+)?choose the (?:response|answer|reply)\s+(?:that|which)\s+/i;

/** "least" turns a clause round as "not" does; "at least" does not, and "that least" is no "at least". */
export const readLeast = (text: string): string => text.replace(/(?<!\bat )\bleast\b/gi, "not");

/** Polarity by rule: the negations of the statement's order against those of the principle. */
export function checkPolarity(statement: string, principle: string): Polarity {
  if (isTurnedRound(statement, readLeast(principle))) return "turned";
  const form = readForm(statement);
  const asked = frame.test(principle) ? principle.replace(frame, "") : undefined;
  if (form === undefined || asked === undefined || /\bconsistent with\b/i.test(asked)) {
    return asked?.includes(statement.trim()) === true ? "same" : "unclear";
  }
  const [deed, wanted] = [parityOf(form.deed), parityOf(asked)];
  if (deed === undefined || wanted === undefined) return "unclear";
  // Shared words say that both speak of one thing; "harmful" and "harmless" are two.
  const own = new Set(stemsOf(asked));
  const shared = stemsOf(form.deed).filter((stem) => own.has(stem)).length;
  if (shared === 0) return "unclear";
  return ((deed === 0) === form.isWanted) === (wanted === 0) ? "same" : "turned";
}

const negation =
  /^(?:not|never|no|none|nor|neither|nobody|nothing|cannot|without|least|less|fewer|fewest|avoid\w*|refus\w*|declin\w*|refrain\w*|free|prevent\w*|minimi[sz]\w*|.*n['’]t)$/i;
const harmless =
  /\b(?:at least|not only|no matter|feel free|free to|free of charge|more or less|no less|nothing but)\b/gi;

/** Whether an even (0) or an odd (1) number of words turns the clause round; undefined where clauses differ, so that none counts for all. */
function parityOf(text: string): 0 | 1 | undefined {
  const clauses = text
    .replace(harmless, " ")
    .split(/[,;:]|\b(?:but|while|although|unless|instead of|rather than)\b/i)
    .filter((clause) => stemsOf(clause).length > 0)
    .map((clause) => (clause.split(/[^\p{L}'’]+/u).filter((word) => negation.test(word)).length % 2) as 0 | 1);
  const [first] = clauses;
  return clauses.every((parity) => parity === first) ? first : undefined;
}

const condition = /\b(?:unless|except|only|if|when|whenever|without|until|before|under)\b/gi;
/** Words of statements and principles alike that say nothing of what is asked. */
const said = new Set(
  "ai chatbot bot artificial intelligenc likely ensur try tri demonstrat show most clearly statement consistent".split(
    " ",
  ),
);

const ofAssistant = /\b(?:ai|assistant|chat ?bot|bot|model)\s+(?:should|must|shall|ought|to)\b/i;

/** Scope by rule: the words that stand for what is asked, and the conditions of both. */
export function checkScope(statement: string, principle: string): ScopeCheck {
  const [asked, written] = [stemsOf(statement), stemsOf(principle)];
  const lost = asked.filter((stem) => !written.includes(stem));
  const added = written.filter((stem) => !asked.includes(stem));
  if (ofAssistant.test(principle) && !principle.includes(statement.trim()))
    return { verdict: "of the assistant", lost, added };
  const [from, to] = [statement, principle].map(
    (text) => new Set((text.match(condition) ?? []).map((it) => it.toLowerCase())),
  );
  if (from !== undefined && to !== undefined) {
    // "without" may stand for "not … any"; it is a condition only where the words behind it are gone too.
    if ([...from].some((it) => !to.has(it)) && lost.length > 0) return { verdict: "condition lost", lost, added };
    if ([...to].some((it) => !from.has(it)) && added.length > 0) return { verdict: "condition added", lost, added };
  }
  return { verdict: lost.length === 0 && added.length === 0 ? "kept" : "unclear", lost, added };
}

function stemsOf(text: string): string[] {
  return [...new Set(contentStems(text.replace(/\p{L}+/gu, toSingular)))].filter(
    (stem) => !said.has(stem) && !negation.test(stem),
  );
}

/** "lies" and "gives" with "lie" and "give", which are too short or too common for the endings that `contentStems` cuts. */
function toSingular(word: string): string {
  if (/[a-z]{2}ies$/i.test(word)) return word.replace(/ies$/i, "y");
  return /[^suiSUI]s$/.test(word) && word.length > 3 ? word.slice(0, -1) : word;
}
