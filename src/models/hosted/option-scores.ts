import type { EchoedText, TokenStep } from "./openai-shapes.ts";

/**
 * P(option | prompt) up to a common factor, from the log-probabilities of prompt + option for every option: the sum from
 * the first token where the readings part or an option begins, whichever is first. So a token that straddles the boundary
 * (" (" + "A" read as " (A") is counted whole, for all options alike.
 */
export function massesFromEcho(prompt: string, options: readonly string[], texts: readonly EchoedText[]): number[] {
  const promptLength = [...prompt].length;
  const starts = texts.map(({ tokens, offsets }) => {
    const place = tokens.findIndex((_, index) => reachesBeyond(promptLength, offsets, index));
    return place < 0 ? tokens.length : place;
  });
  const from = Math.min(...starts, findFirstDifference(texts));
  return texts.map(({ logprobs, offsets }, index) => {
    const end = promptLength + [...(options[index] ?? "")].length;
    let sum = 0;
    for (let at = from; at < logprobs.length && (offsets[at] ?? 0) < end; at++) sum += logprobs[at] ?? 0;
    return Math.exp(sum);
  });
}

/**
 * Whether a token is of the text after the first `length` code points, or straddles the boundary. It ends where the next
 * one begins: not every server counts the space between words as part of one. A part of a character has no length.
 */
export const reachesBeyond = (length: number, offsets: readonly number[], index: number): boolean =>
  (offsets[index] ?? 0) >= length || (offsets[index + 1] ?? Number.POSITIVE_INFINITY) > length;

function findFirstDifference(texts: readonly EchoedText[]): number {
  const [first, ...rest] = texts;
  if (first === undefined) return 0;
  let shared = 0;
  while (shared < first.tokens.length && rest.every(({ tokens }) => tokens[shared] === first.tokens[shared])) shared++;
  return shared;
}

/** An option of which a part has been said. */
interface Unfinished {
  readonly option: number;
  readonly left: string;
  readonly logprob: number;
}

/** A place off the sampled path where an option goes on. */
export interface Branch extends Unfinished {
  /** What was said before it. */
  readonly said: string;
}

/** How far the options were followed. */
export interface Walked {
  /** Mass of whole options said on the path. */
  readonly masses: readonly number[];
  readonly branches: readonly Branch[];
  /** What an option that is not among the alternatives can weigh at most. */
  readonly bounds: readonly number[];
}

/**
 * Follows the options along a sampled path and its alternatives: a token counts for an option when the option goes on
 * with it, or ends within it at a word's end ("A" is said by "A)", not by "Apple").
 * @param isTurnStart whitespace before the first word is no part of the answer.
 */
export function walk(
  steps: readonly TokenStep[],
  starts: readonly Unfinished[],
  count: number,
  isTurnStart: boolean,
): Walked {
  const masses = new Array<number>(count).fill(0);
  const bounds = new Array<number>(count).fill(0);
  const branches: Branch[] = [];
  let alive = starts;
  let said = "";
  let isStart = isTurnStart;
  for (const { token: sampled, top } of steps) {
    const next: Unfinished[] = [];
    const listed = top.reduce((sum, [, logprob]) => sum + Math.exp(logprob), 0);
    const least = Math.exp(Math.min(0, ...top.map(([, logprob]) => logprob)));
    const unlisted = Math.min(least, Math.max(0, 1 - listed));
    for (const partial of alive) {
      let isListed = false;
      for (const [token, logprob] of top) {
        const left = leftAfter(partial.left, token, isStart);
        if (left === undefined) continue;
        isListed = true;
        const sum = partial.logprob + logprob;
        if (left === "") masses[partial.option] = (masses[partial.option] ?? 0) + Math.exp(sum);
        else if (token === sampled) next.push({ ...partial, left, logprob: sum });
        else branches.push({ ...partial, left, logprob: sum, said: said + token });
      }
      if (!isListed) bounds[partial.option] = (bounds[partial.option] ?? 0) + Math.exp(partial.logprob) * unlisted;
    }
    alive = next;
    isStart &&= sampled.trim() === "";
    said += sampled;
    if (alive.length === 0) break;
  }
  for (const partial of alive) branches.push({ ...partial, said });
  return { masses, branches, bounds };
}

/** What is left of an option after a token; undefined when the token does not belong to it. */
function leftAfter(left: string, token: string, isStart: boolean): string | undefined {
  const text = isStart ? token.trimStart() : token;
  if (text === "") return isStart && token !== "" ? left : undefined;
  if (left.startsWith(text)) return left.slice(text.length);
  if (!text.startsWith(left)) return undefined;
  const isWordGoingOn = /[\p{L}\p{N}]$/u.test(left) && /^[\p{L}\p{N}]/u.test(text.slice(left.length));
  return isWordGoingOn ? undefined : "";
}
