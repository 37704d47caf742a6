import { PreceptError } from "../../errors.ts";
import type { ScalingAxis } from "../../oversight/index.ts";
import { fitScaling, overoptimise, parseSize, sweepSizes } from "../../project/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { pageOf } from "../layout.ts";
import { showOveroptimisation, showScaling, showSweep } from "../show-scaling.ts";

export interface ScalingFitFlags {
  readonly metric?: string | undefined;
  readonly over?: ScalingAxis | undefined;
  readonly parameters?: string | undefined;
  readonly split?: string | undefined;
  readonly seed?: number | undefined;
  readonly json: boolean;
}

const listOf = (text: string): string[] => text.split(",").map((part) => part.trim());

/** precept scaling RUN… */
export async function scalingFit(this: CliContext, flags: ScalingFitFlags, ...places: string[]): Promise<void> {
  const { metric, over, parameters, split, seed, json } = flags;
  const found = await fitScaling({
    ...{ places, over, split, seed },
    metrics: metric === undefined ? undefined : listOf(metric),
    parameters: parameters === undefined ? undefined : listOf(parameters).map(readSize),
  });
  if (json) printJson(this, found);
  else print(this, showScaling(found, pageOf(this.process.stdout, this.env)));
}

function readSize(text: string): number {
  const size = parseSize(text);
  if (size !== undefined) return size;
  throw new PreceptError("usage", {
    attempted: "Reading --parameters",
    found: `"${text}"`,
    expected: "numbers of weights, e.g. 1110000, 1.5b or 135m, with commas",
  });
}

export interface ScalingSweepFlags {
  readonly seed?: number | undefined;
  readonly widths?: string | undefined;
  readonly only?: string | undefined;
  readonly steps?: number | undefined;
  readonly smoke: boolean;
  readonly json: boolean;
}

/** precept scaling sweep OUT */
export async function scalingSweep(this: CliContext, flags: ScalingSweepFlags, folder: string): Promise<void> {
  const { seed = 1, widths, only, steps, smoke: isSmoke, json } = flags;
  const sweep = await sweepSizes({
    ...{ folder, seed, steps, isSmoke, widths: numbersOf(widths, "widths"), only: numbersOf(only, "widths") },
    ...{ command: this.command, progress: progressOf(this, json), signal: this.signal, env: this.env },
  });
  if (json) printJson(this, sweep);
  else print(this, showSweep(folder, seed, sweep));
}

const numbersOf = (text: string | undefined, what: string): number[] | undefined =>
  text === undefined ? undefined : listOf(text).map((part) => readCount(part, what));

function readCount(text: string, what: string): number {
  if (/^[1-9]\d{0,5}$/u.test(text)) return Number(text);
  throw new PreceptError("usage", {
    attempted: `Reading --${what}`,
    found: `"${text}"`,
    expected: "whole numbers from 1 on, with commas",
  });
}

export interface OveroptimiseFlags {
  readonly seed?: number | undefined;
  readonly widths?: string | undefined;
  readonly comparisons?: string | undefined;
  readonly sweep?: string | undefined;
  readonly smoke: boolean;
  readonly json: boolean;
}

/** precept scaling overoptimise RUN */
export async function scalingOveroptimise(this: CliContext, flags: OveroptimiseFlags, folder: string): Promise<void> {
  const { seed = 1, widths, comparisons, sweep, smoke: isSmoke, json } = flags;
  const found = await overoptimise({
    ...{ folder, seed, sweep, isSmoke },
    widths: numbersOf(widths, "widths"),
    comparisons: numbersOf(comparisons, "comparisons"),
    ...{ command: this.command, progress: progressOf(this, json), signal: this.signal, env: this.env },
  });
  if (json) printJson(this, found);
  else print(this, showOveroptimisation(found, pageOf(this.process.stdout, this.env)));
}
