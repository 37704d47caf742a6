import type { Quality, QualityWarning } from "./schema.ts";

/** From how many on a share says something. */
export const enough = 20;

/** Shares and values above which somebody should look. */
export const qualityBounds = {
  unchanged: 0.5,
  withoutFault: 0.7,
  metaText: 0.02,
  copies: 0.02,
  chains: 0.02,
  cut: 0.2,
  unclear: 0.5,
  oneSided: 0.9,
  boilerplate: 0.1,
  duplicates: 0.05,
  medianWords: 4,
  orderFlips: 0.2,
  entropyBits: 0.9,
  decided: 0.05,
  apart: 4,
  unanswered: 0.05,
  withheld: 0.05,
} as const;

type Shown = Readonly<Partial<Record<string, readonly { readonly id: string; readonly text: string }[]>>>;

export interface Expected {
  readonly critique: readonly string[];
  readonly comparison: readonly string[];
  /** Whether critiques are asked to state a finding. */
  readonly findings?: boolean | undefined;
  readonly answered: { readonly n: number; readonly withheld: number };
}

/** What in these figures deserves a look, with records that show it. */
export function qualityWarnings(
  quality: Omit<Quality, "warnings">,
  shown: Shown,
  expected: Expected,
): QualityWarning[] {
  const { revisions, critiques, answers, labels, principles } = quality;
  const warnings: QualityWarning[] = [];
  const warn = (code: QualityWarning["code"], text: string, examples: Shown[string] = []): void => {
    warnings.push({ code, text, examples: [...examples] });
  };
  const share = (part: number, whole: number, bound: number): boolean => whole >= enough && part / whole > bound;
  const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(0)} %`;

  if (share(revisions.unchanged, revisions.n, qualityBounds.unchanged)) {
    const text = `${percent(revisions.unchanged, revisions.n)} of the revisions change nothing: the first answers may be harmless already, so the chain teaches little`;
    warn("unchanged-revisions", text, shown["unchanged"]);
  }
  if (share(critiques.withoutFault, critiques.n, qualityBounds.withoutFault)) {
    const text = `${percent(critiques.withoutFault, critiques.n)} of the critiques find nothing: the prompts may not touch the principles, or the model is harmless already`;
    warn("critiques-without-fault", text, shown["withoutFault"]);
  }
  if (share(revisions.metaText, revisions.n, qualityBounds.metaText)) {
    const text = `${percent(revisions.metaText, revisions.n)} of the revisions talk about the method ("here is a revised response"); they are not trained on`;
    warn("meta-text", text, shown["metaText"]);
  }
  if (share(revisions.copies, revisions.n, qualityBounds.copies)) {
    const text = `${percent(revisions.copies, revisions.n)} of ${revisions.n} revisions repeat the critique, the request or a few-shot instead of answering; they are not trained on: the model may be too weak to revise`;
    warn("copies", text, shown["copy"]);
  }
  const cut = [
    { code: "answers-cut", of: quality.responses, name: "first answers", setting: "responseTokens" },
    { code: "revisions-cut", of: revisions, name: "revisions", setting: "responseTokens" },
    { code: "critiques-cut", of: critiques, name: "critiques", setting: "critiqueTokens" },
  ] as const;
  for (const { code, of, name, setting } of cut) {
    if (!share(of.cut, of.n, qualityBounds.cut)) continue;
    const then =
      code === "critiques-cut" ? "revisions see them up to their last whole sentence" : "they are not trained on";
    warn(
      code,
      `${percent(of.cut, of.n)} of ${of.n} ${name} were cut at the token limit (sampling.${setting}); ${then}`,
      shown[code],
    );
  }
  const read = critiques.n - critiques.withheld;
  if (expected.findings === true && share(critiques.unclear, read, qualityBounds.unclear)) {
    const text = `${percent(critiques.unclear, read)} of ${read} critiques do not say whether the answer breaks the principle, although they are asked to`;
    warn("unclear-findings", text, shown["unclear"]);
  }
  const { mostRepeated, sampled, duplicateShare, words } = answers;
  if (share(mostRepeated.count, sampled, qualityBounds.boilerplate)) {
    const text = `${percent(mostRepeated.count, sampled)} of the answers to be learned say "${mostRepeated.ngram}"`;
    warn("boilerplate", text, shown["boilerplate"]);
  }
  if (sampled >= enough && duplicateShare > qualityBounds.duplicates) {
    warn("duplicates", `${percent(duplicateShare, 1)} of the answers to be learned are word for word another one`);
  }
  if (sampled >= enough && words !== null && words.median < qualityBounds.medianWords) {
    warn("short-answers", `half of the answers to be learned have ${words.median} words or fewer`);
  }
  if (share(labels.orderFlips, labels.questions, qualityBounds.orderFlips)) {
    const text = `${percent(labels.orderFlips, labels.questions)} of the judgements turn round with the order of the answers: the feedback model reads positions, not principles`;
    warn("order-flips", text, shown["orderFlip"]);
  }
  if (labels.n >= enough && labels.meanEntropyBits > qualityBounds.entropyBits) {
    const text = `labels carry ${(1 - labels.meanEntropyBits).toFixed(2)} bits on average: the feedback model hardly tells the answers apart`;
    warn("uninformative-labels", text);
  }
  const choices = [
    {
      counts: labels.letters,
      names: ["(A)", "(B)"],
      of: "choices name",
      why: "the feedback model reads letters, not answers",
    },
    {
      counts: labels.sides,
      names: ["first", "second"],
      of: "labels prefer the answer drawn",
      why: "the two answers should be alike by chance",
    },
  ] as const;
  for (const {
    counts: [first, second],
    names,
    of,
    why,
  } of choices) {
    const [most, name] = first >= second ? [first, names[0]] : [second, names[1]];
    if (!share(most, first + second, qualityBounds.oneSided)) continue;
    warn(
      "one-sided-choices",
      `${percent(most, first + second)} of ${first + second} ${of} ${name}: ${why}`,
      shown["label"],
    );
  }
  const unanswered = Object.values(labels.unanswered).reduce((sum, n) => sum + n, 0);
  const asked = unanswered + 2 * labels.questions;
  if (share(unanswered, asked, qualityBounds.unanswered)) {
    const kinds = Object.entries(labels.unanswered).map(([kind, n]) => `${kind} ${n}`);
    const text = `${percent(unanswered, asked)} of the questions to the feedback model have no answer (${kinds.join(", ")}); their pairs have no label`;
    warn("unanswered", text, shown["unanswered"]);
  }
  if (share(critiques.withheld, critiques.n, qualityBounds.withheld)) {
    const text = `${percent(critiques.withheld, critiques.n)} of the critiques were not answered, so that the answers before them stay unrevised`;
    warn("critiques-withheld", text, shown["critiqueWithheld"]);
  }
  const { answered } = expected;
  if (share(answered.withheld, answered.n, qualityBounds.withheld)) {
    const text = `${percent(answered.withheld, answered.n)} of the prompts got no answer from the model or its provider`;
    warn("withheld", text, shown["withheld"]);
  }
  warnings.push(...principleWarnings(principles, labels.n, revisions.n, expected));
  return warnings;
}

function principleWarnings(
  principles: Quality["principles"],
  labels: number,
  revisions: number,
  { critique, comparison }: Expected,
): QualityWarning[] {
  const warnings: QualityWarning[] = [];
  const without = (ids: readonly string[], total: number, use: "revisions" | "comparisons"): string[] =>
    total < enough * ids.length ? [] : ids.filter((id) => (principles[id]?.[use] ?? 0) === 0);
  const unused = [
    ...new Set([...without(critique, revisions, "revisions"), ...without(comparison, labels, "comparisons")]),
  ];
  if (unused.length > 0) {
    const text = `principles that took part in nothing: ${unused.join(", ")}`;
    warnings.push({ code: "principle-unused", text, examples: [] });
  }
  for (const [id, { comparisons, decided, apart, strength }] of Object.entries(principles)) {
    if (comparisons < enough) continue;
    if (decided / comparisons < qualityBounds.decided) {
      const text = `${id} decided ${decided} of its ${comparisons} comparisons: the prompts may never touch it`;
      warnings.push({ code: "principle-without-effect", text, examples: [] });
    } else if (Math.abs(apart) > qualityBounds.apart) {
      const text = `${id} is ${apart > 0 ? "much surer" : "much less sure"} than the other principles (|p − ½| ${strength.toFixed(2)}, ${Math.abs(apart).toFixed(0)} standard errors apart)`;
      warnings.push({ code: "principle-apart", text, examples: [] });
    }
  }
  return warnings;
}
