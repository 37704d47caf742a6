import { isEstimate, type Measured } from "../../statistics/index.ts";
import { shortPercent } from "../format.ts";
import { type Html, html } from "../html.ts";

/** What came of one principle, or of all together. */
export interface CardRow {
  readonly label: string;
  readonly rates: readonly (Measured | undefined)[];
  /** "broken", "better" … */
  readonly word?: string | undefined;
}

export interface Card {
  readonly title: string;
  /** Models, money. */
  readonly lines: readonly string[];
  /** What the rates are of. */
  readonly about: string;
  readonly rows: readonly CardRow[];
}

/** Rows beyond which a card is no longer short; the first of them is all together. */
const mostRows = 8;

/** A card as plain text: what was checked, of whom, what it cost, and a rate with interval and n for each principle. */
export function formatCard({ title, lines, about, rows }: Card): string {
  const measured = rows.filter(({ rates }) => rates.some(isEstimate));
  const shown = measured.slice(0, mostRows);
  const left = measured.length - shown.length;
  const cells = shown.map(({ label, rates, word = "" }) => [
    shortLabel(label),
    ...rates.flatMap(cellsOf),
    sizesOf(rates),
    word,
  ]);
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const table = cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return [
    title,
    ...lines,
    ...(shown.length === 0 ? [] : ["", about, ...table]),
    ...(left === 0 ? [] : [`and ${left} more`]),
  ].join("\n");
}

const longestLabel = 26;
const shortLabel = (label: string): string =>
  label.length > longestLabel ? `${label.slice(0, longestLabel - 1)}…` : label;

/** Estimate and interval; the arrow to the next stands before all but the first. */
function cellsOf(rate: Measured | undefined, index: number): string[] {
  const arrow = index === 0 ? [] : ["→"];
  if (!isEstimate(rate)) return [...arrow, "–"];
  return [...arrow, `${shortPercent(rate.estimate)} % (${shortPercent(rate.low)}–${shortPercent(rate.high)})`];
}

/** "n 71", or one number for each. */
function sizesOf(rates: CardRow["rates"]): string {
  const sizes = rates.map((rate) => (isEstimate(rate) ? rate.n : 0));
  return `n ${new Set(sizes).size === 1 ? sizes[0] : sizes.join(", ")}`;
}

/** The card in the page: one click selects it whole, for want of a script. */
export function cardPart(card: Card): Html {
  return html`<figure class="card"><pre tabindex="0" aria-label="This page in a few lines of text">${formatCard(card)}</pre>
<figcaption>One click selects these lines, to be pasted into a chat.</figcaption></figure>`;
}
