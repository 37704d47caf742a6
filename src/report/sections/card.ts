import { isEstimate, type Measured } from "../../statistics/index.ts";
import { shortPercent } from "../format.ts";
import { type Html, html } from "../html.ts";

export interface Card {
  readonly title: string;
  /** Models, money. */
  readonly lines: readonly string[];
  /** What the rows say. */
  readonly about: string;
  /** Each a line, its cells as columns; the first of them matters most. */
  readonly rows: readonly (readonly string[])[];
}

/** Rows beyond which a card is no longer short; the first of them is all together. */
const mostRows = 8;

/** A card as plain text. */
export function formatCard({ title, lines, about, rows }: Card): string {
  const shown = rows.slice(0, mostRows);
  const left = rows.length - shown.length;
  const widths = (shown[0] ?? []).map((_, column) => Math.max(...shown.map((row) => row[column]?.length ?? 0)));
  const table = shown.map((row) =>
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

/** A principle's rates as a row: estimate and interval of each, n, a word; none where nothing was measured. */
export function rateRow(label: string, rates: readonly (Measured | undefined)[], word = ""): readonly string[][] {
  return rates.some(isEstimate) ? [[shortLabel(label), ...rates.flatMap(cellsOf), sizesOf(rates), word]] : [];
}

const longestLabel = 26;
export const shortLabel = (label: string): string =>
  label.length > longestLabel ? `${label.slice(0, longestLabel - 1)}…` : label;

/** Estimate and interval; the arrow to the next stands before all but the first. */
function cellsOf(rate: Measured | undefined, index: number): string[] {
  const arrow = index === 0 ? [] : ["→"];
  if (!isEstimate(rate)) return [...arrow, "–"];
  return [...arrow, `${shortPercent(rate.estimate)} % (${shortPercent(rate.low)}–${shortPercent(rate.high)})`];
}

/** "n 71", or one number for each. */
function sizesOf(rates: readonly (Measured | undefined)[]): string {
  const sizes = rates.map((rate) => (isEstimate(rate) ? rate.n : 0));
  return `n ${new Set(sizes).size === 1 ? sizes[0] : sizes.join(", ")}`;
}

/** The card in the page: one click selects it whole, for want of a script. */
export function cardPart(card: Card): Html {
  return html`<figure class="card"><pre tabindex="0" aria-label="This page in a few lines of text">${formatCard(card)}</pre>
<figcaption>One click selects these lines, to be pasted into a chat.</figcaption></figure>`;
}
