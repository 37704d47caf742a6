import { suspicionNames } from "../attribution/index.ts";
import type { AuditedLabels } from "../project/index.ts";
import { indentUnder, type Page, table } from "./layout.ts";

/** Labels to look at, and, where flips were planted, how many of them each list has found. */
export function showSuspects({ comparisons, by, suspects, planted }: AuditedLabels, page: Page): string {
  const lines = [page.paint("bold", `of ${comparisons} labels, the most suspicious by ${by}`)];
  for (const { id, rank, request, responses, label, suspicion, isPlanted, principles } of suspects) {
    const others = suspicionNames.filter((name) => name !== by).map((name) => `${name} ${suspicion[name].rank}`);
    const [better, worse] = label >= 0.5 ? responses : [responses[1], responses[0]];
    const sure = `${(100 * Math.max(label, 1 - label)).toFixed(0)} %`;
    lines.push(
      "",
      `   ${rank}  ${page.paint("bold", id)}${isPlanted ? page.paint("yellow", "  planted") : ""}; place by ${others.join(", ")}`,
      indentUnder(page, "request", request),
      indentUnder(page, "preferred", `${better} (${sure})`),
      indentUnder(page, "over", worse),
      indentUnder(page, "principles", principles.join(", ") || "none"),
    );
  }
  if (planted === undefined) return lines.join("\n");
  const rows = suspicionNames.map((name) => {
    const { estimate, low, high } = planted.recall[name];
    return [name, ...[estimate, low, high].map((value) => `${(100 * value).toFixed(0)} %`)];
  });
  return [
    ...lines,
    "",
    page.paint("bold", `of ${planted.count} planted flips, in the first tenth of each list (chance 10 %)`),
    table([["list", "recall", "low", "high"].map((cell) => page.paint("dim", cell)), ...rows], "lrrr"),
  ].join("\n");
}
