import { isShown, type ModerationTime } from "../votes.ts";
import type { ConversationState } from "./state.ts";

/** A statement's text, where everybody may see it. */
export function textShown(
  { statements }: Pick<ConversationState, "statements">,
  id: string,
  when: ModerationTime,
): string | undefined {
  const statement = statements.get(id);
  return statement !== undefined && isShown(statement.moderation, when) ? statement.text : undefined;
}
