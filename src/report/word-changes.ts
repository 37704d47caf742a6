/** A run of words of a text that was rewritten. */
export interface Change {
  readonly kind: "same" | "removed" | "added";
  readonly text: string;
}

/** Words a side beyond which a difference is no longer looked for. */
const mostWords = 1500;
/** Share of the words that must survive, else the texts are two texts. */
const fewestKept = 0.2;
/** Equal words between two changes that are too few to be read as what stayed. */
const absorbed = 2;

/**
 * What became of the words of a text; undefined where so few stayed, or the texts are so long, that a difference says nothing.
 */
export function changesOf(before: string, after: string): Change[] | undefined {
  const [old, young] = [wordsOf(before), wordsOf(after)];
  if (Math.max(old.length, young.length) > mostWords) return undefined;
  const steps = absorbSmall(stepsOf(old, young));
  const kept = steps.filter(({ kind }) => kind === "same").length;
  if (kept < fewestKept * Math.max(old.length, young.length)) return undefined;
  return toRuns(steps);
}

/** Each with the space behind it. */
const wordsOf = (text: string): string[] => text.trim().match(/\S+\s*/gu) ?? [];

/** Longest common subsequence, by dynamic programming from the end. */
function stepsOf(old: readonly string[], young: readonly string[]): Change[] {
  const isAlike = (i: number, j: number): boolean => old[i]?.trim() === young[j]?.trim();
  const width = young.length + 1;
  const longest = new Uint16Array((old.length + 1) * width);
  const at = (i: number, j: number): number => longest[i * width + j] ?? 0;
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = young.length - 1; j >= 0; j--) {
      longest[i * width + j] = isAlike(i, j) ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const steps: Change[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < young.length) {
    if (i < old.length && j < young.length && isAlike(i, j)) {
      // The last word of a text has no space behind it, and may yet have words behind it in the other.
      const [was = "", is = ""] = [old[i], young[j]];
      steps.push({ kind: "same", text: is === is.trim() ? was : is });
      i += 1;
      j += 1;
    } else if (j >= young.length || (i < old.length && at(i + 1, j) >= at(i, j + 1))) {
      steps.push({ kind: "removed", text: old[i] ?? "" });
      i += 1;
    } else {
      steps.push({ kind: "added", text: young[j] ?? "" });
      j += 1;
    }
  }
  return steps;
}

/** A word or two that stayed between two changes are part of the change. */
function absorbSmall(steps: readonly Change[]): Change[] {
  const runs: Change[][] = [];
  for (const step of steps) {
    const last = runs.at(-1);
    if (last !== undefined && (last[0]?.kind === "same") === (step.kind === "same")) last.push(step);
    else runs.push([step]);
  }
  return runs.flatMap((run, i): Change[] => {
    const isBetween = i > 0 && i < runs.length - 1;
    if (run[0]?.kind !== "same" || !isBetween || run.length > absorbed) return run;
    return run.flatMap(({ text }) => [
      { kind: "removed", text },
      { kind: "added", text },
    ]);
  });
}

/** Neighbours of a kind as one; within a change what was removed stands first. */
function toRuns(steps: readonly Change[]): Change[] {
  const runs: Change[] = [];
  let [removed, added] = ["", ""];
  const flush = (): void => {
    if (removed !== "") runs.push({ kind: "removed", text: removed });
    if (added !== "") runs.push({ kind: "added", text: added });
    [removed, added] = ["", ""];
  };
  for (const { kind, text } of steps) {
    if (kind === "removed") removed += text;
    else if (kind === "added") added += text;
    else {
      flush();
      const last = runs.at(-1);
      if (last?.kind === "same") runs[runs.length - 1] = { kind, text: last.text + text };
      else runs.push({ kind, text });
    }
  }
  flush();
  return runs;
}
