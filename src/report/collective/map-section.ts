import { type Figure, type Mark, pointForms } from "../../charts/index.ts";
import { drawChart } from "../charts.ts";
import { count } from "../format.ts";
import { html } from "../html.ts";
import { type Section, showNothing } from "../sections/parts.ts";
import type { PublishedView } from "./data.ts";

const colours = ["var(--sl-cai)", "var(--initial)", "var(--rl-cai)", "var(--alarm)", "var(--link)"];
const colourOf = (group: number | null): string =>
  group === null ? "var(--soft)" : (colours[group % colours.length] ?? "var(--ink)");

/** The map: people who vote alike stand near each other. */
export function mapSection(published: PublishedView): Section {
  const { cells, state, groups } = published;
  const body =
    cells.length === 0
      ? showNothing("Too few people have voted for a map.")
      : html`<figure>${drawChart((isNarrow) => mapFigure(published, isNarrow))}
<figcaption>Who votes alike stands near each other; each mark is several people at their middle, so that nobody stands alone. ${state === "groups" ? `${count(groups.length)} groups, told apart by colour and form.` : "There are no clear groups."}</figcaption></figure>`;
  return { id: "map", title: "Who thinks alike", body };
}

function mapFigure({ cells, groups }: PublishedView, isNarrow: boolean): Figure {
  const axis = { domain: [-1, 1] as const, ticks: [] };
  const named = groups.flatMap((group, index) =>
    group === null ? [] : [{ label: `Group ${index + 1} (${count(group.people)})`, colour: colourOf(index) }],
  );
  return {
    label: `A map of ${count(cells.reduce((sum, { people }) => sum + people, 0))} people. ${named.map(({ label }) => label).join(", ")}.`,
    legend: named,
    panels: [
      {
        ...{ x: axis, y: axis, height: isNarrow ? 260 : 420 },
        marks: cells.map(
          ({ x, y, group, people }): Mark => ({
            ...{ kind: "point", at: [clamp(x), clamp(y)], colour: colourOf(group) },
            form: pointForms[(group ?? 3) % pointForms.length],
            title: `${group === null ? "no group" : `group ${group + 1}`}: ${people} people`,
          }),
        ),
      },
    ],
  };
}

const clamp = (value: number): number => Math.max(-1, Math.min(1, value));
