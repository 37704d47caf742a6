/** Whether a revision talks about the method instead of answering. Bai et al. 2022 §3.1: models confuse the two. */
export function hasMetaText(revision: string, patterns: readonly RegExp[]): boolean {
  return patterns.some((pattern) => revision.search(pattern) >= 0);
}

/** Meta-text of models that speak English; templates for such models start from this list. */
export const englishMetaText: readonly RegExp[] = [
  /\b(?:critique|revision) ?request\b/i,
  /^\s*(?:critique|revision|revised (?:response|answer))\s*:/im,
  /\b(?:here is|here's|this is|below is) (?:a|my|the|one possible) (?:revised|rewritten|edited|updated|improved|new version)\b/i,
  /\b(?:revised|rewritten) (?:response|answer|version|reply)\b/i,
  /\b(?:I apologi[sz]e|sorry) for (?:my|the) (?:earlier|previous|last|preceding|initial|original)\b/i,
  /\bthe assistant(?:'s|’s)? (?:last |previous |preceding |initial |original )?(?:response|answer|should|could|said|did)\b/i,
  /\bfinding\s*:\W*(?:breaks|keeps)\b/i,
  /^\s*(?:the|this|your) response (?:goes against|breaks|violates|follows|should|could|needs|fails|does not|is (?:not |already )?(?:harm|appropriate|inappropriate|consistent|in line|acceptable))/i,
  /\bmy (?:previous|earlier|last|original|initial) (?:response|answer|reply)\b/i,
];
