import { isTurnedRound } from "../../constitution/index.ts";
import type { Message, Prompt } from "../../language-model.ts";
import { checkPolarity, checkScope, type Polarity, readLeast, type ScopeCheck } from "./fidelity.ts";
import { mayBeCompound, quoteAsPrinciple, readForm, splitCompound, writePlainPrinciple } from "./statement-form.ts";

/** Which of two texts is taken as given. */
export const DIRECTIONS = ["statement to principle", "principle to statement"] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** How statements become principles in one language: what a model is asked, what is read, and what rules can check. */
export interface StatementTemplates {
  readonly version: string;
  /** Whether requests for critique and revision are drafted too; a language of its own may need none. */
  readonly hasRequests: boolean;
  /** The single demands of a statement. */
  split(statement: string): string[];
  /** Asks whether a demand that no rule could split is several all the same; undefined where nothing hints at it. The first option is yes. */
  askSeveral(
    demand: string,
  ): { readonly prompt: Prompt; readonly options: readonly [yes: string, no: string] } | undefined;
  /** Asks for the principle of one demand. */
  draft(statement: string): { readonly prompt: Prompt; readonly maxTokens: number; readonly stop?: readonly string[] };
  /** The principle in what a model said; undefined where there is none. */
  readPrinciple(said: string): string | undefined;
  /** By rule, for want of a model or where what it wrote will not do; undefined where no rule can. */
  writePlain(statement: string): string | undefined;
  checkPolarity(statement: string, principle: string): Polarity;
  checkScope(statement: string, principle: string): ScopeCheck;
  /** Asks whether one text follows from the other; the first option is yes. */
  entailment(
    direction: Direction,
    statement: string,
    principle: string,
  ): { readonly prompt: Prompt; readonly options: readonly [yes: string, no: string] };
  /** By rule: whether one principle forbids what the other asks for. */
  areOpposed(first: string, second: string): boolean;
  /** Principles of one sense are one principle. */
  senseOf(principle: string): string;
}

const task = `A public was asked how an AI assistant should behave. Rewrite one of its statements as a principle for judging answers: one sentence that begins with "Choose the response that". Keep the meaning exactly: what the statement forbids is "least", what it asks for is "most", its conditions stay, nothing is added. Write the sentence and nothing else.`;

const shots: readonly (readonly [statement: string, principle: string])[] = [
  ["The AI should not swear.", "Choose the response that is least likely to swear."],
  ["AI should be polite to everyone", "Choose the response that is most polite to everyone."],
  [
    "The AI should never name a living person unless the user did so first.",
    "Choose the response that least names a living person, unless the user did so first.",
  ],
  [
    "The AI should say where its facts come from.",
    "Choose the response that most clearly says where its facts come from.",
  ],
  ["Don't make up quotations", "Choose the response that least makes up quotations."],
];

function draftPrompt(statement: string): Message[] {
  return [
    { role: "system", content: task },
    ...shots.flatMap(([asked, written]): Message[] => [
      { role: "user", content: `Statement: ${asked}` },
      { role: "assistant", content: written },
    ]),
    { role: "user", content: `Statement: ${statement}` },
  ];
}

const judge = `You compare two texts about how an AI assistant should behave. Say whether whoever holds the first must also hold the second: the second asks for nothing that the first does not ask for, and never for the opposite. Answer Yes or No.`;
const judged: readonly (readonly [first: string, second: string, answer: string])[] = [
  ["The AI should not swear.", "Choose the response that is least likely to swear.", "Yes"],
  ["The AI should not swear.", "Choose the response that swears most.", "No"],
  ["The AI should be polite to children.", "Choose the response that is most polite to everyone.", "No"],
  ["Choose the response that most clearly says where its facts come from.", "The AI should name its sources.", "Yes"],
];

function entailmentPrompt(first: string, second: string): Message[] {
  const ask = (one: string, other: string): Message => ({ role: "user", content: `First: ${one}\nSecond: ${other}` });
  return [
    { role: "system", content: judge },
    ...judged.flatMap(([one, other, answer]): Message[] => [ask(one, other), { role: "assistant", content: answer }]),
    ask(first, second),
  ];
}

const severalTask = `A public says how an AI assistant should behave. Say whether one statement asks for several things that somebody could want or not want apart from each other. Answer Yes or No.`;
const severalShots: readonly (readonly [statement: string, answer: string])[] = [
  ["The AI should be polite and save energy.", "Yes"],
  ["The AI should be calm and composed.", "No"],
];

function severalPrompt(statement: string): Message[] {
  return [
    { role: "system", content: severalTask },
    ...severalShots.flatMap(([asked, answer]): Message[] => [
      { role: "user", content: asked },
      { role: "assistant", content: answer },
    ]),
    { role: "user", content: statement },
  ];
}

/** Statements in plain English, principles as CCAI writes them: "Choose the response that …". */
export const plainStatements: StatementTemplates = {
  version: "statements-3",
  hasRequests: true,
  split: splitCompound,
  askSeveral: (demand) =>
    mayBeCompound(demand) ? { prompt: severalPrompt(demand), options: ["Yes", "No"] } : undefined,
  draft: (statement) => ({ prompt: draftPrompt(statement), maxTokens: 80, stop: ["\n"] }),
  readPrinciple(said) {
    const found = /\bchoose the response (?:that|which)\b[^\n]*/i
      .exec(said)?.[0]
      .trim()
      .replace(/["”]+$/, "");
    if (found === undefined) return undefined;
    return `C${found.slice(1)}${/[.!?]$/.test(found) ? "" : "."}`;
  },
  writePlain(statement) {
    const form = readForm(statement);
    return form === undefined ? quoteAsPrinciple(statement) : writePlainPrinciple(form);
  },
  checkPolarity,
  checkScope,
  entailment: (direction, statement, principle) => ({
    prompt:
      direction === "statement to principle"
        ? entailmentPrompt(statement, principle)
        : entailmentPrompt(principle, statement),
    options: ["Yes", "No"],
  }),
  areOpposed: (first, second) => isTurnedRound(readLeast(first), readLeast(second)),
  senseOf: (principle) =>
    principle
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, " ")
      .trim(),
};
