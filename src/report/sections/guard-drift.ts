import { overTimeFigure } from "../../charts/index.ts";
import type { Drift, PrincipleDrift } from "../../guard/index.ts";
import { drawChart } from "../charts.ts";
import { formatPoints } from "../format.ts";
import { type Html, html } from "../html.ts";
import { rateCell, type Section, table } from "./parts.ts";

/** Principles that are drawn; the table has all. */
const mostDrawn = 6;

/** How the share of texts that are acted on went over time, and whether it changed. */
export function guardDriftSection(drift: Drift): Section | undefined {
  const { parts, principles, bins, binMs, measure } = drift;
  if (parts === undefined || principles.length === 0) return undefined;
  const what = measure === "acted" ? "acted on" : "in which a principle was found broken";
  const sorted = [...principles].sort((a, b) => sizeOf(b) - sizeOf(a));
  const shares = sorted.slice(0, mostDrawn).map(({ id }) => ({
    label: id,
    points: bins.flatMap(({ from, shares: own }) =>
      own[id] === undefined ? [] : { ...own[id], from: Date.parse(from) },
    ),
  }));
  const ends = (["first", "last"] as const).map(
    (part) => [Date.parse(parts[part].from), Date.parse(parts[part].to)] as const,
  );
  const figure = drawChart((isNarrow) =>
    overTimeFigure(shares, { title: `Share of texts ${what}`, binMs, parts: ends, isNarrow }),
  );
  const head = html`<th scope="col">Principle</th><th scope="col" class="num">First part</th><th scope="col" class="num">Last part</th><th scope="col" class="num">Difference</th><th scope="col">Changed?</th>`;
  return {
    id: "drift",
    title: "Over time",
    body: html`<figure>${figure}<figcaption>Share of texts ${what}, with Wilson 95 % intervals; of those that reach far above the rest the top is
cut.${sorted.length > mostDrawn ? ` Drawn are the ${mostDrawn} principles with the largest shares.` : undefined} The washed ends are what the table compares.</figcaption></figure>
${table(
  "First and last part of the log",
  head,
  sorted.map(driftRow),
  "Difference in percentage points with Newcombe’s interval; p by Fisher’s exact test, corrected over principles by Holm. Texts count as independent, which the turns of one dialogue are not.",
)}`,
  };
}

const sizeOf = ({ first, last }: PrincipleDrift): number => first.estimate + last.estimate;

function driftRow({ id, first, last, difference, adjustedP, verdict }: PrincipleDrift): Html {
  const word = verdict === "rose" ? "▲ rose" : verdict === "fell" ? "▼ fell" : verdict;
  return html`<tr><th scope="row">${id}</th>${rateCell(first)}${rateCell(last)}<td class="num">${formatPoints(difference.estimate)}<span class="ci">${formatPoints(difference.low)} to ${formatPoints(difference.high)}</span></td><td><span class="word">${word}</span><span class="ci">p ${adjustedP < 0.001 ? "< 0.001" : adjustedP.toFixed(3)}</span></td></tr>`;
}
