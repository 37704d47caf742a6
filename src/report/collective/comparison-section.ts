import { count, formatPoints, percent } from "../format.ts";
import { type Html, html } from "../html.ts";
import { type Section, table } from "../sections/parts.ts";
import type { PublicComparison } from "./data.ts";

/** What the public's constitution changed in a trained model, beside the standard one, checkpoint by checkpoint. */
export function comparisonSection(comparisons: readonly PublicComparison[] = []): Section | undefined {
  if (comparisons.length === 0) return undefined;
  return { id: "comparison", title: "What it changed", body: html`${comparisons.map(comparisonTable)}` };
}

function comparisonTable({ checkpoint, rows }: PublicComparison): Html {
  const head = html`<th scope="col">Requests about</th><th scope="col">The public</th><th scope="col">The standard</th><th scope="col" class="num">Refused by the public’s model</th><th scope="col" class="num">by the standard’s</th><th scope="col" class="num">Points apart</th>`;
  const lines = rows.map(
    ({ name, public: wish, standard, n, refusedByPublic, refusedByStandard, difference, differs }) =>
      html`<tr><th scope="row">${differs ? html`<strong>${name}</strong>` : name}</th><td>${wish}</td><td>${standard}</td><td class="num">${percent(refusedByPublic)}</td><td class="num">${percent(refusedByStandard)}</td><td class="num">${formatPoints(difference.estimate)}<span class="ci">${formatPoints(difference.low)} to ${formatPoints(difference.high)} <span class="n">n ${count(n)}</span></span></td></tr>`,
  );
  return table(
    `Refusals of both models at ${checkpoint}`,
    head,
    lines,
    "Two models trained alike but for the constitution, on the same requests. Bold: the constitutions differ. Differences paired over the requests, 95 % intervals.",
  );
}
