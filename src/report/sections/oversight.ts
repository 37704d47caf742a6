import { type FoundCell, type FoundPart, type FoundTable, goldFigure, scalingFigure } from "../../charts/index.ts";
import { hasOversight, readOversight } from "../../oversight/index.ts";
import { drawChart } from "../charts.ts";
import { type Html, html } from "../html.ts";
import { toOversightParts } from "../oversight/parts.ts";
import { type Section, table } from "./parts.ts";

export interface OversightData {
  readonly parts: readonly FoundPart[];
  readonly faults: readonly string[];
}

/** Undefined where no command of oversight kept anything in the run. */
export function readOversightData(run: string): OversightData | undefined {
  if (!hasOversight(run)) return undefined;
  const found = readOversight(run);
  return { parts: toOversightParts(found), faults: found.faults };
}

/** A section for each part, as the viewer's room has them. */
export function oversightSections(data: OversightData | undefined): (Section | undefined)[] {
  if (data === undefined) return [];
  return [
    ...data.parts.map((part) => ({ id: `oversight-${part.id}`, title: part.title, body: partBody(part) })),
    data.faults.length === 0
      ? undefined
      : {
          id: "oversight-faults",
          title: "Findings of oversight that cannot be read",
          body: html`<ul class="plain">${data.faults.map((fault) => html`<li>${fault}</li>`)}</ul>`,
        },
  ];
}

function partBody({ under, tables, curves, courses, notes, examples = [] }: FoundPart): Html {
  return html`<p class="meta">${under}</p>
${curves === undefined || curves.of.length === 0 ? undefined : drawChart((isNarrow) => scalingFigure(curves.of, curves.xTitle, isNarrow ? 1 : 2))}
${courses === undefined || courses.length === 0 ? undefined : drawChart((isNarrow) => goldFigure(courses, isNarrow ? 1 : 2))}
${tables.map(oversightTable)}
${notes.map((note) => html`<p class="meta">${note}</p>`)}
${examples.length === 0 ? undefined : html`<ul class="plain">${examples.map(({ of, request, response }) => html`<li><span class="tag">${of}</span> ${request}<br>${response}</li>`)}</ul>`}`;
}

function oversightTable({ label, caption, head, rows }: FoundTable): Html {
  const titles = head.map(({ title, isNumber }) =>
    title === ""
      ? html`<td></td>`
      : html`<th scope="col"${isNumber === true ? html` class="num"` : undefined}>${title}</th>`,
  );
  const lines = rows.map(
    (cells) =>
      html`<tr>${cells.map((cell, place) => (place === 0 ? html`<th scope="row">${cellText(cell)}</th>` : html`<td${head[place]?.isNumber === true ? html` class="num"` : undefined}>${cellText(cell)}</td>`))}</tr>`,
  );
  return table(label, html`${titles}`, lines, caption ?? label);
}

const cellText = ({ text, below }: FoundCell): Html =>
  html`${text}${below === undefined || below === "" ? undefined : html`<span class="ci">${below}</span>`}`;
