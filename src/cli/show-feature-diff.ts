import type { FeatureDiff } from "../project/index.ts";
import { type Page, table, wrap } from "./layout.ts";

const percent = (share: number): string => (100 * share).toFixed(0);

/** A row for each changed feature, and under it one request that both answered. */
export function showDiff(
  { before, after, dictionary, n, features, changed }: FeatureDiff,
  top: number,
  page: Page,
): string {
  const shown = changed.slice(0, top);
  const rows = shown.map(({ feature, side, before: was, after: is, difference, q, groups }) => [
    `#${feature}`,
    side,
    `${percent(was)} → ${percent(is)}`,
    `${difference.estimate > 0 ? "+" : ""}${percent(difference.estimate)} [${percent(difference.low)}, ${percent(difference.high)}]`,
    q < 0.001 ? "<0.001" : q.toFixed(3),
    groups
      .slice(0, 3)
      .map((group) => `${group.group} ${percent(group.before)}→${percent(group.after)}`)
      .join(", "),
  ]);
  const titles = ["feature", "read in", "% of texts", "change", "q", "most under"].map((title) =>
    page.paint("dim", title),
  );
  const examples = shown
    .slice(0, 5)
    .flatMap(({ feature, examples: [example] }) =>
      example === undefined
        ? []
        : [
            "",
            `${page.paint("bold", `#${feature}`)} ${example.request}`,
            ...wrap(`${before}: ${example.before}`, page.width - 3).map((line) => `   ${line}`),
            ...wrap(`${after}: ${example.after}`, page.width - 3).map((line) => `   ${line}`),
          ],
    );
  return [
    `${page.paint("bold", `${before} → ${after}`)}: ${changed.length} of ${2 * features} rates changed (q ≤ 0.01), ${n} requests, dictionary ${dictionary}`,
    "",
    ...(rows.length === 0 ? ["no feature changed"] : [table([titles, ...rows], "llrrrl", 1)]),
    ...examples,
  ].join("\n");
}

/** One page for a reviewer: each feature with the principle, what it does, what it may have been learned from, and an answer before and after. */
export function writeReview({ before, after, dictionary, n, changed, review = [] }: FeatureDiff): string {
  const sections = review.map(({ feature, principle, effect, causes, shares }, index) => {
    const change = changed[index];
    const example = change?.examples[0];
    const formatSigned = (value: number): string => `${value > 0 ? "+" : ""}${value.toFixed(2)}`;
    const held = effect.own < 0 && effect.other > 0;
    return [
      `## Feature ${feature}`,
      "",
      `- **Principle** ${principle}: active in ${percent(change?.groups[0]?.before ?? 0)} % of its ${change?.side === "request" ? "requests" : "answers"} before, ${percent(change?.groups[0]?.after ?? 0)} % after; in all ${percent(change?.before ?? 0)} % and ${percent(change?.after ?? 0)} %.`,
      `- **Effect** without it ${after} finds its own answers ${formatSigned(effect.own)} nats likelier and ${before}'s ${formatSigned(effect.other)}, on average over ${effect.n} requests${held ? ": it holds the new answers up" : ""}.`,
      `- **Cause** of the training examples of SL-CAI it is active in ${shares.map(({ principleId, share, n: of }) => `${percent(share)} % of ${principleId}'s ${of}`).join(", ") || "none that are here"}. Most in:`,
      ...causes.map(
        ({ id, principleId, activation, text }) =>
          `  - ${activation.toFixed(2)} \`${id}\` (${principleId ?? "unrevised"}): ${text}`,
      ),
      ...(example === undefined
        ? []
        : ["", `> ${example.request}`, "", `- ${before}: ${example.before}`, `- ${after}: ${example.after}`]),
      "",
    ].join("\n");
  });
  return [
    `# What changed within: ${before} → ${after}`,
    "",
    `One dictionary of both (${dictionary}), ${n} requests that both answered, ${changed.length} changed rates; here are the ${review.length} that changed most. That a feature is active in an example does not prove that it was learned from it: \`precept attribute\` measures influence.`,
    "",
    ...sections,
  ].join("\n");
}
