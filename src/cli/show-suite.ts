import { labelsInWords } from "../evaluation/index.ts";
import type { FinishedSuite } from "../project/index.ts";
import { fold, type Page, wrap } from "./layout.ts";

/** A written suite: what it holds, what was left out, and how right its labels are. */
export function showSuite({ suite, about, count, asked, outcomes, examples }: FinishedSuite, page: Page): string {
  const left = Object.entries(outcomes).flatMap(([name, n]) => (name === "kept" ? [] : [`${n} ${name}`]));
  const lines = examples.flatMap(({ statement, shows }) =>
    fold(`${shows ? "would say " : "would not "} ${statement}`, page.width - 3).map((line) => `   ${line}`),
  );
  return [
    ...wrap(
      `${page.paint("bold", about.name)}: ${count} statements, ${count / 2} on each side, no two alike; ${labelsInWords(about)}`,
      page.width,
    ),
    "",
    ...lines,
    "",
    `   left out: ${left.length === 0 ? "none" : left.join(", ")}`,
    ...(count < asked
      ? [`   ${asked} were asked for: after ${count} the writer had no more that are sure and new on both sides`]
      : []),
    suite,
    page.paint("dim", `precept evaluate MODEL --suite ${suite}`),
  ].join("\n");
}
