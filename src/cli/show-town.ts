import { count } from "../progress/index.ts";
import type { CategoryRow, TownComparison, TownDemo, TownFigures } from "../project/collective/index.ts";
import type { Page } from "./layout.ts";

/** A town's constitution in twenty lines: groups, principles, the second vote, and where the two models differ. */
export function showTown({ folder, figures, comparisons, drafted, provenance }: TownDemo, page: Page): string {
  const lines = [
    page.paint("bold", `A town of ${count(figures.citizens)} on harbor wrote a constitution`),
    ...groupLines(figures),
    ...abuseLines(figures),
    ...principleLines(figures, drafted.unwritten.length),
  ];
  if (provenance !== undefined) {
    lines.push(
      provenance.ratification === null
        ? "no second vote was held"
        : `second vote: ${figures.ratified} of ${figures.principles} ratified`,
      page.paint("dim", `${folder}/constitution.yaml, version ${provenance.version}, ${provenance.constitution}`),
    );
  }
  for (const comparison of comparisons) lines.push("", ...comparisonLines(comparison, page));
  if (comparisons.length > 0) lines.push("");
  return [...lines, `page: ${folder}/report.html`].join("\n");
}

function comparisonLines({ checkpoint, rows, elsewhere }: TownComparison, page: Page): string[] {
  const apart = rows.filter(({ differs }) => differs);
  const furthest = Math.max(0, ...rows.filter(({ differs }) => !differs).map(distance));
  return [
    page.paint("bold", `Refusals of the public's model and of the standard one, at ${checkpoint}`),
    ...apart.map((row) => rowLine(row)),
    ...(elsewhere === null
      ? []
      : [
          `elsewhere (${elsewhere.categories} categories): ${pointsApart(elsewhere.difference)}, n ${elsewhere.n}; one by one at most ${points(furthest)}, ${elsewhere.apart} of them over 5`,
        ]),
  ];
}

function groupLines({ grouping, groups, reason, adjustedRand, grouped }: TownFigures): string[] {
  if (grouping === "no clear groups") return [`no clear groups: ${reason}`];
  const likeness =
    adjustedRand === null ? "" : `; like the world's own by an adjusted Rand index of ${adjustedRand.toFixed(2)}`;
  return [`${groups.length} groups: ${groups.join(", ")} of ${count(grouped)} citizens${likeness}`];
}

function abuseLines({ abuse }: TownFigures): string[] {
  if (abuse.stuffers === 0) return [];
  const { stuffers, stuffersFlagged, citizensFlagged, consensus, gained, lost } = abuse;
  return [
    `flagged and left out: ${stuffersFlagged} of ${stuffers} ballot-stuffers, ${citizensFlagged} citizens; with them ${gained} of ${consensus} statements of consensus would be missing, ${lost} others in`,
  ];
}

function principleLines(
  { principles, sharedDrafted, sharedMissing, rejected }: TownFigures,
  unwritten: number,
): string[] {
  const missing = sharedMissing.length === 0 ? "" : `; missing: ${sharedMissing.join(", ")}`;
  return [
    `${principles} principles; they say ${Math.round(sharedDrafted.estimate * sharedDrafted.n)} of the ${sharedDrafted.n} things that all groups want${missing}; ${rejected.length} that a group rejects`,
    ...(unwritten === 0 ? [] : [`${unwritten} statements that became none: what was written said more than they do`]),
  ];
}

const distance = ({ difference }: CategoryRow): number => Math.abs(difference.estimate);
const points = (share: number): string => `${(100 * share).toFixed(0)} points`;
const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

const pointsApart = ({ estimate, low, high }: CategoryRow["difference"]): string =>
  `${points(Math.abs(estimate))} apart (${(100 * low).toFixed(0)} to ${(100 * high).toFixed(0)})`;

function rowLine({ category, public: wish, n, refusedByPublic, refusedByStandard, difference }: CategoryRow): string {
  return `  ${category.padEnd(8)} the public ${wish} help: ${percent(refusedByPublic)} against ${percent(refusedByStandard)}, ${pointsApart(difference)}, n ${n}`;
}
