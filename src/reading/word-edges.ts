import type { TextSpan } from "./fold.ts";

const word = String.raw`[[\p{L}\p{N}\p{M}]--[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]]`;
const startsInWord = new RegExp(`^${word}`, "v");
const endsInWord = new RegExp(`${word}$`, "v");
/** "un|able", "non-|refundable", "don'|t". */
const beforeWord = new RegExp(String.raw`${word}[\-‐‑'’]?$`, "v");
const behindWord = new RegExp(String.raw`^(?:[\-‐‑'’])?${word}`, "v");
/** "1,|500", "3–|5 days", "-|5 degrees", "≤ |5". */
const beforeNumber = /\p{N}[.,:/]$|\p{N}\s?[-–—]\s?$|(?:^|[\s(])[-−+]$|[<>≤≥±≈]\s?$/u;
const behindNumber = /^(?:[.,:/]\p{N}|\s?[%‰]|\s?[-–—]\s?\p{N})/u;

/** Whether a part of a text begins or ends within a word or a number, and so says what the text does not. */
export function isCutOff(text: string, { from, to }: TextSpan): boolean {
  const before = text.slice(Math.max(0, from - 4), from);
  const behind = text.slice(to, to + 4);
  const first = text.slice(from, from + 2);
  const last = text.slice(Math.max(from, to - 2), to);
  if (startsInWord.test(first) && (beforeWord.test(before) || (/^\p{N}/u.test(first) && beforeNumber.test(before))))
    return true;
  return endsInWord.test(last) && (behindWord.test(behind) || (/\p{N}$/u.test(last) && behindNumber.test(behind)));
}
