import type { ReportData } from "../report/index.ts";
import { fold, type Page, wrap } from "./layout.ts";

/** What in a run's data somebody should look at, each with a record that shows it. */
export function showWarnings(warnings: ReportData["alarms"], page: Page): string {
  return warnings
    .flatMap(({ text, examples }) => [
      ...wrap(text, page.width - 5).map((line, i) => `${i === 0 ? ` ${page.paint("yellow", "!")} ` : "   "}${line}`),
      ...examples
        .slice(0, 1)
        .flatMap(({ id, text: shown }) => fold(`e.g. ${id}: ${shown}`, page.width - 3).slice(0, 1))
        .map((line) => page.paint("dim", `   ${line}`)),
    ])
    .join("\n");
}
