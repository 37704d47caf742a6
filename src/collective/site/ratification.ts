import { wilson } from "../../statistics/index.ts";
import type { ConversationState } from "./state.ts";
import type { RatificationResult } from "./wire.ts";

/** The second vote so far, principle by principle: what the constitution is made of once the conversation is `ratified`. */
export function ratificationResults(
  { ballot }: ConversationState,
  { ratifiedFrom, smallestCell }: { readonly ratifiedFrom: number; readonly smallestCell: number },
): RatificationResult[] {
  return ballot.drafts.map((draft): RatificationResult => {
    const counts = ballot.countsOf(draft.id);
    const n = counts.agree + counts.disagree;
    if (n + counts.pass < smallestCell) return { ...draft, counts: null, share: null, isRatified: false };
    if (n === 0) return { ...draft, counts, share: null, isRatified: false };
    const share = wilson(counts.agree, n);
    return { ...draft, counts, share, isRatified: n >= smallestCell && share.estimate >= ratifiedFrom };
  });
}
