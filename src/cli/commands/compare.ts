import { compareMeasured, comparisonMarkdown, type Matching } from "../../evaluation/index.ts";
import { harborWorld } from "../../project/index.ts";
import { writeComparison } from "../../report/index.ts";
import { writeOutput } from "../../storage/index.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { align, linkTo, pageOf } from "../layout.ts";

export interface CompareFlags {
  readonly baseline?: string | undefined;
  readonly match: Matching;
  readonly by?: string;
  readonly metrics?: string;
  readonly out?: string | undefined;
  readonly html?: string | undefined;
  /** Show what cannot be told as well. */
  readonly all: boolean;
  readonly json: boolean;
}

const listNames = (text: string | undefined): string[] | undefined => text?.split(",").map((part) => part.trim());

/** precept compare A B …: every subject against the baseline (the first unless named) on the same prompts. */
export async function compare(this: CliContext, flags: CompareFlags, ...names: readonly string[]): Promise<void> {
  const comparisons = await compareMeasured({
    names,
    baseline: flags.baseline,
    matching: flags.match,
    by: listNames(flags.by),
    metrics: listNames(flags.metrics),
    worlds: [harborWorld],
  });
  const markdown = comparisons.map((comparison) => comparisonMarkdown(comparison)).join("\n");
  const isJsonFile = flags.out?.endsWith(".json") === true;
  if (flags.out !== undefined) {
    writeOutput(flags.out, isJsonFile ? `${JSON.stringify({ comparisons }, null, 2)}\n` : markdown);
  }
  if (flags.html !== undefined) await writeComparison(flags.html, comparisons);
  if (flags.json) return printJson(this, { comparisons });
  print(this, comparisons.map((one) => align(comparisonMarkdown(one, !flags.all))).join("\n"));
  if (flags.html !== undefined) print(this, linkTo(flags.html, pageOf(this.process.stdout, this.env)));
}
