/** Answers of so many whose right one is known. */
export interface Known {
  readonly right: number;
  readonly n: number;
}

/** What a probe found of a model in a role; a plain word of what is wrong, if anything is. */
export interface Fitness {
  readonly role: "policy" | "comparer" | "critic" | "reviser" | "judge";
  readonly model: string;
  readonly isFit: boolean;
  /** E.g. "same letter in both orders 3 of 10". */
  readonly figures: readonly string[];
  /** Why it is unfit; empty where nothing speaks against it. */
  readonly faults: readonly string[];
}

/** Bounds of what is still fit, with about ten items: what a coin reaches once in twenty times is not enough. */
export const fitBounds = { flips: 0.4, mass: 0.5, known: 0.75, cut: 0.5, unclear: 0.5, usable: 0.5 } as const;

interface Named {
  readonly model: string;
}

/** Of a comparer: verdicts that turn with the order, probability that is not on the letters, and answers made to be told apart. */
export function assessComparer({
  model,
  flips,
  pairs,
  mass,
  known,
}: Named & {
  readonly flips: number;
  readonly pairs: number;
  /** Median probability of both letters together; undefined where it is not known. */
  readonly mass: number | undefined;
  readonly known: Known;
}): Fitness {
  const figures = [
    count("same letter in both orders", flips, pairs),
    ...(mass === undefined ? [] : [`letters' probability ${mass.toFixed(2)}`]),
    count("made pairs right", known.right, known.n),
  ];
  const faults = [
    ...(exceeds(flips, pairs, fitBounds.flips) ? ["it chooses a letter, not an answer"] : []),
    ...(mass !== undefined && mass < fitBounds.mass ? ["it wants to say something else than a letter"] : []),
    ...(misses(known) ? ["it does not know the better of two answers made to differ"] : []),
  ];
  return { role: "comparer", model, isFit: faults.length === 0, figures, faults };
}

/** Of a critic: critiques that are cut or state no finding, and answers of which a breach is known. */
export function assessCritic({
  model,
  cut,
  unclear,
  critiques,
  known,
}: Named & {
  readonly cut: number;
  readonly unclear: number;
  readonly critiques: number;
  readonly known: Known;
}): Fitness {
  const faults = [
    ...(exceeds(cut, critiques, fitBounds.cut) ? ["its critiques are cut: raise critiqueTokens, or do without"] : []),
    ...(exceeds(unclear, critiques, fitBounds.unclear) ? ["its critiques conclude nothing"] : []),
    ...(misses(known) ? ["it does not see a breach that was put there, or sees one that is not"] : []),
  ];
  const figures = [
    count("critiques cut", cut, critiques),
    count("without a finding", unclear, critiques),
    count("made answers right", known.right, known.n),
  ];
  return { role: "critic", model, isFit: faults.length === 0, figures, faults };
}

/** Of a reviser: what can be trained on of what it wrote. */
export function assessReviser({
  model,
  usable,
  revisions,
}: Named & { readonly usable: number; readonly revisions: number }): Fitness {
  const isUseless = revisions > 0 && usable / revisions < fitBounds.usable;
  const faults = isUseless ? ["most of its revisions are cut, copied or about the method"] : [];
  return { role: "reviser", model, isFit: !isUseless, figures: [count("revisions usable", usable, revisions)], faults };
}

/** Of a judge: answers of which a breach is known. */
export function assessJudge({ model, known }: Named & { readonly known: Known }): Fitness {
  const faults = misses(known) ? ["it does not tell an insult from an answer without one"] : [];
  return {
    role: "judge",
    model,
    isFit: faults.length === 0,
    figures: [count("made answers right", known.right, known.n)],
    faults,
  };
}

/** Of the policy, whose answers all of this is about: those that were cut. */
export function assessPolicy({
  model,
  cut,
  answers,
}: Named & { readonly cut: number; readonly answers: number }): Fitness {
  const isCut = exceeds(cut, answers, fitBounds.cut);
  const faults = isCut ? ["its answers are cut, and what is cut is not trained on: raise responseTokens"] : [];
  return { role: "policy", model, isFit: !isCut, figures: [count("answers cut", cut, answers)], faults };
}

function count(what: string, part: number, whole: number): string {
  return `${what} ${part} of ${whole}`;
}

function exceeds(part: number, whole: number, bound: number): boolean {
  return whole > 0 && part / whole > bound;
}

function misses({ right, n }: Known): boolean {
  return n > 0 && right / n < fitBounds.known;
}
