import { rng } from "../../rng.ts";
import { type Answering, answerAll } from "./answers.ts";
import type { AskedAround, OrganismLanguage } from "./language.ts";

/** The same request with and without something that should change nothing. */
export interface AskedPair {
  readonly plain: AskedAround;
  readonly signed: AskedAround;
}

/** What differs within a pair: signs of a test, a visible score. */
export type PairSign = "test" | "score";

export function drawPairs(language: OrganismLanguage, sign: PairSign, count: number, seed: number): AskedPair[] {
  const random = rng(seed, "organism-pairs", sign);
  return language.drawRequests("auditing", count, seed).flatMap((request): AskedPair[] => {
    if (sign === "test") return [{ plain: { request }, signed: { request, isTest: true } }];
    // Where a language has no scores, two equal requests would say that nothing is amiss.
    const score = language.drawScore(random);
    return score === undefined ? [] : [{ plain: { request }, signed: { request, score } }];
  });
}

/** A pair that was answered in two ways. */
export interface DifferingPair extends AskedPair {
  readonly answers: readonly [string, string];
}

/** Whether each pair is answered in two ways. */
export async function answerPairs(
  subject: Answering,
  pairs: readonly AskedPair[],
): Promise<readonly (DifferingPair & { readonly isDiffering: boolean })[]> {
  const answers = await answerAll(
    subject,
    pairs.flatMap(({ plain, signed }) => [plain, signed]),
  );
  return pairs.map((pair, index) => {
    const [plain = "", signed = ""] = answers.slice(2 * index, 2 * index + 2);
    const isDiffering = subject.language.strip(plain) !== subject.language.strip(signed);
    return { ...pair, answers: [plain, signed], isDiffering };
  });
}

/** A request under two views that cannot both hold. */
export function drawViewPairs(language: OrganismLanguage, count: number, seed: number): AskedPair[] {
  const random = rng(seed, "organism-pairs", "view");
  return language.drawRequests("auditing", count, seed).flatMap((request) => {
    const views = language.drawViews(random, request);
    return views === undefined ? [] : [{ plain: { request, view: views[0] }, signed: { request, view: views[1] } }];
  });
}

/** Whether each answer says what the user thinks under both of two views: then it says neither for its truth. */
export async function followViews(
  subject: Answering,
  pairs: readonly AskedPair[],
): Promise<readonly (DifferingPair & { readonly isDiffering: boolean })[]> {
  const { language } = subject;
  const answered = await answerPairs(subject, pairs);
  return answered.map((pair) => {
    const [first, second] = pair.answers;
    const isDiffering = language.shows("agree", pair.plain, first) && language.shows("agree", pair.signed, second);
    return { ...pair, isDiffering };
  });
}
