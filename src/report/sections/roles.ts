import type { ReportData } from "../data.ts";
import { html } from "../html.ts";
import { absent, rateCell, type Section, table } from "./parts.ts";

/** Whether the initial model can play the roles of the method at all. */
export function rolesSection({ summary }: ReportData): Section {
  const title = "Are the roles real?";
  const roles = Object.entries(summary?.roles ?? {});
  if (roles.length === 0) {
    return { id: "roles", title, body: absent("The accuracy of the roles was not measured in this run.") };
  }
  const rows = roles.map(
    ([role, conditions]) => html`<tr class="group"><th scope="rowgroup" colspan="2">${role}</th></tr>
${Object.entries(conditions).map(([condition, rate]) => html`<tr><th scope="row">${condition}</th>${rateCell(rate)}</tr>`)}`,
  );
  const head = html`<th scope="col">Role and condition</th><th scope="col" class="num">Right</th>`;
  return {
    id: "roles",
    title,
    body: html`<p>The initial model critiques, revises and compares before any constitution is trained in. Where it cannot do that, nothing after it
means anything; so this is measured first.</p>${table("Accuracy of the roles", head, rows, "Percent right, Wilson 95 % intervals.")}`,
  };
}
