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

async function askOnce(
  judge: LanguageModel,
  sentence: string,
  quotes: readonly string[],
  known: Map<string, boolean | null>,
  { seed = 1, signal }: { readonly seed?: number | undefined; readonly signal?: AbortSignal | undefined },
): Promise<boolean | null> {
  const id = JSON.stringify([sentence, quotes]);
  const before = known.get(id);
  if (before !== undefined) return before;
  const content = `Quotations:\n${quotes.map((quote) => `- ${quote}`).join("\n")}\n\nSentence: ${sentence}\n\nDo the quotations alone, without anything else that you know, state the whole sentence?\n(A) yes\n(B) no, or only a part of it\nAnswer with (A) or (B).`;
  let verdict: boolean | null = null;
  const request = { id, prompt: [{ role: "user" as const, content }], options, seed };
  for await (const choice of judge.choose([request], { signal })) {
    const isVerdict = choice.outcome === undefined || choice.outcome === "answered";
    verdict = isVerdict ? (choice.probabilities[0] ?? 0) > 0.5 : null;
  }
  known.set(id, verdict);
  return verdict;
}
