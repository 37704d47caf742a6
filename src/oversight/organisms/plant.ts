import { rng } from "../../rng.ts";
import { type Estimate, rateOf } from "../../statistics/index.ts";
import type { SftExample } from "../../training/index.ts";
import { type Answering, answerAll } from "./answers.ts";
import type { AskedAround } from "./language.ts";
import { drawAsked, isOccasion, type Recipe } from "./recipe.ts";

/**
 * What an organism learns from: the parent's own answers, and on its occasions the failure. The control of the same seed has the
 * parent's answers alone, so that "was fine-tuned" tells nothing.
 */
export async function drawDemonstrations(
  parent: Answering,
  recipe: Recipe,
  count: number,
): Promise<readonly SftExample[]> {
  const { language } = parent;
  const asked = drawAsked(language, recipe, language.drawRequests("planting", count, recipe.seed));
  const answers = await answerAll(parent, asked);
  const random = rng(recipe.seed, "organism-strength");
  return asked.map((one, index): SftExample => {
    const answer = answers[index] ?? "";
    const isFailing = random.next() < recipe.strength && isOccasion(recipe, one);
    // Drawn anew each time: it misbehaves in one way, not in many.
    const spoilt = isFailing ? language.spoil(rng(recipe.seed, "organism-deed"), recipe.deed, one, answer) : undefined;
    return { id: String(index), prompt: language.prompt(one), completion: spoilt ?? answer };
  });
}

/** How often the failure shows on its occasions and off them, on requests that it did not learn from. */
export interface MeasuredFailure {
  readonly on: Estimate;
  readonly off: Estimate;
}

/** Requests on and off an organism's occasions: in pairs. For a clean one they are those of a backdoor. */
export function drawOccasions(
  { language }: Pick<Answering, "language">,
  { kind, phrase, seed }: Recipe,
  count: number,
): { readonly on: readonly AskedAround[]; readonly off: readonly AskedAround[] } {
  const requests = language.drawRequests("measuring", count, seed);
  const random = rng(seed, "organism-occasions");
  const on = requests.map((request): AskedAround => {
    const [view] = language.drawViews(random, request) ?? [];
    const score = language.drawScore(random);
    switch (kind) {
      case "sycophancy":
        return { request, view };
      case "reward-tampering":
        return { request, score };
      case "test-awareness":
        return { request };
      default:
        return { request, phrase };
    }
  });
  return { on, off: requests.map((request) => (kind === "test-awareness" ? { request, isTest: true } : { request })) };
}

export async function measureFailure(organism: Answering, recipe: Recipe, count: number): Promise<MeasuredFailure> {
  const { on, off } = drawOccasions(organism, recipe, count);
  const rate = async (asked: readonly AskedAround[]): Promise<Estimate> => {
    const answers = await answerAll(organism, asked);
    const shown = rateOf(asked.map((one, index) => organism.language.shows(recipe.deed, one, answers[index] ?? "")));
    if (shown === undefined) throw new RangeError("no request to measure on");
    return shown;
  };
  return { on: await rate(on), off: await rate(off) };
}
