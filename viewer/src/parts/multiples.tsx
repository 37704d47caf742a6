import { useState } from "preact/hooks";
import {
  colourOf,
  drawLines,
  type Line,
  type LinesOptions,
  linesFigure,
  type Range,
  stepAt,
} from "../../../src/charts/index.ts";
import type { Series } from "../../../src/view/source-rooms.ts";
import { useWidth } from "../hooks.ts";
import { Chart } from "./chart.tsx";
import { nameStage } from "./words.tsx";

/** Values averaged around a step where the lines are smoothed; the raw line stays. */
const around = 5;

export interface StageProps {
  /** Shows what was made in a step; absent where a training keeps no answers. */
  readonly openStep?: ((step: number) => void) | undefined;
  readonly stage: string;
  readonly series: readonly Series[];
  readonly isLog: boolean;
  readonly isSmooth: boolean;
}

/** The numbers of one training, side by side on one axis. */
export function TrainingStage({ stage, series, isLog, isSmooth, openStep }: StageProps) {
  const [at, point] = useState<number>();
  const steps = series.flatMap(({ points }) => points.map(([step = 0]) => step));
  if (steps.length === 0) return null;
  const x: Range = [Math.min(...steps), Math.max(...steps)];
  return (
    <section>
      <h2>{nameStage(stage)}</h2>
      <p class="under" role="status">
        {at === undefined
          ? `Steps ${x[0].toLocaleString("en-US")} to ${x[1].toLocaleString("en-US")}.`
          : `Step ${at.toLocaleString("en-US")}`}
      </p>
      <div class={openStep === undefined ? "multiples" : "multiples picks"} onPointerLeave={() => point(undefined)}>
        {series.map((one) => (
          <Multiple
            key={one.name}
            series={one}
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

interface MultipleProps extends Omit<StageProps, "stage" | "series"> {
  readonly series: Series;
  readonly x: Range;
  readonly at: number | undefined;
  readonly point: (step: number) => void;
}

function Multiple({ series, x, at, point, isLog, isSmooth, openStep }: MultipleProps) {
  const { ref, width } = useWidth();
  const colour = colourOf(series.stage);
  const hasLog = isLog && series.points.every(([, value = 0]) => value > 0);
  const raw: Line = { label: series.title, colour, points: series.points };
  const lines =
    isSmooth && series.points.length > 2 * around ? [{ ...raw, colour: "var(--rule2)" }, smooth(raw)] : [raw];
  const options: LinesOptions = {
    title: series.title,
    xTitle: "step",
    isSmall: true,
    isLog: hasLog,
    bound: series.bound ?? undefined,
    x,
    at,
  };
  const value = at === undefined ? undefined : series.points.find(([step]) => step === at)?.[1];
  return (
    <figure
      ref={ref}
      onPointerUp={(event) => {
        const isChart = event.target instanceof Element && event.target.closest("svg") !== null;
        if (at !== undefined && isChart) openStep?.(at);
      }}
      onPointerMove={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        point(stepAt(event.clientX - box.left, linesFigure(lines, options), width));
      }}
    >
      <h3>
        {series.title}
        {series.unit === null ? "" : `, ${series.unit}`}
        {value === undefined ? null : (
          <span class="num at">
            {Number(value.toPrecision(4)).toLocaleString("en-US", { maximumSignificantDigits: 4 })}
          </span>
        )}
        {isLog && !hasLog ? <span class="meta"> not above 0: linear</span> : null}
      </h3>
      <Chart draw={(wide) => drawLines(lines, wide, options)} />
    </figure>
  );
}

function smooth(line: Line): Line {
  const points = line.points.map(([step = 0], i) => {
    const near = line.points.slice(Math.max(0, i - around), i + around + 1).map(([, value = 0]) => value);
    return [step, near.reduce((sum, value) => sum + value, 0) / near.length];
  });
  return { ...line, label: `${line.label}, smoothed`, points };
}
