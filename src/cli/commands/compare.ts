import { PreceptError } from "../../errors.ts";
import { compareSides, comparisonMarkdown, type Matching, type Side } from "../../evaluation/index.ts";
import { writeOutput } from "../../storage/index.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { align } from "../layout.ts";
import { directionOf, sideAt } from "../sides.ts";

export interface CompareFlags {
  readonly baseline?: string | undefined;
  readonly match: Matching;
  readonly by?: string;
  readonly metrics?: string;
  readonly out?: string | undefined;
  readonly json: boolean;
}

/** precept compare A B …: every side against the baseline (the first unless named) on the same prompts. */
export async function compare(this: CliContext, flags: CompareFlags, ...names: readonly string[]): Promise<void> {
  const [first, ...others] = names;
  const baselineName = flags.baseline ?? first;
  const candidates = flags.baseline === undefined ? others : names.filter((name) => name !== flags.baseline);
  if (baselineName === undefined || candidates.length === 0) {
    throw new PreceptError("usage", {
      attempted: "Comparing",
      found: names.length === 0 ? "nothing" : `${names.join(", ")} alone`,
      expected: "two sides: the baseline first, or --baseline",
      remedy: "precept compare RUN@sl-cai RUN@rl-cai",
    });
  }
  const wanted = flags.metrics?.split(",").map((metric) => metric.trim());
  const read = async (name: string): Promise<Side> => only(await sideAt(name), wanted);
  const baseline = await read(baselineName);
  const by = flags.by?.split(",").map((key) => key.trim()) ?? ["suite", "split"];
  const comparisons = [];
  for (const name of candidates) {
    const options = { matching: flags.match, by, directions: directionOf };
    comparisons.push(compareSides(baseline, await read(name), options));
  }
  const markdown = comparisons.map(comparisonMarkdown).join("\n");
  const isJsonFile = flags.out?.endsWith(".json") === true;
  if (flags.out !== undefined) {
    writeOutput(flags.out, isJsonFile ? `${JSON.stringify({ comparisons }, null, 2)}\n` : markdown);
  }
  if (flags.json) printJson(this, { comparisons });
  else print(this, align(markdown));
}

/** A side with the metrics that were asked for. @throws PreceptError usage for a metric that it does not have. */
function only(side: Side, wanted: readonly string[] | undefined): Side {
  if (wanted === undefined) return side;
  const known = new Set(side.items.flatMap(({ values }) => Object.keys(values)));
  const missing = wanted.find((metric) => !known.has(metric));
  if (missing !== undefined) {
    throw new PreceptError("usage", {
      attempted: `Reading ${side.name}`,
      found: `no metric ${missing}`,
      expected: `some of ${[...known].join(", ")}`,
    });
  }
  const items = side.items.map((item) => ({
    ...item,
    values: Object.fromEntries(Object.entries(item.values).filter(([metric]) => wanted.includes(metric))),
  }));
  return { ...side, items };
}
