import { diffArrays } from "diff";

/** A run of words of a text that was rewritten. */
export interface Change {
  readonly kind: "same" | "removed" | "added";
  readonly text: string;
}

/** Words a side beyond which sentences are compared, not words. */
const mostWords = 4000;
/** Share of the words that must survive, else the texts are two texts. */
const fewestKept = 0.2;
/** Milliseconds after which a difference is not worth waiting for. */
const patience = 60;

/** What became of the words of a text; undefined where so few stayed, or it took so long, that a difference says nothing. */
export function changesOf(before: string, after: string): readonly Change[] | undefined {
  let [old, young] = [wordsOf(before), wordsOf(after)];
  if (Math.max(old.length, young.length) > mostWords) [old, young] = [sentencesOf(before), sentencesOf(after)];
  const found = diffArrays(old, young, { comparator: isSame, timeout: patience });
  if (found === undefined) return undefined;
  let [i, j] = [0, 0];
  const steps = found.map(({ added, removed, count }): Step => {
    const step = {
      isSame: !added && !removed,
      old: old.slice(i, added ? i : i + count),
      young: young.slice(j, removed ? j : j + count),
    };
    [i, j] = [i + step.old.length, j + step.young.length];
    return step;
  });
  const kept = steps.reduce((sum, step) => sum + (step.isSame ? step.old.length : 0), 0);
  if (kept < fewestKept * Math.max(old.length, young.length)) return undefined;
  return joinSteps(slidePhrases(absorbSmall(steps)));
}

/** The space behind a word may differ: at the end of a text there is none. */
const isSame = (a: string, b: string): boolean => a.trim() === b.trim();

/** Words of either text; of one where the other has none. */
interface Step {
  readonly isSame: boolean;
  readonly old: readonly string[];
  readonly young: readonly string[];
}

/** Words, marks between them, and characters of scripts without spaces, each with the space behind it. */
export function wordsOf(text: string): string[] {
  return (
    text.match(
      /(?:\p{Script=Han}|[\p{L}\p{M}\p{N}_'’-]+?(?=\p{Script=Han}|[^\p{L}\p{M}\p{N}_'’-]|$)|[^\s])\s*|^\s+/gu,
    ) ?? []
  );
}

const sentencesOf = (text: string): string[] =>
  text.match(/[^.!?。！？\n]*(?:[.!?。！？]+|\n|$)\s*/gu)?.filter(Boolean) ?? [];

/** An equal word between two changes belongs to the change: phrases, not confetti. */
function absorbSmall(steps: readonly Step[]): Step[] {
  return steps.map((step, i): Step => {
    const isBetween = i > 0 && i < steps.length - 1;
    if (!step.isSame || !isBetween || !isSmall(step.old)) return step;
    const isLone = changedNear(steps, i, -1) + changedNear(steps, i, 1) < 2;
    return isLone ? step : { ...step, isSame: false };
  });
}

const isSmall = (words: readonly string[]): boolean =>
  words.length <= 2 && words.filter((word) => /[\p{L}\p{N}]/u.test(word)).length <= 1;

/** Words of the changes next to step i on one side. */
function changedNear(steps: readonly Step[], i: number, side: 1 | -1): number {
  let count = 0;
  for (let k = i + side; steps[k]?.isSame === false; k += side) {
    count += (steps[k]?.old.length ?? 0) + (steps[k]?.young.length ?? 0);
  }
  return count;
}

/**
 * Where words were only taken out, or only put in, and the word before them is also their last, the change may as well begin with
 * that word: "you [fool . you] should" is "[you fool .] you should". It begins behind the end of a sentence where it can.
 */
function slidePhrases(steps: readonly Step[]): Step[] {
  const slid = [...steps];
  for (let i = 1; i < slid.length; i++) {
    const [before, step, after] = [slid[i - 1], slid[i], slid[i + 1]];
    const side =
      step === undefined || step.isSame
        ? undefined
        : step.young.length === 0
          ? "old"
          : step.old.length === 0
            ? "young"
            : undefined;
    if (before?.isSame !== true || step === undefined || side === undefined || after?.isSame === false) continue;
    const [left, run] = [[...before[side]], [...step[side]]];
    let by = 0;
    while (
      by < left.length - 1 &&
      isSame(left[left.length - 1 - by] ?? "", run[run.length - 1 - (by % run.length)] ?? "")
    ) {
      by += 1;
      if (isEnd(left[left.length - 1 - by] ?? "")) break;
    }
    if (by === 0 || by >= run.length || !isEnd(left[left.length - 1 - by] ?? "")) continue;
    const cut = before.old.length - by;
    slid[i - 1] = { isSame: true, old: before.old.slice(0, cut), young: before.young.slice(0, cut) };
    const moved = [...before[side].slice(cut), ...run.slice(0, run.length - by)];
    slid[i] = { isSame: false, old: side === "old" ? moved : [], young: side === "young" ? moved : [] };
    const [backOld, backYoung] = [before.old.slice(cut), before.young.slice(cut)];
    const rest = after ?? { isSame: true, old: [], young: [] };
    slid[i + 1] = { isSame: true, old: [...backOld, ...rest.old], young: [...backYoung, ...rest.young] };
  }
  return slid;
}

const isEnd = (word: string): boolean => /[.!?…:;。！？]["')\]]*\s*$|\n\s*$/u.test(word);

/** Neighbours of a kind as one; within a change what was removed stands first, and words that both sides end on stay. */
function joinSteps(steps: readonly Step[]): Change[] {
  const joined: Change[] = [];
  const push = (kind: Change["kind"], text: string): void => {
    const last = joined.at(-1);
    if (text === "") return;
    if (last?.kind === kind) joined[joined.length - 1] = { kind, text: last.text + text };
    else joined.push({ kind, text });
  };
  let [old, young] = [[] as string[], [] as string[]];
  const flush = (): void => {
    let [start, end] = [0, 0];
    const most = Math.min(old.length, young.length);
    while (start < most && isSame(old[start] ?? "", young[start] ?? "")) start += 1;
    while (end < most - start && isSame(old.at(-1 - end) ?? "", young.at(-1 - end) ?? "")) end += 1;
    push("same", spaced(old.slice(0, start), young.slice(0, start)));
    push("removed", old.slice(start, old.length - end).join(""));
    push("added", young.slice(start, young.length - end).join(""));
    push("same", spaced(old.slice(old.length - end), young.slice(young.length - end)));
    [old, young] = [[], []];
  };
  for (const step of steps) {
    if (step.isSame) {
      flush();
      push("same", spaced(step.old, step.young));
    } else {
      old.push(...step.old);
      young.push(...step.young);
    }
  }
  flush();
  return joined;
}

/** Words that stayed, as in the new text, but not run into what stands behind them in the old one. */
function spaced(old: readonly string[], young: readonly string[]): string {
  return young.map((word, i) => (word === word.trim() ? (old[i] ?? word) : word)).join("");
}
