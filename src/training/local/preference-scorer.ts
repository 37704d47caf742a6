import { PreceptError } from "../../errors.ts";
import { loadCheckpoint, SCALAR_HEAD } from "../../transformer/index.ts";
import type { PreferenceModel } from "../trainer.ts";
import { fillTokenBatch, packUnits } from "./batching.ts";
import { encodeResponse, shapeFor } from "./encoding.ts";
import { TokenScorer } from "./token-scorer.ts";

/** Scores sequences on their last token, in packed batches. The order of the answers is that of the sequences. */
export async function scoreSequences(
  scorer: TokenScorer,
  sequences: readonly (readonly number[])[],
): Promise<number[]> {
  const scores = new Array<number>(sequences.length).fill(0);
  const batches = packUnits(
    sequences.map((tokens) => [tokens.length]),
    scorer.shape,
  );
  for (const placements of batches) {
    const document = (unit: number) => ({ tokens: sequences[unit] as readonly number[], weights: [] });
    const { scalars = new Float32Array() } = await scorer.read(
      fillTokenBatch(placements, scorer.shape, ({ unit }) => document(unit), true),
    );
    for (const { unit, offset } of placements) scores[unit] = scalars[offset + document(unit).tokens.length - 1] ?? 0;
  }
  return scores;
}

/**
 * A trained preference model. One graph with rows of the whole context serves all calls, so that scores depend on the
 * call's items alone and not on earlier calls.
 * @throws PreceptError "checkpoint-invalid" when the checkpoint has no scalar head.
 */
export async function preferenceScores(folder: string): Promise<PreferenceModel> {
  const { config, weights, tokenizer } = await loadCheckpoint(folder);
  const head = weights.get(SCALAR_HEAD);
  if (head?.shape[0] !== 1) {
    throw new PreceptError("checkpoint-invalid", {
      attempted: `Loading the preference model ${folder}`,
      found: head === undefined ? `no tensor ${SCALAR_HEAD}` : `${SCALAR_HEAD} with ${head.shape[0]} rows`,
      expected: "a checkpoint with a scalar head",
      remedy: "give the checkpoint of the preference-model stage",
    });
  }
  const scorer = await TokenScorer.create({
    config,
    weights,
    shape: shapeFor([config.contextLength], config.contextLength),
    readings: ["scalars"],
  });
  let tokensRead = 0;
  return {
    score: (items) => {
      const sequences = items.map(({ prompt, response }) => encodeResponse(tokenizer, prompt, response).tokens);
      for (const { length } of sequences) tokensRead += length;
      return scoreSequences(scorer, sequences);
    },
    get tokensRead() {
      return tokensRead;
    },
    dispose: () => scorer.dispose(),
  };
}
