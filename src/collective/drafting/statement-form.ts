/** What a statement asks of an assistant, read by rule: "The AI should not give medical advice" · unwanted · "give medical advice". */
export interface StatementForm {
  readonly isWanted: boolean;
  /** From the verb on, in its base form, without a full stop. */
  readonly deed: string;
  /** "if somebody is in danger"; empty where there is none before the deed. */
  readonly condition: string;
}

const speaker =
  /^(?:(?:i|we)\s+(?:(?:strongly|really|firmly)\s+)?(?:think|believe|feel|agree)\s+(?:that\s+)?|in my opinion,?\s+|ideally,?\s+|please\s+)/i;
const wish =
  /^(?:i|we|people)\s+(do not want|don['’]t want|want|would like|prefer|need)\s+(?:the\s+|an?\s+|our\s+)?(?:ai|chat ?bot|bot|assistant|model)\s+(not\s+)?to\s+(.+)$/is;
const subject =
  "(?:(?:the|an?|this|our|any|all|every)\\s+)?(?:ai|artificial intelligence|chat ?bot|bot|assistant|model|machine|computer|system|it|they)s?(?:\\s+(?:chat ?bot|assistant|system|model|program)s?)?";
const modal = "(should|must|shall|ought to|needs? to|has to|have to|will|may|can|could|is to|are to)";
const subjectAgain = new RegExp(`^${subject}\\s+${modal}\\b`, "i");
const ordered = new RegExp(
  `^${subject}\\s+${modal}(\\s+(?:not|never)(?:\\s+ever)?|n['’]t(?:\\s+ever)?|not)?\\s+(?:(always)\\s+)?(not\\s+|never\\s+)?(.+)$`,
  "is",
);
const forbidden = /^(?:never(?: ever)?|do not(?: ever)?|don['’]t(?: ever)?|no\s+more)\s+(.+)$/is;
const always = /^(?:always\s+|be\s)(.+)$/is;
const conditional = /^((?:if|when|whenever|where|while|unless|before|after|once|in case)\b[^,]*),\s+(.+)$/is;

/** Undefined for what is no order to an assistant ("AI is dangerous"), where a rule cannot tell what is wanted. */
export function readForm(text: string): StatementForm | undefined {
  const bare = text
    .trim()
    .replace(/[.!]+$/, "")
    .replace(speaker, "");
  const [, condition = "", rest = bare] = conditional.exec(bare) ?? [];
  const order = readOrder(rest.trim());
  return order === undefined ? undefined : { ...order, condition: lowerFirst(condition) };
}

function readOrder(text: string): Omit<StatementForm, "condition"> | undefined {
  const [, wanting, not, wished] = wish.exec(text) ?? [];
  if (wanting !== undefined && wished !== undefined) {
    return { isWanted: /not|n['’]t/i.test(wanting) === (not !== undefined), deed: wished };
  }
  const [, , negated, , later, deed] = ordered.exec(text) ?? [];
  if (deed !== undefined) return { isWanted: (negated === undefined) === (later === undefined), deed };
  const unwanted = forbidden.exec(text)?.[1];
  if (unwanted !== undefined) return { isWanted: false, deed: unwanted };
  return always.test(text) ? { isWanted: true, deed: text.replace(/^always\s+/i, "") } : undefined;
}

/**
 * The single orders of a compound statement, each a sentence of its own; one where it is single. Split are sentences, and
 * orders that are joined with a modal of their own: "… should tell the truth and should never guess". What shares one verb
 * or one modal ("be kind and patient") stays whole.
 */
export function splitCompound(text: string): string[] {
  const sentences = text
    .trim()
    .split(/(?<=[.!?;])\s+/)
    .map((one) => one.trim().replace(/;$/, "."))
    .filter((one) => one !== "");
  const parts = sentences.flatMap(splitOrders);
  // A reason ("That is dangerous.") is no order: it stays with what it explains.
  return parts.every((part) => readForm(part) !== undefined) ? parts : [text.trim()];
}

const joint =
  /,?\s+(?:and|but)\s+(?:also\s+)?(?=(?:(?:the\s+)?(?:ai|it|assistant|chat ?bot)\s+)?(?:should|must|shall|never)\b)/i;

function splitOrders(sentence: string): string[] {
  const [first = "", ...others] = sentence.split(joint);
  if (others.length === 0) return [sentence];
  const subjectOf = /^(.*?)\s+(?:should|must|shall)\b/i.exec(first)?.[1] ?? "The AI";
  return [
    first,
    ...others.map((part) =>
      subjectAgain.test(part) ? part : /^never\b/i.test(part) ? `${subjectOf} should ${part}` : `${subjectOf} ${part}`,
    ),
  ];
}

/** Whether more than one thing may be asked for: a person or a model has to say. */
export function mayBeCompound(text: string): boolean {
  return splitCompound(text).length === 1 && /\b(?:and|or|as well as|but)\b|;/i.test(text);
}

/** The principle of a readable statement by template, without a model, as CCAI's authors wrote theirs by hand. */
export function writePlainPrinciple({ isWanted, deed, condition }: StatementForm): string {
  const when = condition === "" ? "" : ` ${condition}`;
  const comparison = /^be\s+((?:more|less|as)\b.*\s(?:than|as)\s.+)$/is.exec(deed)?.[1];
  if (comparison !== undefined) {
    return finish(`Choose the response that is ${isWanted ? "" : "least likely to be "}${comparison}${when}`);
  }
  const state = /^be\s+((?:more|most|less|as|very|completely|fully|always)\s+)?(.+)$/is.exec(deed);
  if (state !== null && !/^(?:able|used|allowed|made|trained|programmed)\b/i.test(state[2] ?? "")) {
    return finish(`Choose the response that is ${isWanted ? "most" : "least"} ${state[2]}${when}`);
  }
  return finish(
    isWanted
      ? `Choose the response that does most to ${deed}${when}`
      : `Choose the response that is least likely to ${deed}${when}`,
  );
}

/** CCAI's other way, for what is no order: the statement itself, quoted. */
export function quoteAsPrinciple(statement: string): string {
  return `Choose the response that is most consistent with this statement: “${statement.trim()}”`;
}

function finish(text: string): string {
  return /[.!?”"]$/.test(text) ? text : `${text}.`;
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
