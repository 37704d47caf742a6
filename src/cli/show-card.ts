import { areaIds, areas, showFigure } from "../oversight/index.ts";
import type { MadeCard } from "../project/index.ts";
import { linkTo, type Page, table } from "./layout.ts";

/** What a card gathers, and where it stands. */
export function showCard({ card, path }: MadeCard, page: Page): string {
  const { name, checkpoint, figures, departures, principles, unmeasured, leftOut, decisions } = card;
  const head = ["", "", "95 %", "n"].map((one) => page.paint("dim", one));
  const rows = areaIds.flatMap((id) =>
    figures
      .filter(({ area }) => area === id)
      .map(({ suite, metric, measured, kind }, index) => [
        index === 0 ? areas[id].title : "",
        `${suite}, ${metric}`,
        ...showFigure(measured, kind),
      ]),
  );
  const worst = departures
    .slice(0, 3)
    .map(({ principle, measured }) => `${principle} ${showFigure(measured, "rate")[0]}`);
  return [
    page.paint("bold", `${name}, ${checkpoint}`),
    ...(rows.length === 0 ? ["   no suite has measured it"] : [table([["", ...head], ...rows], "llrlr")]),
    ...(principles === 0
      ? ["   departures from the constitution: not measured"]
      : [
          `   departures from the constitution: ${departures.length} of ${principles} principles${worst.length === 0 ? "" : `, most ${worst.join(", ")}`}`,
        ]),
    ...unmeasured.map(({ what, how }) => page.paint("dim", `   not measured: ${what}; ${how.replaceAll("`", "")}`)),
    ...leftOut.map(({ suite, file }) => page.paint("dim", `   left out, of another state: ${suite} (${file})`)),
    ...(decisions.length === 0 ? [] : [`   decision records of a scaling policy: ${decisions.length}`]),
    linkTo(path, page),
  ].join("\n");
}
