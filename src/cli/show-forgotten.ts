import type { Forgotten } from "../project/index.ts";
import { indentUnder, type Page, table } from "./layout.ts";

/** How likely an answer is after training without the examples nearest to it. */
export function showForgotten({ request, response, trained, without, principle, rows }: Forgotten, page: Page): string {
  const splits = Object.entries(rows[0]?.siblings ?? {});
  const left = { none: "nothing", nearest: `the ${without} nearest`, random: `${without} random ones` };
  const head = ["left out", "log P, nats", ...splits.map(([split, { n }]) => `${split} (${n})`)];
  const cells = rows.map((row) => [
    left[row.left],
    row.logprob.toFixed(2),
    ...splits.map(([split]) => row.siblings[split]?.logprob.toFixed(2) ?? ""),
  ]);
  return [
    indentUnder(page, "request", request),
    indentUnder(page, "answer", response),
    "",
    page.paint("bold", `log-probability of the answer after fine-tuning ${trained} again without examples`),
    table([head.map((cell) => page.paint("dim", cell)), ...cells], "lrrrrrr"),
    page.paint(
      "dim",
      `   beside it the mean over answers to other requests${principle === undefined ? "" : ` that ${principle} governs`}. Memorised: it falls without the nearest and not without random ones, and the others stay.`,
    ),
  ].join("\n");
}
