import MiniSearch from "minisearch";
import { z } from "zod";
import { PreceptError } from "../errors.ts";
import type { Message } from "../language-model.ts";
import { jaccard } from "../nearest.ts";
import { splitWords } from "../reading/index.ts";
import { rng } from "../rng.ts";

const exampleSchema = z.strictObject({
  id: z.string().min(1),
  input: z.string().min(1),
  /** A text, or JSON, which is written as such. */
  output: z.json(),
  tags: z.array(z.string()).default([]),
});

/** What a good answer looks like. */
export interface Example {
  readonly id: string;
  readonly input: string;
  readonly output: string;
  readonly tags: readonly string[];
}

/** Examples with ids of their own, in the order of their file. */
export type ExampleSet = readonly Example[];

/** Which examples are shown: all, those most like the input by BM25, or such as differ most from one another. */
export type ExampleChoice =
  | { readonly by: "all" }
  | { readonly by: "nearest"; readonly k: number }
  | { readonly by: "varied"; readonly k: number };

export interface ChooseOptions {
  /** What is asked about. */
  readonly input: string;
  /** Orders them, the same for the same input. */
  readonly seed: number;
  /** Tokens that all of them together may take; what goes beyond is left out. */
  readonly budget?: number | undefined;
  /** Default: a token for every four signs. */
  readonly countTokens?: ((text: string) => number) | undefined;
}

/** A list of { id, input, output, tags? } as it comes from YAML or JSON lines. @throws PreceptError input-invalid with every fault. */
export function parseExamples(value: unknown, where: string): ExampleSet {
  const parsed = z.array(exampleSchema).min(1).safeParse(value);
  if (!parsed.success) {
    throw refuse(
      where,
      parsed.error.issues.map(({ path, message }) => `${path.join(".") || "(whole)"}: ${message}`).join("; "),
    );
  }
  const examples = parsed.data.map(
    (one): Example => ({ ...one, output: typeof one.output === "string" ? one.output : JSON.stringify(one.output) }),
  );
  const seen = new Set<string>();
  for (const { id } of examples) {
    if (seen.has(id)) throw refuse(where, `the id ${id} twice`);
    seen.add(id);
  }
  return examples;
}

/** The examples to show before an input, in the order to show them. @throws PreceptError usage for k below 1. */
export function chooseExamples(set: ExampleSet, choice: ExampleChoice, options: ChooseOptions): Example[] {
  if (choice.by !== "all" && !(Number.isInteger(choice.k) && choice.k >= 1)) {
    throw new PreceptError("usage", {
      attempted: "Choosing examples",
      found: `k = ${choice.k}`,
      expected: "1 or more",
    });
  }
  const {
    input,
    seed,
    budget = Number.POSITIVE_INFINITY,
    countTokens = (text) => Math.ceil(text.length / 4),
  } = options;
  const random = rng(seed, "examples", input);
  const chosen =
    choice.by === "all"
      ? [...set]
      : choice.by === "nearest"
        ? findNearest(set, input, choice.k)
        : pickVaried(set, random.integer(Math.max(1, set.length)), choice.k);
  const kept: Example[] = [];
  let spent = 0;
  for (const example of chosen) {
    spent += countTokens(example.input) + countTokens(example.output);
    if (spent > budget) break;
    kept.push(example);
  }
  return random.shuffle(kept);
}

/** By BM25+ over words; where words are not enough, the others in their order. */
function findNearest(set: ExampleSet, input: string, k: number): Example[] {
  const index = new MiniSearch<Example>({ fields: ["input"], tokenize: splitWords, processTerm: (term) => term });
  index.addAll(set);
  const byId = new Map(set.map((example) => [example.id, example]));
  const found = index.search(input).flatMap(({ id }) => byId.get(String(id)) ?? []);
  return [...found, ...set.filter((example) => !found.includes(example))].slice(0, k);
}

/** From a first one on always the one that shares least with those that are there (by Jaccard's measure, over words). */
function pickVaried(set: ExampleSet, first: number, k: number): Example[] {
  const wordsOf = ({ input, output }: Example) => new Set(splitWords(`${input} ${output}`));
  const words = set.map((example) => ({ example, own: wordsOf(example) }));
  const start = set[first];
  const chosen = start === undefined ? [] : [start];
  while (chosen.length < Math.min(k, set.length)) {
    let best: { readonly example: Example; readonly share: number } | undefined;
    const taken = words.filter(({ example }) => chosen.includes(example));
    for (const { example, own } of words) {
      if (chosen.includes(example)) continue;
      const share = Math.max(...taken.map((one) => jaccard(one.own, own)));
      if (best === undefined || share < best.share) best = { example, share };
    }
    if (best === undefined) break;
    chosen.push(best.example);
  }
  return chosen;
}

/** As a dialogue that went well. @param ask how an input is put; default as it is. */
export function examplesAsTurns(examples: readonly Example[], ask = (input: string): string => input): Message[] {
  return examples.flatMap(({ input, output }): Message[] => [
    { role: "user", content: ask(input) },
    { role: "assistant", content: output },
  ]);
}

/** As blocks of one text; tags within them are escaped, so that no example ends its own block. */
export function examplesAsBlocks(examples: readonly Example[]): string {
  return examples
    .map(
      ({ input, output }) =>
        `<example>\n<input>\n${escapeTags(input)}\n</input>\n<output>\n${escapeTags(output)}\n</output>\n</example>`,
    )
    .join("\n");
}

const escapeTags = (text: string): string => text.replace(/<(?=\s*\/?\s*(?:example|input|output)\b)/giu, "&lt;");

const refuse = (where: string, found: string): PreceptError =>
  new PreceptError("input-invalid", {
    attempted: `Reading the examples of ${where}`,
    found,
    expected: "a list of { id, input, output, tags? }, each id once",
  });
