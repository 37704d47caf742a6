import type { ModerationTime } from "../votes.ts";
import type { ConversationState } from "./state.ts";
import { textShown } from "./text-shown.ts";

/**
 * Every decision on every statement, as CSV: when, which, what, for which reason. The texts of what was turned down, or waits, are left out, as
 * on all pages: they may be hurtful, or name people.
 */
export function moderationLog(state: ConversationState, when: ModerationTime): string {
  const rows = state.moderations.map(({ at, statement, moderation, reason, note }) => {
    const text = textShown(state, statement, when) ?? "";
    return [new Date(at).toISOString(), statement, moderation, reason, note, text].map(quote).join(",");
  });
  return `${["time,statement,decision,reason,note,text", ...rows].join("\r\n")}\r\n`;
}

/** RFC 4180; a cell that a spreadsheet would compute is text. */
function quote(cell: string): string {
  const safe = /^[=+\-@\t\r]/u.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
