import type { DictionaryMeta, FeaturePage, PageExample } from "../interpretability/index.ts";
import { count, duration } from "../progress/index.ts";
import { type AttributeRow, type FeatureEvaluation, finders, type ShownFeature } from "../project/index.ts";
import { indentUnder, type Page, table } from "./layout.ts";

const percent = (share: number, digits = 1): string => (100 * share).toFixed(digits);

/** What was learned, in three lines. */
export function showTrained(folder: string, { hook_name, precept }: DictionaryMeta): string {
  const { models, kind, k, rows, steps, batch, unexplained, l0, dead, seconds } = precept;
  return [
    `dictionary  ${folder}`,
    `of          ${models.map(({ name }) => name).join(" and ")} at ${hook_name}, ${kind}${kind === "l1" ? "" : ` of ${k}`}`,
    `learned     ${count(rows)} activations, ${count(steps * batch)} read, ${duration(seconds)}; ${percent(unexplained)} % of the variance left, ${l0.toFixed(1)} features per token, ${dead} dead`,
    `next        precept features evaluate ${folder}`,
  ].join("\n");
}

/** The loss with the site rebuilt, then a row for each attribute of the oracle. */
export function showEvaluation({ loss, size, silent, ultralow, attributes }: FeatureEvaluation, page: Page): string {
  const { recovered, model, rebuilt, meanAblated, zeroAblated, recoveredAgainstZero, unexplained, l0, tokens } = loss;
  const head = [
    `loss recovered ${percent(recovered.estimate)} % [${percent(recovered.low)}–${percent(recovered.high)}] against the mean, ${percent(recoveredAgainstZero)} % against 0; ${recovered.n} texts, ${count(tokens)} tokens`,
    `nats per token: model ${model.toFixed(4)}, rebuilt ${rebuilt.toFixed(4)}, at its mean ${meanAblated.toFixed(4)}, at 0 ${zeroAblated.toFixed(4)}`,
    `variance left ${percent(unexplained)} %, ${l0.toFixed(1)} active features per token; of ${size} features ${silent} silent, ${ultralow} in fewer than one text in 200`,
  ];
  if (attributes.length === 0) return head.join("\n");
  return [...head, "", ...groupsOf(attributes).map(([group, rows]) => showGroup(group, rows, page))].join("\n");
}

const groupsOf = (attributes: readonly AttributeRow[]): [string, AttributeRow[]][] => [
  ...Map.groupBy(attributes, ({ group }) => group),
];

const GOOD = 0.8;
/** Longer groups are counted alone. */
const LONGEST = 24;

function showGroup(group: string, rows: readonly AttributeRow[], page: Page): string {
  const asked = finders.filter((finder) => rows.some(({ best }) => best[finder] !== undefined));
  const counts = asked.map((finder) => {
    const good = rows.filter(({ best }) => (best[finder]?.f1 ?? 0) > GOOD).length;
    return `${finder} ${good}`;
  });
  const summary = `${page.paint("bold", group)}: of ${rows.length} found with F1 above 0.8: ${counts.join(" · ")}`;
  if (rows.length > LONGEST) return summary;
  const cells = rows.map(({ name, side, best }) => [
    name,
    side,
    best.feature === undefined ? "" : `#${best.feature.unit}`,
    ...asked.map((finder) => {
      const own = best[finder];
      return own === undefined ? "–" : `${own.f1.toFixed(2)} [${own.low.toFixed(2)}–${own.high.toFixed(2)}]`;
    }),
    `${best.feature?.positives ?? "–"} of ${best.feature?.n ?? "–"}`,
  ]);
  const titles = ["", "read in", "", ...asked, "holds of"].map((title) => page.paint("dim", title));
  return `${summary}\n${table([titles, ...cells], `lll${"r".repeat(asked.length + 1)}`)}\n`;
}

const BARS = " ▁▂▃▄▅▆▇█";

/** A feature's page for the terminal. */
export function showFeaturePage(
  { address, page: shown, attribute, twin, explanation }: ShownFeature,
  page: Page,
): string {
  const { density, max, mean, tokens, histogram, logits, neurons, examples } = shown;
  const most = Math.max(...histogram, 1);
  const bars = histogram.map((height) => BARS[height === 0 ? 0 : 1 + Math.round((7 * height) / most)]).join("");
  const effects = (side: FeaturePage["logits"]["up"]): string =>
    side.map(({ token, effect }) => `${token} ${effect >= 0 ? "+" : ""}${effect.toFixed(2)}`).join("  ");
  const lines = [
    page.paint("bold", address),
    indentUnder(
      page,
      "active",
      `at ${percent(density, 2)} % of ${count(tokens)} tokens, ${mean.toFixed(2)} on average, ${max.toFixed(2)} at most`,
    ),
    `   ${page.paint("dim", "histogram".padEnd(11))}0 ${bars} ${max.toFixed(1)}`,
    ...(attribute === undefined
      ? []
      : [indentUnder(page, "oracle", `tells ${attribute.group} ${attribute.name} with F1 ${attribute.f1.toFixed(2)}`)]),
    indentUnder(page, "raises", effects(logits.up)),
    indentUnder(page, "lowers", effects(logits.down)),
    indentUnder(
      page,
      "neurons",
      neurons.map(({ neuron, correlation }) => `${neuron} (r ${correlation.toFixed(2)})`).join("  "),
    ),
  ];
  if (explanation !== undefined) {
    const { text, score, undetermined } = explanation;
    const told =
      score === undefined
        ? "tells nothing"
        : `tells ${percent(score.estimate, 0)} % [${percent(score.low, 0)}–${percent(score.high, 0)}] of ${score.n} texts, chance 50 %`;
    lines.push(
      indentUnder(page, "explained", `${text} (${told}${undetermined === 0 ? "" : `; no verdict on ${undetermined}`})`),
    );
  }
  if (twin !== undefined)
    lines.push(indentUnder(page, "nearest", `${twin.dictionary}/${twin.feature} (r ${twin.correlation.toFixed(2)})`));
  if (examples.length === 0) return [...lines, "   never active in these texts"].join("\n");
  return [...lines, "", ...examples.map((example) => showExample(example, max, page))].join("\n");
}

/** Tokens around the peak: bold where it is active; underneath, what taking it out does to the tokens that it moves most. */
function showExample({ interval, tokens, activations, effects, peak }: PageExample, max: number, page: Page): string {
  const [from, to] = [Math.max(0, peak - 8), Math.min(tokens.length, peak + 7)];
  const words = tokens.slice(from, to).map((token, i) => {
    const share = (activations[from + i] ?? 0) / max;
    return share > 0.5 ? page.paint("green", token) : share > 0 ? page.paint("cyan", token) : token;
  });
  const moved = [...effects.keys()]
    .filter((t) => Math.abs(effects[t]!) > 0.05)
    .sort((a, b) => Math.abs(effects[b]!) - Math.abs(effects[a]!))
    .slice(0, 4)
    .map((t) => `${tokens[t]} ${effects[t]! > 0 ? "+" : ""}${effects[t]!.toFixed(2)}`);
  const label = interval === "top" ? "top" : `${interval} of 6`;
  const first = `   ${page.paint("dim", label.padEnd(7))}${(activations[peak] ?? 0).toFixed(2).padStart(6)}  ${words.join(" ")}`;
  return moved.length === 0
    ? first
    : `${first}\n${" ".repeat(18)}${page.paint("dim", `without it: ${moved.join(", ")}`)}`;
}
