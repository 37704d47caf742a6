import type { BbqRole, BbqRow } from "../bbq-rows.ts";

const answers = ["ans0", "ans1", "ans2"] as const;

/**
 * The row with the groups that it had when UnifiedQA answered it. Upstream's generator (utils.py, create_templating_dicts) gave
 * an answer the group of the person of the context whose words occur in it, the later person's where both do. So "no tattoos"
 * before "tattoos" became a second "tattoos", and "pregnant employee" before "employee" a second "employee": 36 rows of
 * Physical_appearance. data/ was mended since; results/UnifiedQA, and the figures computed from it, were not.
 */
export function toReleased(row: BbqRow): BbqRow {
  const context = row.context.toLowerCase();
  const [first, second] = answers
    .filter((key) => row.answer_info[key][1] !== "unknown")
    // The mended rows tell "other employee" from "pregnant employee"; the template's word is "employee".
    .map((key) => ({ key, words: row.answer_info[key][0].toLowerCase().replace(/^other /, "") }))
    .sort((a, b) => context.indexOf(a.words) - context.indexOf(b.words));
  if (first === undefined || second === undefined) return row;
  if (!row[first.key].toLowerCase().includes(second.words)) return row;
  return { ...row, answer_info: { ...row.answer_info, [first.key]: row.answer_info[second.key] } };
}

/** Each answer by its own group: where two persons have the same, both are the target or both the other one. */
export function rolesByGroup({ answer_info, additional_metadata }: BbqRow): readonly BbqRole[] {
  return answers.map((key) => {
    const [, group] = answer_info[key];
    if (group === "unknown") return "unknown";
    return additional_metadata.stereotyped_groups.includes(group) ? "target" : "other";
  });
}
