import { z } from "zod";
import { contentStems } from "../../constitution/index.ts";
import { PreceptError } from "../../errors.ts";
import { readJsonLines } from "../../storage/index.ts";

const lineSchema = z.object({
  prompt: z.string().min(1),
  label: z.union([z.boolean(), z.literal(0).transform(() => false), z.literal(1).transform(() => true)]),
  /** Requests that are only measured, by a name. */
  set: z.string().min(1).optional(),
  /** What names the thing: the leak test leaves it out. */
  word: z.string().min(1).optional(),
});

/** A request with somebody's label. */
export interface LabelledText {
  readonly content: string;
  readonly broken: boolean;
  readonly set: string | undefined;
  readonly word: string | undefined;
}

/** JSON lines {"prompt", "label"} with, where wanted, "set" and "word". @throws PreceptError input-invalid, with the lines that are none. */
export async function readLabelledTexts(file: string): Promise<LabelledText[]> {
  const texts: LabelledText[] = [];
  const faults: string[] = [];
  for await (const line of readJsonLines(file)) {
    const read = "value" in line ? lineSchema.safeParse(line.value) : undefined;
    if (read?.success === true) {
      const { prompt, label, set, word } = read.data;
      texts.push({ content: prompt, broken: label, set, word });
    } else faults.push(`line ${line.number}: ${read === undefined ? "not JSON" : z.prettifyError(read.error)}`);
  }
  if (faults.length === 0 && texts.length > 0) return texts;
  throw new PreceptError("input-invalid", {
    attempted: `Reading labelled requests in ${file}`,
    found: faults.length === 0 ? "no line" : faults.slice(0, 5).join("\n"),
    expected: '{"prompt": "…", "label": true or false} on each line, and "set" and "word" where wanted',
  });
}

/** What may follow the stem of a word in another form of it: "terminat" in "terminating", "terminates", "termination". */
const endings = "(?:e|y|s|d|n|es|ies|ied|en|y?(?:s|ed|ers?|ors?|ings?)|ions?|al|ly|able)?";

/** Words in lower case, "non-binary" and "driver's" in their parts. */
const partsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/** Forms of the words of a phrase that carry meaning; of all its words where none does, as in "take out". */
function formsOf(phrase: string): RegExp | undefined {
  const parts = partsOf(phrase);
  const content = contentStems(parts.join(" "));
  const stems = content.length > 0 ? content : parts;
  if (stems.length === 0) return undefined;
  // "axe" is too short for an ending to be cut, and "stab" becomes "stabbing".
  const forms = stems.map((one) => `${one.replace(/(?<=..)e$/, "")}${one.at(-1)}?${endings}`);
  return new RegExp(`^(?:${forms.join("|")})$`, "u");
}

/**
 * The request without the words of its phrase, in whatever regular form: "set on fire" leaves neither "setting" nor "fire". Irregular forms
 * ("stole") stay: whoever measures counts the requests that changed.
 */
export function withoutWord({ content, word }: Pick<LabelledText, "content" | "word">): string {
  const forms = formsOf(word ?? "");
  if (forms === undefined) return content;
  const isForm = (token: string): boolean => partsOf(token).some((part) => forms.test(part));
  const kept = content.split(/\s+/).filter((token) => !isForm(token));
  return kept.length === content.split(/\s+/).length ? content : kept.join(" ");
}

/** Requests that hold their word, with the same without it. */
export const withAndWithoutWord = <T extends Pick<LabelledText, "content" | "word">>(
  texts: readonly T[],
): { readonly plain: T; readonly blind: T }[] =>
  texts
    .map((plain) => ({ plain, blind: { ...plain, content: withoutWord(plain) } }))
    .filter(({ plain, blind }) => plain.content !== blind.content);
