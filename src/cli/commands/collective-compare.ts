import { join } from "node:path";
import { comparedMarkdown, compareModels } from "../../project/collective/index.ts";
import { writeOutput } from "../../storage/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { align } from "../layout.ts";
import { parsePrice, showSpent } from "../show-spent.ts";

export interface CollectiveCompareFlags {
  readonly data?: readonly string[];
  readonly items?: number;
  readonly capability?: string;
  readonly margin?: number;
  readonly judge?: string;
  readonly helpful?: string;
  readonly harmful?: string;
  readonly requests?: string;
  readonly seed?: number;
  readonly maxCost?: number;
  readonly price?: readonly string[];
  readonly out?: string;
  readonly json: boolean;
}

/** precept collective compare PUBLIC STANDARD: what CCAI measured of its two models. */
export async function collectiveCompare(
  this: CliContext,
  flags: CollectiveCompareFlags,
  own: string,
  standard: string,
): Promise<void> {
  const { items = 500, capability = "gsm8k", margin = 0.03, out: folder = "runs/collective-compare", json } = flags;
  const { judge, helpful, harmful, requests, seed, maxCost, price = [] } = flags;
  const { env, command, signal } = this;
  const known = env["PRECEPT_DATA"];
  const compared = await compareModels({
    ...{ public: own, standard, folder, items, margin, judge, helpful, harmful, requests, seed },
    ...{ env, command, signal, progress: progressOf(this, json), maxCost },
    prices: Object.fromEntries(price.map(parsePrice)),
    data: flags.data ?? (known === undefined ? [] : [known]),
    capability: capability.split(",").flatMap((name) => (name.trim() === "" ? [] : [name.trim()])),
    warn: (line) => void this.process.stderr.write(`precept: warning: ${line}\n`),
  });
  const markdown = comparedMarkdown(compared);
  writeOutput(join(folder, "compared.md"), markdown);
  writeOutput(join(folder, "compared.json"), `${JSON.stringify(compared, null, 2)}\n`);
  if (json) printJson(this, compared);
  else print(this, [align(markdown), ...showSpent(compared.spending), join(folder, "compared.md")].join("\n"));
}
