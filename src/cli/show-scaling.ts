import type { FittedTendency, KeptOveroptimisation } from "../oversight/index.ts";
import { count, duration } from "../progress/index.ts";
import type { FittedScaling, Sweep } from "../project/index.ts";
import { indentUnder, type Page, table, wrap } from "./layout.ts";

/** 0.11M, 1.5B; of steps and the like the number itself. */
export const sizeText = (x: number): string =>
  x >= 1e15
    ? x.toExponential(1)
    : x >= 1e9
      ? `${Number((x / 1e9).toPrecision(3))}B`
      : x >= 1e4
        ? `${Number((x / 1e6).toPrecision(3))}M`
        : String(x);

const inUnit = ({ kind }: Pick<FittedTendency, "kind">, value: number): string =>
  kind === "rate" ? (100 * value).toFixed(1) : value.toFixed(3);

/** A row for each tendency: its spread, foretold, measured, inside or not; then the errors beside those of rules that do not think. */
export function showScaling(
  { over, runs, tendencies, notes, inside, errors, kept }: FittedScaling,
  page: Page,
): string {
  const places = [...new Set(tendencies.flatMap(({ points }) => points.map(({ x }) => x)))].sort((a, b) => a - b);
  const rows = tendencies.map((tendency) => {
    const { name, prediction, points } = tendency;
    const { predicted, low, high, observed, isInside } = prediction;
    const show = (value: number): string => inUnit(tendency, value);
    const before = points.filter(({ x }) => x < prediction.x).map(({ measured }) => measured.estimate);
    return [
      name,
      `${show(Math.min(...before))} to ${show(Math.max(...before))}`,
      `${show(predicted)} [${show(low)}, ${show(high)}]`,
      show(observed.estimate),
      isInside ? page.paint("green", "inside") : page.paint("yellow", "outside"),
    ];
  });
  const titles = ["", "smaller sizes", "foretold", "measured", ""].map((title) => page.paint("dim", title));
  const range = `${sizeText(places[0] ?? 0)} to ${sizeText(places.at(-1) ?? 0)}`;
  const head = `${runs.length} runs at ${places.length} places, ${range} ${over === "rl-steps" ? "RL steps" : over}; the fit does not see the largest. Rates in %${tendencies.every(({ kind }) => kind === "rate") ? "" : ", the rest as it is"}.`;
  return [
    ...wrap(head, page.width),
    table([titles, ...rows], "lrrrl"),
    indentUnder(page, "inside", `${inside} of ${tendencies.length} in their 95 % intervals`),
    ...sharedErrors(tendencies, errors, page),
    ...notes.map((note) => indentUnder(page, "note", note)),
    ...(kept === undefined ? [] : [indentUnder(page, "kept", `${kept}/oversight/scaling`)]),
  ].join("\n");
}

/** One mean over rates, else over all: points of percent and other figures have no common unit. */
function sharedErrors(tendencies: readonly FittedTendency[], errors: FittedScaling["errors"], page: Page): string[] {
  const isPercent = tendencies.every(({ kind }) => kind === "rate");
  const show = (value: number): string => (isPercent ? `${(100 * value).toFixed(1)} points` : value.toFixed(3));
  const said = `fit ${show(errors.fit)} · constant ${show(errors.constant)} · straight line ${show(errors.line)} · size before ${show(errors["size before"])}`;
  return [indentUnder(page, "mean error", said)];
}

/** What a sweep has, and what comes next. */
export function showSweep(folder: string, seed: number, { sizes, missing }: Sweep): string {
  const rows = sizes.map(({ name, tokens, seconds, tendencies }) => [
    name,
    `${count(tokens)} tokens`,
    duration(seconds),
    `${Object.keys(tendencies).length} tendencies`,
  ]);
  const next =
    missing.length > 0
      ? `next: the same command goes on with ${missing.join(", ")}`
      : `next: precept scaling ${folder}/size-*`;
  return [`sweep of seed ${seed} in ${folder}`, ...(rows.length > 0 ? [table(rows, "lrrr")] : []), next].join("\n");
}

/** A row for each preference model and pressure: α, β, where gold peaks, and how far it fell while the proxy rose. */
export function showOveroptimisation({ seed, prompts, courses }: KeptOveroptimisation, page: Page): string {
  const range = ({ estimate, low, high }: { estimate: number; low: number; high: number }): string =>
    `${estimate.toFixed(2)} [${low.toFixed(1)}, ${high.toFixed(1)}]`;
  const rows = courses.map(({ size, comparisons, pressure, alpha, beta, fall, isOveroptimised }) => [
    ...[size, comparisons.toLocaleString("en-US"), pressure, range(alpha), range(beta)],
    isOveroptimised ? page.paint("yellow", `${range(fall.gold)} *`) : `${range(fall.gold)}  `,
  ]);
  const titles = ["model", "pairs", "by", "α", "β", "gold, peak to end"];
  const peaked = courses.filter(({ isOveroptimised }) => isOveroptimised).length;
  return [
    ...wrap(
      `gold against proxy, seed ${seed}, ${prompts} held-out prompts; gold is the oracle's, asked afterwards`,
      page.width,
    ),
    table([titles.map((title) => page.paint("dim", title)), ...rows], "lrlrrr"),
    indentUnder(
      page,
      "* falls",
      `${peaked} of ${courses.length}: gold is below its peak and the proxy above, by their whole 95 % intervals`,
    ),
  ].join("\n");
}
