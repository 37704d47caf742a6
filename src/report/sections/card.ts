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
  const shown = rows.slice(0, mostRows);
  const left = rows.length - shown.length;
  const cells = shown.map(({ label, rates, word = "" }) => [label, ...rates.flatMap(cellsOf), word]);
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
    ...(rows.length === 0 ? [] : ["", about, ...table]),
    ...(left === 0 ? [] : [`and ${left} more`]),
  ].join("\n");
}

/** Estimate, interval and n; the arrow to the next stands before all but the first. */
function cellsOf(rate: Measured | undefined, index: number): string[] {
  const arrow = index === 0 ? [] : ["→"];
  if (!isEstimate(rate)) return [...arrow, "–", ""];
  const interval = `${shortPercent(rate.low)}–${shortPercent(rate.high)}`;
  return [...arrow, `${shortPercent(rate.estimate)} %`, `(${interval}, n ${rate.n})`];
}

/** The card in the page: one click selects it whole, for want of a script. */
export function cardPart(card: Card): Html {
  return html`<figure class="card"><pre tabindex="0" aria-label="This page in a few lines of text">${formatCard(card)}</pre>
<figcaption>One click selects these lines, to be pasted into a chat.</figcaption></figure>`;
}
