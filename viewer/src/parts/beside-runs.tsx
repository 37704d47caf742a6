import { colourOf, drawSample, type Look } from "../../../src/charts/index.ts";
import type { Series } from "../../../src/view/source-rooms.ts";
import { formatPlural } from "../format.ts";
import { useLoaded } from "../hooks.ts";
import { linkTo } from "../route.ts";
import { source } from "../state.ts";
import { Picture } from "./chart.tsx";

/** A run whose curves are drawn. */
export interface DrawnRun {
  readonly run: string;
  readonly series: readonly Series[];
}

/** Runs beside the one that is open, in this order. */
const looks: readonly Look[] = [
  { colour: "var(--ink)", dash: "6 4", form: "square" },
  { colour: "var(--initial)", dash: "2 4", form: "triangle" },
  { colour: "var(--sl-cai)", dash: "9 3 2 3", form: "diamond" },
  { colour: "var(--soft)", dash: "1 3", form: "cross" },
  { colour: "var(--rl-cai)", dash: "14 4", form: "ring" },
];
export const mostBeside = looks.length;

/** How the curves of a run look, by its place among those drawn: the run that is open has its stage's colour. */
export function lookOf(place: number, stage: string): Look {
  return looks[place - 1] ?? { colour: colourOf(stage), form: "dot" };
}

interface ChooserProps {
  readonly run: string;
  /** Its trainings: a run without any of them has nothing to lie beside. */
  readonly stages: readonly string[];
  readonly chosen: readonly string[];
  readonly choose: (runs: readonly string[]) => void;
}

/** Other runs of the folder that were trained so, to be ticked. */
export function RunChooser({ run, stages, chosen, choose }: ChooserProps) {
  const { value } = useLoaded("runs", () => source.runs());
  const others = value?.runs.filter(
    (line) => line.name !== run && line.fault === null && line.stages.some(({ name }) => stages.includes(name)),
  );
  if (others === undefined || others.length === 0) return null;
  const isFull = chosen.length >= mostBeside;
  return (
    <details
      class="chooser"
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.currentTarget.open = false;
        event.currentTarget.querySelector("summary")?.focus();
      }}
    >
      <summary class="button">
        {chosen.length === 0 ? "Beside other runs" : `Beside ${formatPlural(chosen.length, "other run", "other runs")}`}
      </summary>
      <fieldset aria-label="Runs beside this one">
        {others.map(({ name }) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={chosen.includes(name)}
              disabled={isFull && !chosen.includes(name)}
              onChange={() => choose(chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name])}
            />
            {name}
          </label>
        ))}
        {isFull ? <p class="meta">More than {mostBeside} cannot be told apart.</p> : null}
      </fieldset>
    </details>
  );
}

/** Which line is whose. */
export function RunLegend({ runs, stage }: { readonly runs: readonly DrawnRun[]; readonly stage: string }) {
  if (runs.length < 2) return null;
  return (
    <ul class="run-legend" aria-label="Lines">
      {runs.map(({ run, series }, place) => (
        <li key={run}>
          <Picture drawing={drawSample(lookOf(place, stage), `The line of ${run}`)} />
          <a href={linkTo(run, "training")}>{run}</a>
          {series.some((one) => one.stage === stage) ? null : <span class="meta"> has no such training</span>}
        </li>
      ))}
    </ul>
  );
}
