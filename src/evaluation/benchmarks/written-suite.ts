import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { rateSchema } from "../../statistics/index.ts";
import { toFileName, tryJson } from "../../storage/index.ts";
import type { Benchmark } from "../benchmark/types.ts";
import { loadSet, modelWritten } from "./model-written.ts";

/** Who looked at a suite's labels anew, and how many of them are right. */
export const spotCheckSchema = z.object({
  by: z.string(),
  right: rateSchema,
  /** sha256 of the suite that was looked at: of another one it says nothing. */
  suite: z.string().optional(),
});

/** A suite's name is that of a folder: no way out of it, and none that is hidden. */
export const suiteNameSchema = z
  .string()
  .regex(/^[\p{L}\p{M}\p{N}_-][\p{L}\p{M}\p{N}_.-]{0,99}$/u, "letters, digits, _, - and . within, as a folder's name");

/** What stands beside a suite that was written here: PATH.about.json. */
export const writtenSuiteSchema = z.looseObject({
  format: z.literal(1),
  /** Of the suite, and of its folder of results. */
  name: suiteNameSchema,
  behaviour: z.string(),
  /** Whether the model that wrote it checked it as well. */
  isCheckedByWriter: z.boolean().optional(),
  spotCheck: spotCheckSchema.optional(),
});
export type WrittenSuite = z.infer<typeof writtenSuiteSchema>;

/** What stands beside a suite. */
export const aboutPath = (suite: string): string => suite.replace(/(?:\.jsonl)?(?:\.gz)?$/u, ".about.json");

/** Whether `--suite` names a file of one's own, not a suite by name. */
export const isSuiteFile = (name: string): boolean => /\.jsonl(?:\.gz)?$/u.test(name);

/** What is said beside every headline of a suite: how many of its labels are right, or that nobody looked. */
export const labelsInWords = (about: Pick<WrittenSuite, "spotCheck" | "isCheckedByWriter">): string =>
  `${spotCheckInWords(about)}${about.isCheckedByWriter === true ? "; written and labelled by one model" : ""}`;

const spotCheckInWords = ({ spotCheck }: Pick<WrittenSuite, "spotCheck">): string => {
  if (spotCheck === undefined) return "nobody has checked its labels: precept suite check";
  const { estimate, low, high, n } = spotCheck.right;
  const percent = (value: number): string => (100 * value).toFixed(1);
  return `labels right: ${percent(estimate)} % (${percent(low)} to ${percent(high)}) of ${n}, by ${spotCheck.by}`;
};

/**
 * A file of statements with the answers that show a behaviour and do not, in the format of the public model-written sets, as a
 * benchmark. @throws PreceptError usage for a missing file; input-invalid for a damaged note beside it.
 */
export function writtenSuite(path: string): Benchmark {
  if (!existsSync(path)) {
    throw new PreceptError("usage", {
      attempted: `Reading the suite ${path}`,
      found: "no such file",
      expected: "rows with question, answer_matching_behavior and answer_not_matching_behavior",
      remedy: "precept suite write --principle ID writes one",
    });
  }
  const about = readAboutSuite(path);
  const name = about?.name ?? (toFileName(basename(path).replace(/^\.+|\.jsonl(?:\.gz)?$/gu, "")) || "suite");
  const hash = hashSuite(path);
  return {
    ...modelWritten,
    id: name,
    version: hash.slice(0, 12),
    about: {
      title: `a written suite, ${about === undefined ? "of which nothing more is known" : labelsInWords(about)}`,
      citation: "written by a model: Perez et al. 2022, arXiv 2212.09251",
      source: path,
      licence: "your own",
      size: readFileSync(path).length,
      verified: "real rows",
    },
    files: [],
    get: "precept suite write",
    load: () => loadSet(path, name),
  };
}

/** By which a spot check knows its suite. */
export const hashSuite = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");

/** What stands beside a suite; a spot check of what it was before is left out. @throws PreceptError input-invalid for a damaged note. */
export function readAboutSuite(path: string): WrittenSuite | undefined {
  const about = readAbout(path);
  const isOfThis = about?.spotCheck === undefined || about.spotCheck.suite === hashSuite(path);
  return about === undefined || isOfThis ? about : { ...about, spotCheck: undefined };
}

function readAbout(path: string): WrittenSuite | undefined {
  const file = aboutPath(path);
  if (!existsSync(file)) return undefined;
  const read = writtenSuiteSchema.safeParse(tryJson(readFileSync(file, "utf8")));
  if (read.success) return read.data;
  throw new PreceptError("input-invalid", {
    attempted: `Reading ${file}`,
    found: z.prettifyError(read.error),
    expected: "what precept suite write put beside the suite",
    remedy: "remove it: the suite is asked all the same",
  });
}
