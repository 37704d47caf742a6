import { z } from "zod";
import type { Analysis, Counts, StatementFigures } from "../analysis.ts";
import { type Conversation, isShown, type ModerationTime } from "../votes.ts";
import { readBallots } from "./ballots.ts";
import { chooseSlate, type Slate } from "./slate.ts";

/** The cut-off of Huang et al. 2024 on the group-aware consensus of Polis. */
export const CCAI_CUTOFF = 0.723;

/** How statements are chosen to become principles. */
export const selectionSchema = z.discriminatedUnion("by", [
  /** As CCAI: Polis's group-aware consensus, a product over the groups, reaches a cut-off. */
  z.strictObject({ by: z.literal("cutoff"), cutoff: z.number().min(0).max(1).default(CCAI_CUTOFF) }),
  /** All groups agree, by the analysis' own cut-off, with this posterior probability at least. */
  z.strictObject({ by: z.literal("posterior"), probability: z.number().min(0.5).max(1).default(0.95) }),
  /** A slate by proportional approval: a minority that is large enough gets its principles. */
  z.strictObject({
    by: z.literal("slate"),
    size: z.int().min(1).default(50),
    unseen: z.enum(["group", "nothing"]).default("group"),
  }),
]);
export type Selection = z.infer<typeof selectionSchema>;

/** A statement that becomes a principle, with the figures it was chosen by. */
export interface SelectedStatement {
  readonly id: string;
  readonly text: string;
  readonly figures: StatementFigures;
  /** What its seat added to the slate's score; only where a slate was chosen. */
  readonly gain?: number | undefined;
  /** Groups, by index, of which more than half disagree by the posterior mean; a slate may hold such statements. */
  readonly rejectedBy: readonly number[];
}

export interface Selected {
  /** Best first. */
  readonly statements: readonly SelectedStatement[];
  readonly unrepresented: Slate["unrepresented"];
}

/** Chooses statements by what the analysis says of them; those that everybody may see and that are not about the conversation itself. */
export function selectStatements(
  conversation: Conversation,
  analysis: Analysis,
  selection: Selection,
  { seed, when }: { readonly seed: number; readonly when: ModerationTime },
): Selected {
  const texts = new Map(
    conversation.statements
      .filter(({ moderation, isMeta }) => isShown(moderation, when) && !isMeta)
      .map(({ id, text }) => [id, text]),
  );
  const candidates = analysis.statements.filter(({ statement }) => texts.has(statement));
  const describe = (figures: StatementFigures, gain?: number): SelectedStatement => ({
    ...{ id: figures.statement, text: texts.get(figures.statement) ?? "", gain },
    ...showFigures(figures),
  });
  if (selection.by === "slate") {
    const of = new Map(candidates.map((figures) => [figures.statement, figures]));
    const { seats, unrepresented } = chooseSlate([...of.keys()], readBallots(conversation, analysis), {
      size: selection.size,
      unseen: selection.unseen,
      seed,
    });
    const statements = seats.flatMap(({ statement, gain }) => {
      const figures = of.get(statement);
      return figures === undefined ? [] : [describe(figures, gain)];
    });
    return { statements, unrepresented };
  }
  const passes = (figures: StatementFigures): boolean =>
    selection.by === "cutoff"
      ? figures.groupAwareConsensus >= selection.cutoff
      : figures.agreement.state !== "needs more votes" && figures.agreement.probability >= selection.probability;
  const rank = ({ agreement, groupAwareConsensus }: StatementFigures): number =>
    selection.by === "cutoff" ? groupAwareConsensus : agreement.lower;
  return {
    statements: candidates
      .filter(passes)
      .sort((a, b) => rank(b) - rank(a) || (a.statement < b.statement ? -1 : 1))
      .map((figures) => describe(figures)),
    unrepresented: [],
  };
}

function showFigures(figures: StatementFigures): Pick<SelectedStatement, "figures" | "rejectedBy"> {
  const rejectedBy = figures.groupCounts.flatMap((counts, group) => (shareAgainst(counts) > 0.5 ? [group] : []));
  return { figures, rejectedBy };
}

/** Chosen statements with the figures of another analysis: chosen by some people's votes, shown with everybody's. */
export function showBy(selected: Selected, analysis: Analysis): Selected {
  const of = new Map(analysis.statements.map((figures) => [figures.statement, figures]));
  return {
    ...selected,
    statements: selected.statements.map((one) => ({ ...one, ...showFigures(of.get(one.id) ?? one.figures) })),
  };
}

/** (D + 1) / (S + 2): the posterior mean of the share that disagrees. */
function shareAgainst({ agree, pass, disagree }: Counts): number {
  return (disagree + 1) / (agree + pass + disagree + 2);
}
