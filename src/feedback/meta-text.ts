/**
 * Whether a revision talks about the method instead of answering. Bai et al. 2022 §3.1: models confuse the two. Where a pattern
 * has a group `noun`, it counts only if the conversation itself (`own`) does not speak of that.
 */
export function hasMetaText(revision: string, patterns: readonly RegExp[], own: readonly string[] = []): boolean {
  const spoken = own.join("\n").toLowerCase();
  return patterns.some((pattern) => {
    // A pattern with the flag g or y would go on where its last search ended.
    const match = new RegExp(pattern, pattern.flags.replace(/[gy]/g, "")).exec(revision);
    const noun = match?.groups?.["noun"]?.toLowerCase();
    return match !== null && (noun === undefined || !spoken.includes(noun));
  });
}

/** Meta-text of models that speak English; templates for such models start from this list. */
export const englishMetaText: readonly RegExp[] = [
  /\b(?:critique|revision) ?request\b/i,
  /^\s*(?:critique|revision|revised (?:response|answer))\s*:/im,
  /\b(?:here is|here's|this is|below is) (?:a|my|the|one possible) (?:revised|rewritten|edited|updated|improved|new version|critique|edit)\b/i,
  /\b(?:revised|rewritten) (?:response|answer|version|reply)\b/i,
  /\b(?:I apologi[sz]e|sorry) for (?:my|the) (?:earlier|previous|last|preceding|initial|original)\b/i,
  /\bfinding\s*:\W*(?:breaks|keeps)\b/i,
  /\bmy (?:previous|earlier|last|original|initial|new) (?:response|answer|reply)\b/i,
  /\b(?:rewrite|rephrase|revise|repeat|critique) (?:the|this|your|my) (?:response|reply|answer)\b/i,
  /\bthe (?:AI )?(?<noun>assistant)\b/i,
  /\b(?:the|this|your)(?: (?:AI|assistant's|human|new|last|recent|previous|original|first|above|better|revised|whole))? (?<noun>response|critique)\b(?! (?:of|from)\b)/i,
  /\b(?:making|writing|providing|giving) (?:a|an|the|this)(?: [a-z]+)? (?<noun>response|critique)\b/i,
  /\bthe human's (?:last |first )?(?<noun>message|request|question|prompt)\b/i,
  /\b(?:a|the) (?<noun>human) and (?:an|the) (?:AI )?assistant\b/i,
];
