import { PreceptError } from "../errors.ts";
import { encodeExample } from "../training/local/index.ts";
import type { Checkpoint } from "../transformer/index.ts";
import type { Query, Scores } from "./attribution-index.ts";
import { representationsOf } from "./build-index.ts";
import type { TrainingExample } from "./examples.ts";
import { GradientReader } from "./gradients/gradient-reader.ts";
import { type CompletionExample, completionLoss } from "./gradients/losses.ts";
import { TextSearch, textOf } from "./text-search.ts";

/**
 * Likeness of an answer to training examples without the model that was trained on them: shared words, and, with another model's
 * checkpoint, the cosine of its hidden states; examples that do not fit its context have 0.
 * @throws PreceptError context-overflow where the answer itself does not fit.
 */
export async function scoreRecords(
  examples: readonly TrainingExample[],
  query: Query,
  embedding?: Checkpoint,
): Promise<Scores> {
  const search = new TextSearch(examples.map(({ prompt, completion }) => `${textOf(prompt)} ${completion}`));
  const bm25 = search.score(`${textOf(query.prompt)} ${query.completion}`);
  if (embedding === undefined) return { bm25 };
  const { config, weights, tokenizer } = embedding;
  const asked: CompletionExample = encodeExample(tokenizer, { id: "query", ...query });
  if (completionLoss.lengthOf(asked) > config.contextLength) {
    throw new PreceptError("context-overflow", {
      attempted: "Comparing an answer with records",
      found: `${asked.tokens.length} tokens`,
      expected: `at most the context of ${config.contextLength}`,
    });
  }
  const reader = await GradientReader.create({ config, weights, loss: completionLoss, seed: 1 });
  try {
    const width = config.hiddenSize;
    const read = async (batch: readonly CompletionExample[]): Promise<Float32Array> =>
      representationsOf(await reader.read(batch, ["hidden"]), batch, reader, width);
    const own = await read([asked]);
    const encoded = examples.map((example): CompletionExample => encodeExample(tokenizer, example));
    const fitting = encoded.flatMap((one, i) => (completionLoss.lengthOf(one) <= config.contextLength ? [i] : []));
    const repsim = new Float64Array(examples.length);
    for (const members of reader.plan(fitting.map((i) => encoded[i] as CompletionExample))) {
      const places = members.map((member) => fitting[member] ?? 0);
      const found = await read(places.map((i) => encoded[i] as CompletionExample));
      for (const [row, i] of places.entries())
        for (let c = 0; c < width; c++) repsim[i] = (repsim[i] ?? 0) + (found[row * width + c] ?? 0) * (own[c] ?? 0);
    }
    return { bm25, repsim };
  } finally {
    await reader.dispose();
  }
}
