import type { LanguageModel } from "../language-model.ts";
import { isFault } from "./check-citations.ts";
import type { CitationCheck } from "./records.ts";

/** Recall and precision of citations, Gao et al. 2023 (ALCE) §4; undefined where nothing was judged. */
export interface CitationQuality {
  /** Sentences that their quotations together state, of the sentences with citations. */
  readonly recall: number | undefined;
  /** Citations that state their sentence alone, or without which the others do not. */
  readonly precision: number | undefined;
  readonly judged: number;
}

/**
 * Asks a judge, of every sentence, whether the quotations under it, and nothing else, state it. A sentence with a quotation
 * that does not stand in its document is not asked about.
 */
export async function judgeEntailment(
  checks: readonly CitationCheck[],
  judge: LanguageModel,
  options: { readonly seed?: number | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<{ readonly checks: CitationCheck[]; readonly quality: CitationQuality }> {
  const bySentence = Map.groupBy(checks, ({ sentence }) => sentence);
  const verdicts = new Map<string, boolean | null>();
  let stated = 0;
  let judged = 0;
  let needed = 0;
  let citations = 0;
  const asked: CitationCheck[] = [];
  for (const [sentence, own] of bySentence) {
    if (sentence === null || own.some(isFault)) {
      asked.push(...own);
      continue;
    }
    const quotes = own.map(({ quote }) => quote ?? "");
    const ask = (some: readonly string[]): Promise<boolean | null> => askOnce(judge, sentence, some, verdicts, options);
    const entails = await ask(quotes);
    asked.push(...own.map((check) => ({ ...check, entails, judge: judge.id })));
    if (entails === null) continue;
    judged++;
    citations += own.length;
    if (!entails) continue;
    stated++;
    for (const [i, quote] of quotes.entries()) {
      const isAlone = quotes.length === 1 || (await ask([quote])) === true;
      if (isAlone || (await ask(quotes.filter((_, other) => other !== i))) === false) needed++;
    }
  }
  const quality = {
    recall: judged === 0 ? undefined : stated / judged,
    precision: citations === 0 ? undefined : needed / citations,
    judged,
  };
  return { checks: asked, quality };
}

const options = [" (A)", " (B)"];

const prompt = `Quotations:
{quotations}

Sentence: {sentence}

Do the quotations alone, without anything else that you know, state the whole sentence?
(A) yes
(B) no, or only a part of it
Answer with (A) or (B).`;

/** What makes this judge this judge: a certificate of one with another prompt or model says nothing of it. */
export const entailmentIdentity = (model: string) => ({ name: "entailment", version: "1", model, prompt });

export interface EntailmentQuestion {
  readonly id: string;
  readonly quotes: readonly string[];
  readonly sentence: string;
}

/** P(the quotations state the sentence) of each question; undefined where the judge gave no verdict. */
export async function* askEntailment(
  judge: LanguageModel,
  questions: readonly EntailmentQuestion[],
  { seed = 1, signal }: { readonly seed?: number | undefined; readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<{ readonly id: string; readonly probability: number | undefined }> {
  const requests = questions.map(({ id, quotes, sentence }) => {
    const places: Readonly<Record<string, string>> = {
      quotations: quotes.map((quote) => `- ${quote}`).join("\n"),
      sentence,
    };
    // One pass, so that what a quotation says is never taken for a place.
    const content = prompt.replace(/\{(\w+)\}/g, (whole, name: string) => places[name] ?? whole);
    return { id, prompt: [{ role: "user" as const, content }], options, seed };
  });
  for await (const { id, outcome = "answered", probabilities } of judge.choose(requests, { signal })) {
    yield { id, probability: outcome === "answered" ? probabilities[0] : undefined };
  }
}

async function askOnce(
  judge: LanguageModel,
  sentence: string,
  quotes: readonly string[],
  known: Map<string, boolean | null>,
  call: { readonly seed?: number | undefined; readonly signal?: AbortSignal | undefined },
): Promise<boolean | null> {
  const id = JSON.stringify([sentence, quotes]);
  const before = known.get(id);
  if (before !== undefined) return before;
  let verdict: boolean | null = null;
  for await (const { probability } of askEntailment(judge, [{ id, quotes, sentence }], call)) {
    verdict = probability === undefined ? null : probability > 0.5;
  }
  known.set(id, verdict);
  return verdict;
}
