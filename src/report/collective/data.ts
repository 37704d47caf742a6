import type { Opinion, PublicTown } from "../../collective/drafting/index.ts";
import type { Estimate } from "../../statistics/index.ts";

/** Two models on the same requests: what a public's constitution changed. */
export interface PublicComparison {
  readonly checkpoint: string;
  readonly rows: readonly {
    readonly name: string;
    readonly public: string;
    readonly standard: string;
    readonly n: number;
    readonly refusedByPublic: number;
    readonly refusedByStandard: number;
    readonly difference: Estimate;
    readonly differs: boolean;
  }[];
}

/** Everything that the page of a conversation shows; cells of few people are left out of it already. */
export interface CollectiveData extends PublicTown {
  readonly opinion: Opinion;
  /** By checkpoint. */
  readonly comparisons?: readonly PublicComparison[] | undefined;
  /** How the integrity hash is computed again. */
  readonly verify?: string | undefined;
}

/** Texts of the statements, by id. */
export const textsOf = ({ texts }: Opinion): ReadonlyMap<string, string> =>
  new Map(texts.map(({ id, text }) => [id, text]));
