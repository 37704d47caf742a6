import { type Figure, type Mark, placeTicks, rangeOf, widenRange } from "../../charts/index.ts";
import { rng } from "../../rng.ts";
import type { Estimate } from "../../statistics/index.ts";
import { drawChart } from "../charts.ts";
import { tellExpressed } from "../contrast-summary.ts";
import type { ContrastData, ReportData } from "../data.ts";
import { count, number, percent, percentRange } from "../format.ts";
import { type Html, html } from "../html.ts";
import { type Section, table } from "./parts.ts";

/** From this correlation on, R is little but the length of an answer. */
const mostlyLength = 0.8;
/** Answers that are drawn; of more, so many by lot. */
const mostDots = 240;

const contexts = [
  { context: "negative", label: "told to break it", colour: "var(--initial)" },
  { context: undefined, label: "not told", colour: "var(--soft)" },
  { context: "positive", label: "told to keep it", colour: "var(--rl-cai)" },
] as const;

/** What the contexts of principles did to the model's answers: whether it can express each, and what R measures. */
export function contrastSection({ contrast }: ReportData): Section | undefined {
  if (contrast === undefined) return undefined;
  const { pairs, labels, candidates, scored, pairable } = contrast.summary;
  const how = {
    samples: "Two answers to each prompt",
    "west-of-n": "The best and the worst of several answers to each prompt",
    rlcd: "An answer that was told to keep a principle and one that was told to break it",
  }[pairs];
  const by = {
    contrastive:
      "labelled by R, the log of how much likelier an answer is where the principle is kept than where it is broken",
    assumed: "the first taken for the better, unread",
    ab: "compared by asking",
  }[labels];
  return {
    id: "contrast",
    title: "Answers under the principles",
    body: html`<p>${how}, ${by}. ${count(candidates)} answers${scored === 0 ? "" : `, ${count(scored)} of them scored`}; ${count(pairable)} prompts have two that differ.</p>
${rates(contrast)}
${lengths(contrast)}`,
  };
}

function rates({ summary: { byPrinciple, labels } }: ContrastData): Html {
  const isScored = labels === "contrastive";
  const rows = Object.entries(byPrinciple).map(
    ([id, { prompts, base, positive, told, isExpressed }]) =>
      html`<tr><th scope="row">${id}</th><td class="num">${count(prompts)}</td>${cell(base)}${cell(positive)}${isScored ? cell(told) : undefined}<td>${tellExpressed({ base, positive, isExpressed })}</td></tr>`,
  );
  const head = html`<th scope="col">Principle</th><th scope="col" class="num">Prompts</th><th scope="col" class="num">Kept</th><th scope="col" class="num">Kept when told to</th>${isScored ? html`<th scope="col" class="num">R higher when told</th>` : undefined}<th scope="col">Can the model express it?</th>`;
  return table(
    "Whether the model can express each principle",
    head,
    rows,
    "As the judge reads the answers, where the principle is at stake; Wilson 95 % intervals. R that is higher in half of the cases says nothing.",
  );
}

function cell(rate: Estimate | undefined): Html {
  if (rate === undefined) return html`<td class="num">–</td>`;
  return html`<td class="num">${percent(rate.estimate)}<span class="ci">${percentRange(rate)} <span class="n">n ${count(rate.n)}</span></span></td>`;
}

/** R against length: a label that only measures length teaches length. */
function lengths({ summary: { lengthCorrelation }, answers }: ContrastData): Html | undefined {
  if (lengthCorrelation === undefined || answers.length === 0) return undefined;
  const isLength = Math.abs(lengthCorrelation) >= mostlyLength;
  return html`<figure>${drawChart((isNarrow) => figureOf(answers, lengthCorrelation, isNarrow))}
<figcaption>R against the length of an answer: they correlate by ${number(lengthCorrelation)}${isLength ? html`, so that <strong>R measures little but length</strong>` : ""}.
${answers.length > mostDots ? `${count(mostDots)} of ${count(answers.length)} answers are drawn, by lot.` : ""}</figcaption></figure>`;
}

function figureOf(answers: ContrastData["answers"], correlation: number, isNarrow: boolean): Figure {
  const shown = rng(0, "contrast-chart").shuffle(answers).slice(0, mostDots);
  const x = widenRange(rangeOf(shown.map(({ tokens }) => tokens)), 5);
  const y = widenRange(rangeOf(shown.map(({ reward }) => reward)), 5);
  const marks = contexts.flatMap(({ context, colour }) =>
    shown
      .filter((answer) => answer.context === context)
      .map(({ tokens, reward }): Mark => ({ kind: "point", at: [tokens, reward], colour })),
  );
  return {
    label: `R of ${shown.length} answers against their length in tokens; correlation ${number(correlation)}`,
    legend: contexts
      .filter(({ context }) => shown.some((answer) => answer.context === context))
      .map(({ label, colour }) => ({ label, colour })),
    panels: [
      {
        x: { title: "Tokens", domain: x, ticks: placeTicks(x, isNarrow ? 4 : 8) },
        y: { title: "R, nats", domain: y, ticks: placeTicks(y, 5) },
        height: 240,
        marks,
      },
    ],
  };
}
