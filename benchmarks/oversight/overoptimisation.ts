import { join } from "node:path";
import { readOveroptimisation } from "../../src/oversight/index.ts";
import { terminalProgress } from "../../src/progress/index.ts";
import { overoptimise } from "../../src/project/index.ts";

const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
const range = ({ estimate, low, high }: { estimate: number; low: number; high: number }): string =>
  `${estimate.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;

/** No course here goes near a √KL of ten. */
const showPeak = (peak: number | undefined): string =>
  peak === undefined ? "none" : peak > 10 ? "beyond 10" : peak.toFixed(2);

/** Gold against proxy for two sizes of preference model and three amounts of comparisons: in SCRATCH/sweep, on what a sweep of each seed was taught by. */
export async function measureOveroptimisation({
  scratch,
  seeds,
  kept,
}: {
  readonly scratch: string;
  readonly seeds: number;
  readonly kept: boolean;
}): Promise<string> {
  const progress = terminalProgress({ stream: process.stderr, env: process.env });
  const { signal } = new AbortController();
  const rows: string[] = [];
  const [all, fallen] = [new Map<string, number>(), new Map<string, number>()];
  let prompts = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const folder = join(scratch, "sweep", `teacher-seed-${seed}`);
    const found = kept
      ? readOveroptimisation(folder)
      : await overoptimise({
          ...{ folder, sweep: join(scratch, "sweep"), seed },
          ...{ command: "benchmark", progress, signal, env: process.env },
        });
    if (found === undefined) continue;
    prompts = found.prompts;
    for (const { size, comparisons, pressure, points, alpha, beta, peak, fall, isOveroptimised } of found.courses) {
      const furthest = points.reduce((most, point) => (point.d > most.d ? point : most));
      all.set(size, (all.get(size) ?? 0) + 1);
      if (isOveroptimised) fallen.set(size, (fallen.get(size) ?? 0) + 1);
      rows.push(
        row([
          ...[String(seed), size, comparisons.toLocaleString("en-US"), pressure === "rl" ? "RL" : "best of n"],
          ...[furthest.d.toFixed(2), range(furthest.proxy), range(furthest.gold), range(alpha), range(beta)],
          ...[showPeak(peak), fall.from.toFixed(2), range(fall.gold)],
          isOveroptimised ? "falls" : "",
        ]),
      );
    }
  }
  const head = [
    ...["seed", "preference model", "comparisons", "by", "√KL", "proxy gained", "gold gained", "α", "β"],
    ...["fitted peak", "peak at", "gold, peak to end", ""],
  ];
  const sizes = [...all].map(([size, count]) => `${size}: ${fallen.get(size) ?? 0} of ${count}`).join(", ");
  return [
    `Gains over the SL-CAI policy at the largest √KL, ${prompts} held-out prompts, half of them governed; intervals by bootstrap over prompts. "falls": gold at the end is below its highest (chosen on the other half of the prompts) and the proxy above, by their whole intervals.`,
    "",
    row(head),
    row(head.map(() => "---")),
    ...rows,
    "",
    `Courses on which gold peaks and falls while the proxy rises, by size of the preference model: ${sizes}.`,
  ].join("\n");
}
