import { opinionMap } from "../../charts/index.ts";
import type { Published } from "../../collective/index.ts";
import { drawChart } from "../charts.ts";
import { count } from "../format.ts";
import { html } from "../html.ts";
import { type Section, showNothing } from "../sections/parts.ts";

/** The map: people who vote alike stand near each other. */
export function mapSection(published: Published): Section {
  const { cells, state, groups } = published;
  const body =
    cells.length === 0
      ? showNothing("Too few people have voted for a map.")
      : html`<figure>${drawChart((isNarrow) => opinionMap(published, isNarrow ? 260 : 420))}
<figcaption>Who votes alike stands near each other; each mark is several people at their middle, so that nobody stands alone. ${state === "groups" ? `${count(groups.length)} groups, told apart by colour and form.` : "There are no clear groups."}</figcaption></figure>`;
  return { id: "map", title: "Who thinks alike", body };
}
