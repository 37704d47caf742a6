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
  const [old, young] = [wordsOf(before), wordsOf(after)];
  const isLong = Math.max(old.length, young.length) > mostWords;
  const parts = isLong ? [sentencesOf(before), sentencesOf(after)] : [old, young];
  const found = diffArrays([...(parts[0] ?? [])], [...(parts[1] ?? [])], {
    comparator: (a, b) => a.trim() === b.trim(),
    timeout: patience,
  });
  if (found === undefined) return undefined;
  const steps = found.map(({ added, removed, value }): Step => {
    const kind = added ? "added" : removed ? "removed" : "same";
    return { kind, words: value };
  });
  const kept = steps.reduce((sum, { kind, words }) => sum + (kind === "same" ? words.length : 0), 0);
  if (kept < fewestKept * Math.max(parts[0]?.length ?? 0, parts[1]?.length ?? 0)) return undefined;
  return joinSteps(absorbSmall(steps));
}

interface Step {
  readonly kind: Change["kind"];
  readonly words: readonly string[];
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
  return steps.flatMap((step, i): Step[] => {
    const isBetween = i > 0 && i < steps.length - 1;
    if (step.kind !== "same" || !isBetween || !isSmall(step.words)) return [step];
    const around = wordCount(steps, i, -1) + wordCount(steps, i, 1);
    if (around < 2) return [step];
    return [
      { kind: "removed", words: step.words },
      { kind: "added", words: step.words },
    ];
  });
}

const isSmall = (words: readonly string[]): boolean =>
  words.length <= 2 && words.filter((word) => /[\p{L}\p{N}]/u.test(word)).length <= 1;

/** Words of the changes next to step i on one side. */
function wordCount(steps: readonly Step[], i: number, side: 1 | -1): number {
  let count = 0;
  for (let k = i + side; k >= 0 && k < steps.length && steps[k]?.kind !== "same"; k += side) {
    count += steps[k]?.words.length ?? 0;
  }
  return count;
}

/** Neighbours of a kind as one; within a change what was removed stands first. */
function joinSteps(steps: readonly Step[]): Change[] {
  const joined: Change[] = [];
  let [removed, added] = ["", ""];
  const flush = (): void => {
    if (removed !== "") joined.push({ kind: "removed", text: removed });
    if (added !== "") joined.push({ kind: "added", text: added });
    [removed, added] = ["", ""];
  };
  for (const { kind, words } of steps) {
    const text = words.join("");
    if (kind === "removed") removed += text;
    else if (kind === "added") added += text;
    else {
      flush();
      joined.push({ kind, text });
    }
  }
  flush();
  return joined;
}
