const sentences = new Intl.Segmenter("en", { granularity: "sentence" });
const endsSentence = /[.!?。！？｡।؟]["'”’»)\]*]*\s*$/u;
const isListNumber = /^\W*\d+[.)]\s*$/u;

/**
 * A text that was cut at the token limit, back to its last whole sentence or line; undefined where none is whole. What a cut
 * critique breaks off with would read as its conclusion.
 */
export function cutToSentence(text: string): string | undefined {
  const whole = Array.from(sentences.segment(text), ({ segment }) => segment);
  if (whole.length > 0 && !endsSentence.test(whole.at(-1) ?? "")) whole.pop();
  while (isListNumber.test(whole.at(-1) ?? "")) whole.pop();
  const kept = whole.join("").trim();
  return kept === "" ? undefined : kept;
}
