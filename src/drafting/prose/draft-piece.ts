import { z } from "zod";
import { findSentenceFault, isTurnedRound } from "../../constitution/index.ts";
import type { LanguageModel, Message } from "../../language-model.ts";
import { readJsonObjects } from "../../steering/index.ts";
import type { Passage, Piece } from "./passages.ts";
import { findQuotedPassages } from "./quoted-passages.ts";

const principleSchema = z.object({ principle: z.string().trim().min(1), quote: z.string().trim().min(1) });

/** The shape of an answer, for endpoints that can hold a model to one. */
const jsonSchema = {
  name: "principles",
  schema: z.toJSONSchema(z.object({ principles: z.array(principleSchema) }), { target: "draft-7" }),
};

/** Raised when the wording of the task changes. */
export const proseTemplate = "prose-1";
export const longestAnswer = 900;

/** A principle that a model read out of a piece, with where its quotation stands. */
export interface PieceDraft {
  readonly text: string;
  readonly quote: string;
  readonly passages: readonly Passage[];
}

/** What a model wrote that will not do. */
export interface RefusedDraft {
  readonly text: string;
  readonly quote: string;
  readonly fault: string;
}

export interface PieceResult {
  readonly drafts: readonly PieceDraft[];
  readonly refused: readonly RefusedDraft[];
  /** Why there is nothing, where the model gave no answer that could be read. */
  readonly fault?: string | undefined;
  /** What it said instead. */
  readonly said?: string | undefined;
}

/**
 * What a model reads out of one piece: each principle with a quotation that stands in it. Where one does not, or nothing
 * could be read, the model is asked a second time with what was wrong.
 */
export async function draftPiece(
  piece: Piece,
  model: Pick<LanguageModel, "generate">,
  { seed, signal }: { readonly seed: number; readonly signal?: AbortSignal | undefined },
): Promise<PieceResult> {
  const ask = async (attempt: number, prompt: readonly Message[]): Promise<{ said: string; error?: string }> => {
    const options = { maxTokens: longestAnswer, temperature: 0, schema: jsonSchema, signal };
    for await (const { text, error } of model.generate([{ id: `${piece.id}/${attempt}`, prompt, seed }], options)) {
      return error === undefined ? { said: text } : { said: text, error };
    }
    return { said: "", error: "no answer" };
  };
  const prompt = piecePrompt(piece);
  const { said, error } = await ask(1, prompt);
  if (error !== undefined) return { drafts: [], refused: [], fault: error };
  const first = readPiece(piece, said);
  const wrong = complaint(first);
  if (wrong === undefined) return first;
  const again = await ask(2, [...prompt, { role: "assistant", content: said }, { role: "user", content: wrong }]);
  const second = readPiece(piece, again.said);
  const known = new Set(first.drafts.map(({ text }) => text));
  const drafts = [...first.drafts, ...second.drafts.filter(({ text }) => !known.has(text))];
  const fixed = new Set(drafts.map(({ text }) => text));
  const refused = (second.drafts.length > 0 ? second : first).refused.filter(({ text }) => !fixed.has(text));
  const isNothing = drafts.length === 0 && refused.length === 0 && second.fault !== undefined;
  return isNothing ? { drafts, refused, fault: second.fault, said: again.said } : { drafts, refused };
}

function readPiece({ passages }: Piece, said: string): PieceResult {
  const drafts: PieceDraft[] = [];
  const refused: RefusedDraft[] = [];
  const read = readJsonObjects(said, principleSchema);
  for (const { principle: text, quote } of read) {
    const found = findQuotedPassages(quote, passages);
    const fault = findSentenceFault(text) ?? (found === undefined ? quoteFault : undefined);
    if (fault !== undefined || found === undefined) refused.push({ text, quote, fault: fault ?? quoteFault });
    else if (isTurnedRound(quote, text)) refused.push({ text, quote, fault: "says the opposite of its quotation" });
    else drafts.push({ text, quote, passages: found });
  }
  const isEmptyList = /"principles"\s*:\s*\[\s*\]/.test(said);
  return { drafts, refused, fault: read.length === 0 && !isEmptyList ? "no principles could be read" : undefined };
}

const quoteFault = "the quotation does not stand in the text word for word";

/** What the model is told the second time; undefined where nothing is wrong. */
function complaint({ refused, fault }: PieceResult): string | undefined {
  if (fault !== undefined)
    return 'Answer with the JSON object alone: {"principles": [{"principle": "…", "quote": "…"}]}.';
  if (refused.length === 0) return undefined;
  const list = refused.map(
    ({ text, quote, fault: own }) => `- ${JSON.stringify(text)} with ${JSON.stringify(quote)}: ${own}`,
  );
  return `These will not do:\n${list.join("\n")}\nWrite them again, each with words copied exactly from the text, at least four; leave out what the text does not say. Answer with the JSON object alone.`;
}

const task = `You read a document about how an AI assistant should think and behave, piece by piece, and write down the principles in it. For the piece that you are given:
- Write each thing that the assistant should do, avoid or weigh as one sentence, as an order to the assistant: "Say so when you are not sure." The sentence must be understood without the document.
- To each, copy the words of the piece from which it follows: exactly as they stand there, one sentence or a part of one, at least four words.
- Prefer a few broad principles over many narrow ones, at most five. Do not add what the piece does not say. Background, history and praise are no principles: a piece of those alone has none.
Answer with one JSON object and nothing else: {"principles": [{"principle": "…", "quote": "…"}]}, or {"principles": []}.`;

const shotPiece = `Section: Talking about money

Our shop was founded in 1987 by two sisters. The assistant answers in our name, and so it never names a price that is not in the list, however hard a customer presses for one. Where it does not know, it hands the question to a person rather than guess.`;

const shotAnswer = JSON.stringify({
  principles: [
    {
      principle: "Never name a price that is not in the list, even when a customer presses for one.",
      quote: "it never names a price that is not in the list, however hard a customer presses for one",
    },
    {
      principle: "Hand a question to a person rather than guess when you do not know the answer.",
      quote: "it hands the question to a person rather than guess",
    },
  ],
});

/** The task, an example, and the piece with its headings. */
export function piecePrompt({ passages }: Piece): Message[] {
  const parts = passages.flatMap(({ section, text }, index) =>
    section !== passages[index - 1]?.section && section !== "" ? [`Section: ${section}`, text] : [text],
  );
  return [
    { role: "system", content: task },
    { role: "user", content: shotPiece },
    { role: "assistant", content: shotAnswer },
    { role: "user", content: parts.join("\n\n") },
  ];
}
