import { z } from "zod";
import { draftPlainWordings, isTurnedRound, type PrincipleDraft, type Wordings } from "../constitution/index.ts";
import type { LanguageModel, Message } from "../language-model.ts";
import { readJsonObjects } from "../steering/index.ts";

/** A principle with its requests, and who wrote them. */
export interface DraftedPrinciple {
  readonly principle: PrincipleDraft;
  /** "plain": the template's, because no model was asked or what it wrote would not do. */
  readonly by: "model" | "plain";
  /** Why the model's would not do. */
  readonly fault?: string;
}

/** What a model is asked with, beside the question. */
export interface DraftingOptions {
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const request = z.string().trim().min(12).max(600);
const wordingsSchema = z.object({ critiqueRequest: request, revisionRequest: request, comparisonRequest: request });

/** The shape of an answer, for endpoints that can hold a model to one. */
const jsonSchema = { name: "requests", schema: z.toJSONSchema(wordingsSchema, { target: "draft-7" }) };
const longest = 500;

/** The requests of principles, each written by a model in one call; the template's where the model's would not do. */
export async function draftWordings(
  principles: readonly PrincipleDraft[],
  model: Pick<LanguageModel, "generate">,
  { seed = 1, signal }: DraftingOptions = {},
): Promise<DraftedPrinciple[]> {
  const requests = principles.map(({ id, text }) => ({ id, prompt: wordingsPrompt(text), seed }));
  const said = new Map<string, string>();
  const options = { maxTokens: longest, temperature: 0, schema: jsonSchema, signal };
  for await (const { id, text } of model.generate(requests, options)) said.set(id, text);
  return principles.map((principle) => readDraft(principle, said.get(principle.id)));
}

/** A principle with the template's requests, for want of a model. */
export function draftPlainly(principle: PrincipleDraft): DraftedPrinciple {
  return { principle: { ...principle, ...draftPlainWordings(principle.text) }, by: "plain" };
}

function readDraft(principle: PrincipleDraft, said: string | undefined): DraftedPrinciple {
  const [wordings] = readJsonObjects(said ?? "", wordingsSchema);
  if (wordings === undefined) return { ...draftPlainly(principle), fault: "no three requests could be read" };
  const fault = findFault(principle, wordings);
  if (fault !== undefined) return { ...draftPlainly(principle), fault };
  return { principle: { ...principle, ...wordings }, by: "model" };
}

function findFault({ text }: PrincipleDraft, wordings: Wordings): string | undefined {
  const echo = Object.values(wordings).find((request) => Object.values<string>(example).includes(request));
  if (echo !== undefined) return `it repeats the example: ${echo}`;
  const turned = (["revisionRequest", "comparisonRequest"] as const).find((key) => isTurnedRound(text, wordings[key]));
  return turned === undefined ? undefined : `its ${turned} asks for the opposite: ${wordings[turned]}`;
}

const task = `You help to write the constitution of an AI assistant: a list of principles. For a principle you write three requests, each one or two plain sentences:
"critiqueRequest" asks a reviewer to point out where the assistant's last response goes against the principle.
"revisionRequest" asks to rewrite the response so that it keeps to the principle, and to leave the rest as it is.
"comparisonRequest" begins with "Choose the response that" and says which of two responses is better by this principle.
Keep the principle's meaning exactly: no exceptions, no further demands, never its opposite. Answer with one JSON object and nothing else.`;

const example = {
  critiqueRequest:
    "Point out where the assistant's last response states something as certain that it cannot know, and quote the words.",
  revisionRequest: "Rewrite the response so that it says where it is unsure, and leave the rest as it is.",
  comparisonRequest: "Choose the response that is more open about what it is not sure of.",
} satisfies Wordings;

function wordingsPrompt(text: string): Message[] {
  return [
    { role: "system", content: task },
    { role: "user", content: "Principle: Say so when you are not sure." },
    { role: "assistant", content: JSON.stringify(example) },
    { role: "user", content: `Principle: ${text}` },
  ];
}
