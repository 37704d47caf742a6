import type { Benchmark, BenchmarkSummary, Measures } from "../evaluation/index.ts";
import { type Measured, noteOf } from "../statistics/index.ts";
import { type Page, table } from "./layout.ts";

/** Every metric of one benchmark, a column pair a model; undetermined answers and odd cases are named below. */
export function showBenchmark(benchmark: Benchmark, summaries: readonly BenchmarkSummary[], page: Page): string {
  const names = [...new Set(summaries.flatMap(({ metrics }) => Object.keys(metrics)))];
  const isBare = (name: string): boolean =>
    benchmark.metrics[name]?.about === "" || benchmark.metrics[name] === undefined;
  const [only, ...others] = summaries;
  const isAlone = only !== undefined && others.length === 0;
  const head = ["", ...summaries.flatMap(({ subject }) => [isAlone ? "" : subject, ""]), "n"].map((cell) =>
    page.paint("dim", cell),
  );
  const rows = names.map((name) => {
    const kind = benchmark.metrics[name]?.kind ?? benchmark.derived ?? "rate";
    const measures = summaries.map(({ metrics }) => metrics[name]);
    const better = benchmark.metrics[name]?.better;
    const arrow = better === undefined ? "" : better === "higher" ? " ↑" : " ↓";
    return [name + arrow, ...measures.flatMap((measure) => cells(measure, kind, page)), sizes(measures)];
  });
  const [first] = summaries;
  const judge =
    first?.judge == null
      ? ""
      : `, judged by ${first.judge.model ?? "rule"} (${first.judge.name} ${first.judge.version})`;
  const whose = isAlone ? ` ${only.subject}` : "";
  const heading = `${page.paint("bold", `${benchmark.id}${whose}`)} ${page.paint("dim", `${benchmark.about.title}${judge}`)}`;
  const about = names
    .filter((name) => !isBare(name))
    .map((name) => page.paint("dim", `   ${name}: ${benchmark.metrics[name]?.about}`));
  return [
    heading,
    table([head, ...rows], `l${"rl".repeat(summaries.length)}r`),
    ...notes(summaries, isAlone),
    ...Object.entries(first?.dropped ?? {}).map(
      ([reason, count]) => `   ${count} rows of the data left out (${reason})`,
    ),
    ...nameUnmeasured(benchmark, names),
    ...about,
  ].join("\n");
}

function cells(measure: Measured | undefined, kind: "rate" | "mean", page: Page): [string, string] {
  if (measure === undefined || measure.estimate === null) return ["–", ""];
  const showValue = (value: number): string => (kind === "rate" ? (100 * value).toFixed(1) : value.toFixed(2));
  const { low, high } = measure;
  return [
    showValue(measure.estimate),
    low === null || high === null ? "" : page.paint("dim", `${showValue(low)}–${showValue(high)}`),
  ];
}

function sizes(measures: readonly (Measured | undefined)[]): string {
  const texts = measures.map((measure) =>
    measure === undefined
      ? "0"
      : `${measure.n}${measure.clusters === undefined || measure.clusters === measure.n ? "" : ` in ${measure.clusters}`}`,
  );
  return new Set(texts).size === 1 ? (texts[0] ?? "") : texts.join(" / ");
}

function notes(summaries: readonly BenchmarkSummary[], isAlone: boolean): string[] {
  return summaries.flatMap(({ subject: name, metrics, missing }) => {
    const subject = isAlone ? "" : `${name}: `;
    return [
      ...undeterminedNotes(subject, metrics),
      ...Object.entries(missing).map(([reason, count]) => `   ${subject}${count} without an answer (${reason})`),
    ];
  });
}

/** Metrics that no item could show: their group is empty, or the model was asked in another way. */
function nameUnmeasured({ metrics }: Benchmark, names: readonly string[]): string[] {
  const missing = Object.keys(metrics).filter((name) => metrics[name]?.about !== "" && !names.includes(name));
  return missing.length === 0 ? [] : [`   not measured, since no item shows it: ${missing.join(", ")}`];
}

function undeterminedNotes(subject: string, metrics: Measures): string[] {
  return Object.entries(metrics).flatMap(([name, measured]) => {
    const { undetermined } = measured;
    const note = noteOf(measured);
    const { n, ifAllFalse, ifAllTrue } = undetermined ?? {};
    const bounds =
      ifAllFalse === undefined || ifAllTrue === undefined
        ? ""
        : `: between ${(100 * ifAllFalse).toFixed(1)} and ${(100 * ifAllTrue).toFixed(1)}`;
    return [
      ...(n === undefined ? [] : [`   ${subject}${name}: ${n} undetermined${bounds}`]),
      ...(note === undefined ? [] : [`   ${subject}${name}: ${note}`]),
    ];
  });
}
