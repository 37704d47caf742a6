import { toPlainPunctuation } from "../../reading/index.ts";

/**
 * Whether an answer holds a quotation. Spelling of punctuation, spaces, letter case, emphasis and mark-up may differ; "…"
 * stands for words left out. A quotation without a word is none.
 */
export function holdsQuote(answer: string, quote: string): boolean {
  const parts = toPlainWords(quote.trim().replace(/^["'“‘«]+|["'”’»]+$/gu, ""))
    .split("...")
    .map((part) => part.trim())
    .filter((part) => (part.match(/[\p{L}\p{N}]/gu)?.length ?? 0) >= 2);
  if (parts.length === 0) return false;
  return [answer, withoutTags(answer)].some((text) => holdsInOrder(toPlainWords(text), parts));
}

function holdsInOrder(text: string, parts: readonly string[]): boolean {
  let from = 0;
  for (const part of parts) {
    const at = text.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return true;
}

/** One spelling of quotes, dashes and spaces, lower case, without Markdown's emphasis, code and quotation marks. */
function toPlainWords(text: string): string {
  return toPlainPunctuation(text.normalize("NFC"))
    .toLowerCase()
    .replace(/[*_`~#>|]+/gu, "")
    .replace(/\s+/gu, " ")
    .trim();
}

const entities: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
  "&apos;": "'",
  "&nbsp;": " ",
  "&amp;": "&",
};

/** What a page of HTML shows. */
function withoutTags(html: string): string {
  return html
    .replace(/<(?:br|\/p|\/li|\/div|\/h\d)\b[^>]*>/giu, " ")
    .replace(/<[^<>]*>/gu, "")
    .replace(/&(?:lt|gt|quot|#39|apos|nbsp|amp);/giu, (entity) => entities[entity.toLowerCase()] ?? entity);
}
