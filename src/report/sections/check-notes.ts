import type { CheckData } from "../check-data.ts";
import { count } from "../format.ts";
import { html } from "../html.ts";
import { type Section, table } from "./parts.ts";

const outcomes = {
  pass: ["fine", "✓ passed"],
  regression: ["broken", "✕ broken"],
  "not-enough-evidence": ["cannot-tell", "○ cannot tell"],
} as const;

/** What the configuration's gates said; nothing where it names none. */
export function gatesSection({ check }: CheckData): Section | undefined {
  const gated = check.subjects.filter(({ gates }) => gates.length > 0);
  if (gated.length === 0) return undefined;
  const head = html`<th scope="col">Gate</th><th scope="col">Outcome</th><th scope="col" class="num">n</th><th scope="col">Why</th>`;
  const tables = gated.map(({ name, gates }) =>
    table(
      `Gates of ${name}`,
      head,
      gates.map(({ name: gate, outcome, n, undetermined, why }) => {
        const [className, word] = outcomes[outcome];
        return html`<tr><th scope="row">${gate}</th><td><span class="word ${className}">${word}</span></td><td class="num">${count(n)}${undetermined === 0 ? undefined : html`<span class="ci">${count(undetermined)} undetermined</span>`}</td><td>${why}</td></tr>`;
      }),
      name,
    ),
  );
  return { id: "gates", title: "Gates", body: html`${tables}` };
}
