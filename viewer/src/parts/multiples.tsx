import { useRef, useState } from "preact/hooks";
import {
  drawLines,
  drawSample,
  type Line,
  type LinesOptions,
  linesFigure,
  type Range,
  stepAt,
} from "../../../src/charts/index.ts";
import type { Series } from "../../../src/view/source-rooms.ts";
import { type DrawnRun, lookOf, RunLegend } from "./beside-runs.tsx";
import { Chart, Picture } from "./chart.tsx";
import { nameStage } from "./words.tsx";

/** Values averaged around a step where the lines are smoothed; the raw line stays. */
const around = 5;

export interface StageProps {
  /** Shows what was made in a step; absent where a training keeps no answers. */
  readonly openStep?: ((step: number) => void) | undefined;
  readonly stage: string;
  /** The run that is open, and those beside it. */
  readonly runs: readonly DrawnRun[];
  readonly isLog: boolean;
  readonly isSmooth: boolean;
}

/** The numbers of one training, side by side on one axis; those of several runs on top of each other. */
export function TrainingStage({ stage, runs, isLog, isSmooth, openStep }: StageProps) {
  const [at, point] = useState<number>();
  const own = runs.map(({ run, series }) => ({ run, series: series.filter((one) => one.stage === stage) }));
  const steps = own.flatMap(({ series }) => series.flatMap(({ points }) => points.map(([step = 0]) => step)));
  if (steps.length === 0) return null;
  const x: Range = [Math.min(...steps), Math.max(...steps)];
  const names = [...new Set(own.flatMap(({ series }) => series.map(({ name }) => name)))];
  return (
    <section>
      <h2>{nameStage(stage)}</h2>
      <p class="under" role="status">
        {at === undefined
          ? `Steps ${x[0].toLocaleString("en-US")} to ${x[1].toLocaleString("en-US")}.`
          : `Step ${at.toLocaleString("en-US")}`}
      </p>
      <RunLegend runs={own} stage={stage} />
      <div class={openStep === undefined ? "multiples" : "multiples picks"} onPointerLeave={() => point(undefined)}>
        {names.map((name) => (
          <Multiple
            key={name}
            curves={own.flatMap(({ run, series }, place): Curve[] => {
              const found = series.find((one) => one.name === name);
              return found === undefined ? [] : [{ run, place, series: found }];
            })}
            isAlone={runs.length < 2}
            x={x}
            at={at}
            point={point}
            isLog={isLog}
            isSmooth={isSmooth}
            openStep={openStep}
          />
        ))}
      </div>
    </section>
  );
}

/** One number of one run, and the run's place among those drawn. */
interface Curve {
  readonly run: string;
  readonly place: number;
  readonly series: Series;
}

interface MultipleProps extends Omit<StageProps, "stage" | "runs"> {
  /** Of one number, a curve a run. */
  readonly curves: readonly Curve[];
  readonly isAlone: boolean;
  readonly x: Range;
  readonly at: number | undefined;
  readonly point: (step: number) => void;
}

function Multiple({ curves, isAlone, x, at, point, isLog, isSmooth, openStep }: MultipleProps) {
  const width = useRef(0);
  const [first] = curves;
  if (first === undefined) return null;
  const { title, unit, bound } = first.series;
  const hasLog = isLog && curves.every(({ series }) => series.points.every(([, value = 0]) => value > 0));
  const lines = curves.flatMap(({ run, place, series }): Line[] => {
    const look = lookOf(place, series.stage);
    // Alone it needs no sign to be told from others.
    const raw: Line = {
      ...look,
      form: isAlone ? undefined : look.form,
      label: isAlone ? title : run,
      points: series.points,
    };
    return isSmooth && series.points.length > 2 * around
      ? [{ label: raw.label, points: raw.points, colour: "var(--rule2)" }, smooth(raw)]
      : [raw];
  });
  const options: LinesOptions = {
    ...{ title, xTitle: "step", isSmall: true, isLog: hasLog, bound: bound ?? undefined, x, at },
  };
  return (
    <figure
      onPointerUp={(event) => {
        const isChart = event.target instanceof Element && event.target.closest("svg") !== null;
        if (at !== undefined && isChart) openStep?.(at);
      }}
      onPointerMove={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        point(stepAt(event.clientX - box.left, linesFigure(lines, options), width.current));
      }}
    >
      <h3>
        {title}
        {unit === null ? "" : `, ${unit}`}
        {isLog && !hasLog ? <span class="meta"> not above 0: linear</span> : null}
        {at === undefined ? null : <Values curves={curves} at={at} isAlone={isAlone} />}
      </h3>
      <Chart
        draw={(wide) => {
          width.current = wide;
          return drawLines(lines, wide, options);
        }}
      />
    </figure>
  );
}

/** What the curves are at a step. */
function Values({ curves, at, isAlone }: Pick<MultipleProps, "curves" | "isAlone"> & { readonly at: number }) {
  return (
    <span class="num at">
      {curves.map(({ run, place, series }) => {
        const value = series.points.find(([step]) => step === at)?.[1];
        if (value === undefined) return null;
        const text = Number(value.toPrecision(4)).toLocaleString("en-US", { maximumSignificantDigits: 4 });
        return (
          <span key={run}>
            {isAlone ? null : <Picture drawing={drawSample(lookOf(place, series.stage), run)} />} {text}
          </span>
        );
      })}
    </span>
  );
}

function smooth(line: Line): Line {
  const points = line.points.map(([step = 0], i) => {
    const near = line.points.slice(Math.max(0, i - around), i + around + 1).map(([, value = 0]) => value);
    return [step, near.reduce((sum, value) => sum + value, 0) / near.length];
  });
  return { ...line, label: `${line.label}, smoothed`, points };
}
