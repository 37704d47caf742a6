/**
 * SentencePiece merges the neighbours whose joint piece has the highest score; as a list of merges: every way to make a
 * piece of two, by falling score, as transformers' `generate_merges` has them.
 */
export function mergesOfScores(
  tokens: readonly string[],
  scores: readonly number[],
  vocab: Readonly<Record<string, number>>,
): (readonly [string, string])[] {
  const merges: { readonly left: string; readonly right: string; readonly score: number }[] = [];
  for (const [id, piece] of tokens.entries()) {
    const own = [];
    const letters = [...piece];
    let left = "";
    for (const letter of letters.slice(0, -1)) {
      left += letter;
      const right = piece.slice(left.length);
      if (Object.hasOwn(vocab, left) && Object.hasOwn(vocab, right)) own.push({ left, right, score: scores[id] ?? 0 });
    }
    merges.push(...own.sort((a, b) => vocab[a.left]! - vocab[b.left]! || vocab[a.right]! - vocab[b.right]!));
  }
  const lengthOf = (text: string): number => [...text].length;
  return merges
    .map((merge) => ({ ...merge, lengths: [lengthOf(merge.left), lengthOf(merge.right)] as const }))
    .sort((a, b) => b.score - a.score || b.lengths[0] - a.lengths[0] || b.lengths[1] - a.lengths[1])
    .map(({ left, right }) => [left, right] as const);
}
