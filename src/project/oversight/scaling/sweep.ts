import { existsSync } from "node:fs";
import { join } from "node:path";
import { PreceptError, throwIfInterrupted } from "../../../errors.ts";
import { keepSize, readSize, type SizeRecord, sizeFile } from "../../../oversight/index.ts";
import { contentHash, makeFolder, namesIn, takeLock } from "../../../storage/index.ts";
import { requireEngine } from "../../../tensor/index.ts";
import { sweptWidths } from "../../../worlds/harbor/index.ts";
import type { ProjectOptions } from "../../setting.ts";
import { measureSize } from "./measure-size.ts";
import { parametersOfWidth, pretrainSize, type SweptSize } from "./pretrain-size.ts";
import {
  makeTeaching,
  preferenceTraining,
  type SweepAmounts,
  slCaiTraining,
  smokeAmounts,
  sweepAmounts,
  type Teaching,
  thoroughTraining,
} from "./teacher.ts";

/** Steps of pre-training at every size. */
export const sweepSteps = 1200;

export interface SweepOptions extends Pick<ProjectOptions, "folder" | "command" | "progress" | "signal" | "env"> {
  readonly seed: number;
  /** Channels of each size. Default: five from about 0.1M to 1.6M weights. */
  readonly widths?: readonly number[] | undefined;
  /** Do these of the widths alone, as where the others are done on another machine. */
  readonly only?: readonly number[] | undefined;
  /** Of pre-training. */
  readonly steps?: number | undefined;
  /** Every part as short as can be; proves nothing. */
  readonly isSmoke?: boolean | undefined;
}

export interface Sweep {
  /** In order of size; those that are not done yet are left out. */
  readonly sizes: readonly SizeRecord[];
  readonly folders: readonly string[];
  /** Sizes of the sweep that are not done. */
  readonly missing: readonly string[];
}

/**
 * Pre-trains every size on the same tokens and measures its tendencies; goes on where an earlier call stopped. A size is done when
 * its size.json is there, whichever machine wrote it.
 * @throws PreceptError usage for fewer than three sizes, or a folder of a sweep of other tokens; interrupted; run-locked.
 */
export async function sweepSizes(options: SweepOptions): Promise<Sweep> {
  const { folder, seed, isSmoke = false } = options;
  const { widths = sweptWidths, only = widths, steps = isSmoke ? 12 : sweepSteps } = options;
  checkWidths(widths, only);
  const sizes = widths.toSorted((a, b) => a - b).map((width) => sweptSize(folder, width, seed, steps));
  const settings = settingsOf(steps, isSmoke ? smokeAmounts : sweepAmounts);
  refuseOthers(folder, sizes, settings);
  const pending = sizes.filter((size) => only.includes(size.width) && !existsSync(sizeFile(size.folder)));
  // Whoever only reads what is done needs no lock, and no engine.
  if (pending.length > 0) await doSizes(pending, settings, options);
  const done = sizes.flatMap((size) => {
    const record = readSize(size.folder);
    return record === undefined ? [] : [{ record, folder: size.folder }];
  });
  return {
    sizes: done.map(({ record }) => record),
    folders: done.map((one) => one.folder),
    missing: sizes.filter(({ folder: own }) => !existsSync(sizeFile(own))).map(({ width }) => nameOfWidth(width)),
  };
}

/** Two sizes with the same hash can be compared. */
export const settingsOf = (steps: number, amounts: SweepAmounts): string =>
  contentHash({ steps, amounts, slCaiTraining, thoroughTraining, preferenceTraining });

async function doSizes(pending: readonly SweptSize[], settings: string, options: SweepOptions): Promise<void> {
  const { folder, seed, isSmoke = false, progress, signal } = options;
  requireEngine();
  makeFolder(folder);
  const lock = takeLock(folder, options.command);
  try {
    const amounts = isSmoke ? smokeAmounts : sweepAmounts;
    let teaching: Teaching | undefined;
    for (const size of pending) {
      const pretrained = await pretrainSize(size, progress, signal);
      teaching ??= await makeTeaching({ ...options, folder: join(folder, `teacher-seed-${seed}`), amounts });
      const { checkpoint, parameters, tokens, flops, seconds } = pretrained;
      const name = nameOfWidth(size.width);
      const own = { folder: size.folder, name, initial: checkpoint, seed, teaching, amounts, progress, signal };
      keepSize(size.folder, { name, seed, settings, parameters, tokens, flops, seconds, ...(await measureSize(own)) });
      throwIfInterrupted(signal, "The sweep", `stopped after ${name}`);
    }
  } finally {
    lock.release();
    progress.finish();
  }
}

/** "0.11M". */
export const nameOfWidth = (width: number): string => `${(parametersOfWidth(width) / 1e6).toFixed(2)}M`;

const sweptSize = (folder: string, width: number, seed: number, steps: number): SweptSize => ({
  ...{ width, seed, steps },
  folder: join(folder, `size-${nameOfWidth(width)}-seed-${seed}`),
});

const leastSizes = 3;

function checkWidths(widths: readonly number[], only: readonly number[]): void {
  const attempted = "Sweeping over sizes";
  const different = new Set(widths).size;
  if (different < leastSizes) {
    throw new PreceptError("usage", {
      attempted,
      found: different === 1 ? "one size" : `${different} sizes`,
      expected: "three different sizes or more: two to fit, and the largest to be foretold",
      remedy: `--widths ${sweptWidths.join(",")}, or --only WIDTH for one of them on this machine`,
    });
  }
  const odd = widths.find((width) => width % 8 !== 0 || width < 8);
  if (odd !== undefined)
    throw new PreceptError("usage", {
      attempted,
      found: `a width of ${odd}`,
      expected: "multiples of 8: four heads, each of an even number of channels",
    });
  const stranger = only.find((width) => !widths.includes(width));
  if (stranger !== undefined)
    throw new PreceptError("usage", {
      attempted,
      found: `--only ${stranger}`,
      expected: `one of the sweep's widths: ${widths.join(", ")}`,
    });
}

/** A sweep compares sizes at equal tokens that were measured alike, or it compares nothing. */
function refuseOthers(out: string, sizes: readonly SweptSize[], settings: string): void {
  const attempted = "Going on with a sweep";
  const all = namesIn(out, "folder").filter((name) => name.startsWith("size-"));
  const other = all.flatMap((name) => readSize(join(out, name)) ?? []).find((size) => size.settings !== settings);
  if (other !== undefined)
    throw new PreceptError("usage", {
      attempted,
      found: `${other.name}, which was trained or measured otherwise, as with --smoke or other --steps`,
      expected: "the same settings at every size",
      remedy: "another folder for this sweep, or the flags that the one in it was made with",
    });
  const done = sizes.flatMap(({ folder }) => readSize(folder) ?? []);
  if (new Set(done.map(({ tokens }) => tokens)).size < 2) return;
  throw new PreceptError("usage", {
    attempted,
    found: done.map(({ name, tokens }) => `${name}: ${tokens.toLocaleString("en-US")} tokens`).join(", "),
    expected: "the same tokens at every size",
    remedy: "remove the folders of the sizes that were trained otherwise",
  });
}
