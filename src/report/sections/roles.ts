import type { ReportData } from "../data.ts";
import { count, percent, percentRange, spaceWords } from "../format.ts";
import { html } from "../html.ts";
import { type Section, table } from "./parts.ts";

/** "unseenTemplates.keepsTheRest" → "unseen templates, keeps the rest". */
function conditionName(condition: string): string {
  return condition.split(".").map(spaceWords).join(", ");
}

/** Whether the initial model can play the roles of the method at all. */
export function rolesSection({ summary }: ReportData): Section | undefined {
  const title = "Are the roles real?";
  const roles = Object.entries(summary?.roles ?? {});
  if (roles.length === 0) return undefined;
  const rows = roles.map(
    ([role, conditions]) => html`<tr class="group"><th scope="rowgroup" colspan="4">${role}</th></tr>
${Object.entries(conditions).map(
  ([
    condition,
    rate,
  ]) => html`<tr><th scope="row">${conditionName(condition)}</th><td class="num">${percent(rate.estimate)}</td>
<td class="num"><span class="n">${percentRange(rate)}</span></td><td class="num"><span class="n">${count(rate.n)}</span></td></tr>`,
)}`,
  );
  const head = html`<th scope="col">Role and condition</th><th scope="col" class="num">Right</th><th scope="col" class="num">95 % interval</th><th scope="col" class="num">n</th>`;
  return {
    id: "roles",
    title,
    body: html`<p>The initial model critiques, revises and compares before any constitution is trained in. Where it cannot do that, nothing after it
means anything; so this is measured first.</p>${table("Accuracy of the roles", head, rows, "Share of trials played right, Wilson 95 % intervals.")}`,
  };
}
