import type { ChainCounts, ChainExamples } from "../../feedback/index.ts";
import type { QualityWarning } from "./schema.ts";
import { enough, qualityBounds } from "./warnings.ts";

/** How a run's chains were made. */
export interface ChainMethod {
  /** Whether last revisions were read again, and chains with a fault left out of training. */
  readonly reread: boolean;
  readonly selection: "random" | "all";
}

/** What in the chains of a run deserves a look. Where one principle is drawn a round, the last revision is never read: no news. */
export function chainWarnings(
  { chains, examples, ...counts }: ChainCounts & { readonly examples: ChainExamples },
  { reread, selection }: ChainMethod,
): QualityWarning[] {
  const kinds = [
    {
      fault: "putBacks",
      code: "put-backs",
      text: `a revision puts back words that an earlier round had removed: principles undo each other${reread ? "; none of these is trained on" : "; they are trained on, reread: true leaves them out"}`,
    },
    {
      fault: "stillBreaking",
      code: "still-breaking",
      text: `a critique found a breach in the last answer, and no usable revision followed${reread ? "; none of these is trained on" : "; what can be is trained on, reread: true leaves it out"}`,
    },
    {
      fault: "unread",
      code: "unread-revisions",
      text: "the last revision was made since a principle was broken, and no critique has read it: reread: true reads it, and leaves out what still breaks one",
    },
  ] as const;
  return kinds.flatMap(({ fault, code, text }) => {
    if (fault === "unread" && selection === "random") return [];
    if (chains < enough || counts[fault] / chains <= qualityBounds.chains) return [];
    return [{ code, text: `in ${counts[fault]} of ${chains} chains ${text}`, examples: [...examples[fault]] }];
  });
}
