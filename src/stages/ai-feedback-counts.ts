import { type ComparisonRecord, confidence, type NoLabelRecord } from "../feedback/index.ts";
import type { AiFeedbackSummary } from "./summaries.ts";
import { tally } from "./tally.ts";

export type AiFeedbackCounts = Pick<
  AiFeedbackSummary,
  "counts" | "meanConfidence" | "meanDisagreement" | "letterBias" | "byPrinciple" | "unanswered"
>;

/** How sure, how consistent between the orders and how evenly spread over the principles the labels are. */
export class AiFeedbackTally {
  readonly #sums = new Map<string, { asked: number; decided: number; confidence: number; disagreement: number }>();
  readonly #unanswered: Record<string, number> = {};
  #letters = 0;
  #questions = 0;
  #confidence = 0;
  #ties = 0;
  readonly #bySource = { harmlessness: 0, helpfulness: 0 };
  #noLabel = 0;

  add(record: ComparisonRecord | NoLabelRecord): void {
    for (const { missing } of record.unanswered ?? []) tally(this.#unanswered, missing);
    if (record.type === "no-label") {
      this.#noLabel += 1;
      return;
    }
    this.#bySource[record.source] += 1;
    this.#confidence += confidence(record.raw);
    if (confidence(record.raw) < 0.1) this.#ties += 1;
    const { labelledBy, principleId: alone } = record;
    if (labelledBy !== undefined && alone !== null) this.#count(alone, record.raw);
    for (const { principleId, probability, disagreement, orders } of record.evidence) {
      this.#count(principleId, probability, disagreement);
      this.#letters += orders[0].probability - 0.5 + (0.5 - orders[1].probability);
      this.#questions += 2;
    }
  }

  #count(principleId: string, probability: number, disagreement = 0): void {
    const own = this.#sums.get(principleId) ?? { asked: 0, decided: 0, confidence: 0, disagreement: 0 };
    this.#sums.set(principleId, own);
    own.asked++;
    if (Math.abs(probability - 0.5) > 0.25) own.decided++;
    own.confidence += confidence(probability);
    own.disagreement += disagreement;
  }

  counts(found: Readonly<Record<"prompts" | "identicalPairs" | "incompletePairs", number>>): AiFeedbackCounts {
    const { harmlessness, helpfulness } = this.#bySource;
    const comparisons = harmlessness + helpfulness;
    const disagreement = [...this.#sums.values()].reduce((sum, own) => sum + own.disagreement, 0);
    const isWhole = Object.keys(this.#unanswered).length === 0;
    return {
      meanConfidence: comparisons === 0 ? 0 : this.#confidence / comparisons,
      meanDisagreement: this.#questions === 0 ? 0 : disagreement / (this.#questions / 2),
      letterBias: this.#questions === 0 ? 0 : this.#letters / this.#questions,
      byPrinciple: Object.fromEntries(
        [...this.#sums].map(([id, { asked, decided, ...own }]) => [
          id,
          { asked, decided, meanConfidence: own.confidence / asked, meanDisagreement: own.disagreement / asked },
        ]),
      ),
      counts: {
        prompts: found.prompts,
        identicalPairs: found.identicalPairs,
        ...(found.incompletePairs === 0 ? {} : { incompletePairs: found.incompletePairs }),
        comparisons,
        harmlessness,
        helpfulness,
        ties: this.#ties,
        ...(this.#noLabel === 0 ? {} : { withoutLabel: this.#noLabel }),
      },
      ...(isWhole ? {} : { unanswered: this.#unanswered }),
    };
  }
}
