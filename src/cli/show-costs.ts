import type { Summary } from "../evaluation/index.ts";
import { count, duration } from "../progress/index.ts";
import { costNote } from "../report/index.ts";
import { indentUnder, type Page, table } from "./layout.ts";

/** What the columns count, in one or two lines. */
export function noteOf(page: Page): string {
  return indentUnder(page, "", costNote, 3, 0);
}

/** "700 MiB". */
export const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

/** What every stage took: time, tokens, tokens and floating-point operations per second; then the peak of memory. */
export function showCosts(summary: Pick<Summary, "stages" | "peakMemoryBytes">, page: Page): string {
  const head = ["", "time", "tokens", "tokens/s", "GFLOP/s"].map((cell) => page.paint("dim", cell));
  const rows = Object.entries(summary.stages).map(([name, stage]) => [
    name,
    duration(stage.seconds),
    count(stage.tokens),
    count(stage.tokensPerSecond),
    stage.gflops?.toFixed(1) ?? "–",
  ]);
  const total = Object.values(summary.stages).reduce((sum, { seconds }) => sum + seconds, 0);
  return `${table([head, ...rows], "lrrrr")}\n   ${duration(total)} in all, ${mebibytes(summary.peakMemoryBytes)} at most\n${noteOf(page)}`;
}
