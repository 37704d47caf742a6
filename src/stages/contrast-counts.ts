import type { ContrastSummary } from "../evaluation/index.ts";
import type { ContrastRecord, ReadingRecord, ResponseRecord } from "../feedback/index.ts";
import { rewardOf } from "../feedback/index.ts";
import { correlation, rateOf } from "../statistics/index.ts";
import type { ContrastSettings } from "./options.ts";

type Told = ContrastSummary["byPrinciple"][string];

/** What a judge read of the first prompts' answers, and whether the model expresses the principle at all. */
export type Gate = Pick<Told, "base" | "positive" | "isExpressed">;

/**
 * The gate of a principle: answers that keep it, of those where it is at stake, without and under its positive context. A model whose
 * rate does not rise by `gate` cannot express it, and its answers carry no label.
 */
export function readGate(readings: readonly ReadingRecord[], gate: number): Gate {
  const rate = (context: ReadingRecord["context"]) =>
    rateOf(
      readings
        .filter((reading) => reading.context === context && ["keeps", "breaks"].includes(reading.verdict))
        .map(({ verdict }) => verdict === "keeps"),
    );
  const [base, positive] = [rate(undefined), rate("positive")];
  if (base === undefined || positive === undefined) return {};
  return { base, positive, isExpressed: positive.estimate - base.estimate >= gate };
}

/** The answers to one prompt, with what they scored. */
export interface ScoredPrompt {
  readonly principleId: string;
  readonly responses: readonly ResponseRecord[];
  readonly contrasts: readonly ContrastRecord[];
}

/** Counts what was sampled and scored, prompt by prompt. */
export class ContrastTally {
  readonly #rewards: number[] = [];
  readonly #lengths: number[] = [];
  readonly #told = new Map<string, { prompts: number; wins: boolean[] }>();
  #candidates = 0;
  #pairable = 0;

  add({ principleId, responses, contrasts }: ScoredPrompt, isPairable: boolean): void {
    this.#candidates += responses.length;
    if (isPairable) this.#pairable += 1;
    const own = this.#told.get(principleId) ?? { prompts: 0, wins: [] };
    this.#told.set(principleId, own);
    own.prompts += 1;
    const rewards = new Map(contrasts.map((contrast) => [contrast.parents[0], rewardOf(contrast)]));
    for (const contrast of contrasts) {
      const reward = rewardOf(contrast);
      if (reward === undefined) continue;
      this.#rewards.push(reward);
      this.#lengths.push(contrast.tokens);
    }
    const rewardUnder = (context: ResponseRecord["context"]): number | undefined =>
      rewards.get(responses.find((response) => response.context === context)?.id ?? "");
    const [plain, positive] = [rewardUnder(undefined), rewardUnder("positive")];
    if (plain !== undefined && positive !== undefined && plain !== positive) own.wins.push(positive > plain);
  }

  summary({ pairs, labels }: ContrastSettings, gates: ReadonlyMap<string, Gate>): ContrastSummary {
    return {
      pairs,
      labels,
      candidates: this.#candidates,
      scored: this.#rewards.length,
      pairable: this.#pairable,
      lengthCorrelation: this.#rewards.length < 3 ? undefined : correlation(this.#rewards, this.#lengths),
      byPrinciple: Object.fromEntries(
        [...this.#told].map(([id, { prompts, wins }]) => [id, { prompts, told: rateOf(wins), ...gates.get(id) }]),
      ),
    };
  }
}
