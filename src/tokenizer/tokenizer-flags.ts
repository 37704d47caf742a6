import { z } from "zod";

const addedToken = z.looseObject({
  id: z.number(),
  content: z.string(),
  single_word: z.boolean().nullish(),
  normalized: z.boolean().nullish(),
});
const part = z.looseObject({ type: z.string() });
const flags = z.looseObject({
  added_tokens: z.array(addedToken).nullish(),
  normalizer: part.nullish(),
  pre_tokenizer: part.nullish(),
  model: z.looseObject({ dropout: z.number().nullish() }),
});
const configFlags = z.looseObject({
  add_prefix_space: z.boolean().nullish(),
  split_special_tokens: z.boolean().nullish(),
});

/** What @huggingface/tokenizers 0.2 is given, and what is done around it. */
export interface PreparedFile {
  readonly file: object;
  /** Before encoding: marks what is a token only as a whole word. */
  mark(text: string): string;
  /** After decoding. */
  unmark(text: string): string;
}

/** Letters, marks, digits and joiners: what the tokenizers library takes for a part of a word. */
const WORD = "[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}]";
/** From a plane that no text uses: what stands for a whole-word token while the library works. */
const markOf = (id: number): string => `\u{f0000}${id}\u{f0001}`;

/**
 * Makes up for flags that the library ignores: `single_word` of added tokens, and `add_prefix_space` of
 * tokenizer_config.json, which transformers lets win over the file. What it computes otherwise than the tokenizers library
 * is refused by name. `truncation` and `padding` are left alone: transformers encodes without them unless it is asked to.
 * @param refuse makes the error for what is not computed
 */
export function prepareFile(
  json: unknown,
  config: unknown,
  refuse: (found: string, expected: string) => Error,
): PreparedFile {
  const file = flags.parse(json);
  const { add_prefix_space: prefix, split_special_tokens: isSplit } = configFlags.parse(config);
  if (isSplit === true) throw refuse("split_special_tokens: true", "special tokens that are read whole");
  if ((file.model.dropout ?? 0) !== 0)
    throw refuse(`a model with dropout ${file.model.dropout}`, "merges that are always made");
  refusePreTokenizers(file.pre_tokenizer, replacedTexts(file.normalizer), refuse);
  const wholeWords = (file.added_tokens ?? []).filter(({ single_word: isWhole }) => isWhole === true);
  const unclear = wholeWords.find(({ normalized }) => normalized === true && file.normalizer !== null);
  if (unclear !== undefined) {
    const found = `the added token ${JSON.stringify(unclear.content)} with single_word and normalized`;
    throw refuse(found, "one of the two, or no normalizer");
  }
  const isWhole = new Set(wholeWords.map(({ id }) => id));
  const added = (file.added_tokens ?? []).map((token) =>
    isWhole.has(token.id) ? { ...token, content: markOf(token.id), normalized: false } : token,
  );
  const hasPrefix = prefix !== undefined && prefix !== null && file.pre_tokenizer?.type === "ByteLevel";
  const prepared = {
    ...file,
    added_tokens: added,
    pre_tokenizer: hasPrefix ? { ...file.pre_tokenizer, add_prefix_space: prefix } : file.pre_tokenizer,
  };
  if (wholeWords.length === 0) return { file: prepared, mark: (text) => text, unmark: (text) => text };
  const byLength = wholeWords.toSorted((a, b) => b.content.length - a.content.length);
  const ids = new Map(byLength.map(({ content, id }) => [content, id]));
  const oneOf = byLength.map(({ content }) => content.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")).join("|");
  const word = new RegExp(`(?<!${WORD})(?:${oneOf})(?!${WORD})`, "gu");
  return {
    file: prepared,
    mark: (text) => text.replace(word, (content) => markOf(ids.get(content) ?? 0)),
    unmark: (text) => wholeWords.reduce((all, { id, content }) => all.replaceAll(markOf(id), content), text),
  };
}

type Part = Readonly<Record<string, unknown>> & { readonly type: string };
const partsOf = (whole: Part | null | undefined, name: string): Part[] => {
  if (whole === null || whole === undefined) return [];
  const inner = whole[name];
  return whole.type === "Sequence" && Array.isArray(inner)
    ? inner.flatMap((one) => partsOf(part.parse(one), name))
    : [whole];
};
const literalOf = (pattern: unknown): unknown =>
  typeof pattern === "object" && pattern !== null && "String" in pattern ? pattern.String : undefined;

/** What the normalizer leaves in no text. */
const replacedTexts = (normalizer: Part | null | undefined): unknown[] =>
  partsOf(normalizer, "normalizers").flatMap(({ type, pattern }) => (type === "Replace" ? [literalOf(pattern)] : []));

/** The library knows two ways of splitting, and one of punctuation. */
function refusePreTokenizers(
  preTokenizer: Part | null | undefined,
  replaced: readonly unknown[],
  refuse: (found: string, expected: string) => Error,
): void {
  for (const { type, behavior, pattern } of partsOf(preTokenizer, "pretokenizers")) {
    const known: readonly string[] | undefined =
      type === "Split" ? ["Isolated", "Removed"] : type === "Punctuation" ? ["Contiguous"] : undefined;
    const text = literalOf(pattern);
    // Gemma splits at spaces, of which its normalizer leaves none.
    if (known === undefined || (text !== undefined && replaced.includes(text))) continue;
    const own = typeof behavior === "string" ? behavior : "Isolated";
    if (!known.includes(own)) throw refuse(`a pre-tokenizer ${type} with the behavior ${own}`, known.join(" or "));
  }
}
