import { recordName } from "../../models/index.ts";
import {
  type KnownPrice,
  type Plan,
  type Price,
  priceOf,
  type RolePlan,
  tokenCounter,
  totalOf,
  unprobed,
  Work,
} from "../../spending/index.ts";
import { longestAnswer, piecePrompt } from "./draft-piece.ts";
import type { Piece } from "./passages.ts";

/** Requests that are under way at once, where the model is a server's. */
export const proseConcurrency = 8;

/** What reading a document will take: a call for each piece, a second one where the first answer will not do. */
export async function planPieces(
  pieces: readonly Piece[],
  model: string,
  prices: Readonly<Record<string, Price>> = {},
): Promise<Plan> {
  const isInProcess = /^(?:local|llamacpp):/.test(model);
  const { count, slack } = await tokenCounter(model, process.cwd());
  const work = new Work();
  const answer = { low: longestAnswer * unprobed.share, high: longestAnswer };
  for (const piece of pieces) {
    const tokens = count(piecePrompt(piece));
    work.add({ low: 1, high: 1 }, { low: tokens, high: tokens }, answer);
    // The second question holds the first answer and what was wrong with it.
    const again = { low: tokens, high: tokens + 2 * longestAnswer };
    work.add({ low: 0, high: 1 }, again, answer);
  }
  const price: KnownPrice | undefined = isInProcess ? { input: 0, output: 0, from: "own" } : priceOf(model, prices);
  const latency = isInProcess ? { low: 0, high: 0 } : unprobed.latency;
  const role: RolePlan = work.plan("drafter", { model: recordName(model), slack, price }, latency, proseConcurrency);
  return {
    roles: [role],
    total: totalOf([role]),
    counted: pieces.length,
    prompts: pieces.length,
    isMeasured: false,
  };
}
