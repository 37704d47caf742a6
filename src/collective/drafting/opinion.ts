import { z } from "zod";
import type { Analysis } from "../analysis.ts";
import { publish } from "../published.ts";
import { publishedSchema } from "../published-schema.ts";
import { type Conversation, isShown, type ModerationTime } from "../votes.ts";

const count = z.int().min(0);

/** What a public thinks, as everybody may see it: cells of few people are left out. */
export const opinionSchema = z.object({
  question: z.string(),
  /** Fewer people are shown to nobody. */
  smallestCell: count,
  /** People whose votes may be no opinion, null where some are, but fewer than may be shown; and whether they are left out. */
  flagged: z.object({ people: count.nullable(), isLeftOut: z.boolean() }),
  published: publishedSchema,
  /** Of the statements that may be shown. */
  texts: z.array(z.object({ id: z.string(), text: z.string() })),
});
export type Opinion = z.infer<typeof opinionSchema>;

/** What was asked, and how much of the answers may be shown. */
export interface AboutOpinion extends Pick<Opinion, "question" | "smallestCell"> {
  readonly flagged: { readonly people: number; readonly isLeftOut: boolean };
  readonly when: ModerationTime;
}

/** An analysis as everybody may see it, with the texts of the statements that somebody voted on. */
export function opinionOf(
  { statements }: Pick<Conversation, "statements">,
  analysis: Analysis,
  { when, ...about }: AboutOpinion,
): Opinion {
  const published = publish(analysis, about.smallestCell);
  const shown = new Set(published.statements.filter(({ all }) => all !== null).map(({ id }) => id));
  const texts = statements
    .filter(({ id, moderation }) => isShown(moderation, when) && shown.has(id))
    .map(({ id, text }) => ({ id, text }));
  const { people } = about.flagged;
  const flagged = { ...about.flagged, people: people > 0 && people < about.smallestCell ? null : people };
  return { ...about, flagged, published, texts };
}
