/** An opening or a closing tag of reasoning: <think>, ◁think▷, [THINK], <|begin_of_thought|>; not one quoted as code. */
const tag =
  /(?<![`"'])(?:[<◁]\s*(?<end>\/)?\s*(?:think|thinking|thought|reasoning|reflection|scratchpad|seed:think)\s*[>▷]|\[(?<bracketEnd>\/)?THINK\]|<\|(?:begin|(?<worded>end))_of_thought\|>)(?![`"'])/giu;

export interface SplitReasoning {
  /** What is left to read: the answer, "" where there is nothing but reasoning. */
  readonly text: string;
  /** The reasoning without its tags; absent where there is none, and the text is then as it was. */
  readonly reasoning?: string;
}

/**
 * Takes the reasoning that a model leaves in its text apart from the answer. A closing tag without an opening one ends
 * reasoning that the prompt had opened; an opening one that never closes, at the start of a line or after a sentence, leaves
 * nothing after it. One amid a sentence is a word about tags.
 */
export function splitReasoning(text: string): SplitReasoning {
  const answer: string[] = [];
  const thoughts: string[] = [];
  let opened: { readonly at: number; readonly from: number } | undefined;
  let from = 0;
  for (const match of text.matchAll(tag)) {
    const { end, bracketEnd, worded } = match.groups ?? {};
    const after = match.index + match[0].length;
    if ((end ?? bracketEnd ?? worded) === undefined) {
      opened ??= { at: match.index, from: after };
      continue;
    }
    const upTo = text.slice(opened?.from ?? from, match.index);
    if (opened === undefined) thoughts.push(...answer.splice(0), upTo);
    else {
      answer.push(text.slice(from, opened.at));
      thoughts.push(upTo);
    }
    opened = undefined;
    from = after;
  }
  if (opened !== undefined && /(?:^|\n|[.!?:…]\s)\s*$/u.test(text.slice(0, opened.at))) {
    answer.push(text.slice(from, opened.at));
    thoughts.push(text.slice(opened.from));
  } else if (thoughts.length === 0) return { text };
  else answer.push(text.slice(from));
  const join = (parts: readonly string[]): string =>
    parts
      .map((part) => part.trim())
      .filter((part) => part !== "")
      .join("\n\n");
  return { text: join(answer), reasoning: join(thoughts) };
}
