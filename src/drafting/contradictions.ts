import { z } from "zod";
import type { PrincipleDraft } from "../constitution/index.ts";
import type { LanguageModel, Message } from "../language-model.ts";
import { readJsonObjects } from "../steering/index.ts";
import type { DraftingOptions } from "./wordings.ts";

/** Two principles that a model says no answer can keep together, and why. It is a hint to a person, not a verdict. */
export interface NamedContradiction {
  readonly ids: readonly [string, string];
  readonly why: string;
}

const pairSchema = z.object({ first: z.int(), second: z.int(), why: z.string().trim().min(1) });
const jsonSchema = {
  name: "contradictions",
  schema: z.toJSONSchema(z.object({ contradictions: z.array(pairSchema) }), { target: "draft-7" }),
};

const task = `You check the constitution of an AI assistant: a numbered list of principles. Name pairs that contradict each other: whatever the assistant answers to some ordinary question, it breaks one of the two. Principles about different things, or of which one is merely stricter, do not contradict each other; most lists have no such pair. Answer with one JSON object and nothing else: {"contradictions": [{"first": 1, "second": 2, "why": "…"}]}, or {"contradictions": []}.`;

const shots: readonly Message[] = [
  { role: "user", content: "1. Answer in English.\n2. Be brief.\n3. Answer in the language of the user." },
  {
    role: "assistant",
    content: `{"contradictions": [{"first": 1, "second": 3, "why": "A user who writes in French is to be answered in English and in French."}]}`,
  },
  { role: "user", content: "1. Never swear.\n2. Say where a claim comes from.\n3. Stay polite when insulted." },
  { role: "assistant", content: `{"contradictions": []}` },
];

/** The pairs that a model names among principles, in one call; pairs without one of `about` are left out. */
export async function findContradictions(
  principles: readonly PrincipleDraft[],
  model: Pick<LanguageModel, "generate">,
  { about, seed = 1, signal }: DraftingOptions & { readonly about?: readonly string[] } = {},
): Promise<NamedContradiction[]> {
  if (principles.length < 2) return [];
  const list = principles.map(({ text }, index) => `${index + 1}. ${text.replace(/\s+/g, " ")}`).join("\n");
  const prompt: Message[] = [{ role: "system", content: task }, ...shots, { role: "user", content: list }];
  const options = { maxTokens: 600, temperature: 0, schema: jsonSchema, signal };
  const found = new Map<string, NamedContradiction>();
  for await (const { text } of model.generate([{ id: "contradictions", prompt, seed }], options)) {
    for (const { first, second, why } of readJsonObjects(text, pairSchema)) {
      const [low, high] = [Math.min(first, second), Math.max(first, second)];
      const [a, b] = [principles[low - 1], principles[high - 1]];
      if (a === undefined || b === undefined || a === b) continue;
      if (about !== undefined && !about.includes(a.id) && !about.includes(b.id)) continue;
      found.set(`${low} ${high}`, { ids: [a.id, b.id], why });
    }
  }
  return [...found.values()];
}
