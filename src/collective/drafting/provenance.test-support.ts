import type { DraftedConstitution } from "./public-constitution.ts";

/** A draft of one principle, of one statement on which two groups voted. */
export function draftedTown(principle: { readonly id: string; readonly text: string }): DraftedConstitution {
  return {
    ...{ schemaVersion: 1, title: "town", log: "a".repeat(64), configuration: "b".repeat(64), seed: 1 },
    ...{
      selection: { by: "cutoff", cutoff: 0.723 },
      weighting: "uniform",
      drafter: "scripted",
      templates: "statements-2",
    },
    ...{ participants: 12, groups: [8, 4] },
    principles: [
      {
        ...principle,
        weight: 1,
        statements: [
          {
            id: "s7",
            text: "The AI should not help thieves.",
            counts: { agree: 10, pass: 1, disagree: 1 },
            // Of groups of eight and four: fewer than may be shown, and who would tell of them.
            groupCounts: [null, null],
            groupAwareConsensus: null,
            agreement: null,
            rejectedBy: [],
          },
        ],
        drafts: [
          {
            ...{ record: "draft-statements/s7", by: "model", polarity: "same", scope: "kept" },
            ...{ fromStatement: 0.9, fromPrinciple: 0.8, several: null },
          },
        ],
      },
    ],
    ...{ unwritten: [], conflicts: [], unrepresented: [] },
  };
}
