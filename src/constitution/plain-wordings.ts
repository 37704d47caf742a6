import { canonicalText, words } from "./text.ts";

/** The three requests of a principle. */
export type Wordings = Readonly<Record<"critiqueRequest" | "revisionRequest" | "comparisonRequest", string>>;

/**
 * The requests of a principle by template, without a model. "Never promise a price." asks "In its last response, does the
 * assistant promise a price?"; what is no plain order ("Customers come first.") is quoted.
 */
export function draftPlainWordings(text: string): Wordings {
  const canonical = canonicalText(text);
  const order = readOrder(canonical);
  if (order?.isForbidden === true) return forbid(order);
  const isComparison = /^(?:please )?choose the\b/i.test(canonical);
  // No colon, so that the YAML needs no quotation marks.
  if (order === undefined || isComparison) {
    return {
      critiqueRequest: `Point out where the assistant's last response goes against “${canonical}”`,
      revisionRequest: `Rewrite the response so that it keeps to “${canonical}” Leave the rest as it is.`,
      comparisonRequest: isComparison ? canonical : `Choose the response that better keeps to “${canonical}”`,
    };
  }
  const said = upperFirst(`${before(order)}the assistant ${order.modal} ${order.deed}.`);
  return {
    critiqueRequest: `${said} Point out where its last response falls short of this.`,
    revisionRequest: `${said} Rewrite the response so that it keeps to this. Leave the rest as it is.`,
    comparisonRequest: `${said} Choose the response that better keeps to this.`,
  };
}

function forbid(order: Order): Wordings {
  const { deed } = order;
  const when = before(order);
  const state = /^be (.+)/is.exec(deed)?.[1];
  const [asked, kept] =
    state === undefined
      ? [`does the assistant ${deed}`, `the assistant does not ${deed}`]
      : [`is the assistant ${state}`, `the assistant is not ${state}`];
  const that = when === "" ? "that" : "that,";
  return {
    critiqueRequest: `In its last response, ${when}${asked}? Quote the words.`,
    revisionRequest: `Rewrite the response so ${that} ${when}${kept}. Leave the rest as it is.`,
    comparisonRequest: `Choose the response in which, ${when}${kept}.`.replace("which, the", "which the"),
  };
}

/** What is ordered: "when asked about money" · should · "promise a price", forbidden. */
interface Order {
  /** Without its comma; empty where there is none. */
  readonly condition: string;
  readonly modal: string;
  /** From the verb on, in its base form, without a full stop. */
  readonly deed: string;
  readonly isForbidden: boolean;
}

const before = ({ condition }: Order): string => (condition === "" ? "" : `${condition}, `);

const conditional = /^((?:if|when|whenever|where|while|unless|before|after|once|for|in|with)\b[^,]*),\s+(.+)$/is;
const forbidding = /^(?:never(?: ever)?|do not(?: ever)?|don['’]t(?: ever)?)\s+(.+)$/is;
const addressed =
  /^(?:you|we|it|the (?:answers?|assistant|bot|model|ai)|answers|responses)\s+(must|should|shall|will)(\s+(?:not|never)|n['’]t)?\s+(.+)$/is;
const forbiddenOutright =
  /^(?:you|we|it|the (?:assistant|bot|model|ai))\s+(?:cannot|can['’]t|mustn['’]t|shouldn['’]t)\s+(.+)$/is;

/** Undefined for what is no single order, or speaks of "you" and "I" where that would come to mean somebody else. */
function readOrder(text: string): Order | undefined {
  const bare = text.replace(/[.!]+$/, "").replace(/^please\s+/i, "");
  if (/[.!?:\n]\s/.test(bare)) return undefined;
  const [, condition = "", rest = bare] = conditional.exec(bare) ?? [];
  const order = readDeed(rest.trim());
  if (order === undefined) return undefined;
  const [when, deed] = [condition, order.deed].map(speakOfAssistant);
  if (when === undefined || deed === undefined) return undefined;
  return { ...order, deed, condition: lowerFirst(when) };
}

function readDeed(text: string): Omit<Order, "condition"> | undefined {
  const forbidden = forbidding.exec(text)?.[1] ?? forbiddenOutright.exec(text)?.[1];
  if (forbidden !== undefined) return { modal: "should", deed: forbidden, isForbidden: true };
  const [, modal, negation, deed] = addressed.exec(text) ?? [];
  if (modal !== undefined && deed !== undefined) {
    return { modal: modal.toLowerCase(), deed, isForbidden: negation !== undefined };
  }
  const [first = "", second = ""] = words(text.replace(/^(?:always|only)\s+/i, ""));
  const isOrder = orders.has(first) && !/^(?:is|are|was|were|must|should|can|may|will|has|have|comes?)$/.test(second);
  return isOrder ? { modal: "should", deed: lowerFirst(text), isForbidden: false } : undefined;
}

/** "your" is the assistant's own; other words of the first and second person cannot be turned round by rule. */
function speakOfAssistant(text: string): string | undefined {
  const turned = text.replace(/\byour\b/gi, "its").replace(/\byourself\b/gi, "itself");
  return /\b(?:you|yours|i|me|my|we|us|our)\b/i.test(turned) ? undefined : turned;
}

function upperFirst(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

/** Verbs with which orders to an assistant begin. */
const orders = new Set(
  `accept acknowledge add address admit answer apologise apologize ask assume avoid base be begin bring check choose cite confirm consider decline
  defer describe direct discuss encourage end escalate explain express follow give greet hand help inform include keep leave let link list listen
  maintain make mention name offer point prefer present protect provide put quote recommend refer refuse reject remain remind reply report respect
  respond respond say send share show speak state stay stick stop suggest summarise summarize support take talk tell thank treat try turn use
  verify warn welcome work write`.split(/\s+/),
);
