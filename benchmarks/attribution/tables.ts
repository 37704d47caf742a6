import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { AuditedLabels, Refereed } from "../../src/project/index.ts";
import { type Estimate, isEstimate, type Measured, wilson } from "../../src/statistics/index.ts";
import type { PrincipleFigures } from "./principles.ts";
import type { SpeedFigures } from "./speed.ts";

interface Figures {
  readonly principles?: PrincipleFigures;
  readonly audit?: {
    /** Of the demonstration whose run it is. */
    readonly preset: string;
    readonly seeds: readonly (Pick<AuditedLabels, "comparisons" | "planted"> & { readonly seed: number })[];
  };
  readonly referee?: Omit<Refereed, "folder">;
  readonly speed?: SpeedFigures;
}

const path = (name: string): string => new URL(`../../${name}`, import.meta.url).pathname;
const record = path("benchmarks/attribution/measured.json");
const page = path("docs/inside.md");

export const readFigures = (): Figures => (existsSync(record) ? JSON.parse(readFileSync(record, "utf8")) : {});

export function keepFigures(part: string, figures: unknown): void {
  writeFileSync(record, `${JSON.stringify({ ...readFigures(), [part]: figures }, null, 2)}\n`);
}

/** Puts a table of every part that was measured between its marks in docs/inside.md. */
export function writeTables(): void {
  const { principles, audit, referee, speed } = readFigures();
  const tables = {
    principles: principles && principleTable(principles),
    audit: audit && auditTable(audit),
    referee: referee && refereeTable(referee),
    speed: speed && speedTable(speed),
  };
  let text = readFileSync(page, "utf8");
  for (const [part, table] of Object.entries(tables)) {
    if (table === undefined) continue;
    const mark = `<!-- measured: attribution ${part} -->`;
    text = text.replace(new RegExp(`${mark}[\\s\\S]*?<!-- end -->`), () => `${mark}\n${table}\n<!-- end -->`);
  }
  writeFileSync(page, text);
}

const percent = (share: number): string => `${(100 * share).toFixed(1)}`;
const rate = ({ estimate, low, high }: Estimate): string =>
  `${percent(estimate)} (${percent(low)} to ${percent(high)})`;
const score = (measured: Measured): string =>
  isEstimate(measured)
    ? `${measured.estimate.toFixed(3)} (${measured.low.toFixed(3)} to ${measured.high.toFixed(3)})`
    : measured.note;

function principleTable({ trained, answers, development, principles, examples, rows }: PrincipleFigures): string {
  return [
    `${answers} refusals of \`${trained}\`, ${principles} principles, ${examples.toLocaleString("en")} examples; a principle drawn by lot ranks first in ${percent(1 / principles)} %. The stronger half was chosen on ${development ?? 0} other refusals.`,
    "",
    "| method | principle's examples | governing principle first, % | median place | on the others, % |",
    "| --- | --- | --- | --: | --- |",
    ...rows.map(
      ({ method, aggregate, first, medianRank, development: others }) =>
        `| ${method} | ${aggregate} | ${rate(first)} | ${medianRank} | ${others === undefined ? "" : rate(others)} |`,
    ),
  ].join("\n");
}

function auditTable({ preset, seeds }: NonNullable<Figures["audit"]>): string {
  const names = Object.keys(seeds[0]?.planted?.recall ?? {});
  const recallsOf = (name: string): Estimate[] =>
    seeds.flatMap(({ planted }) =>
      Object.entries(planted?.recall ?? {}).flatMap(([own, recall]) => (own === name ? [recall] : [])),
    );
  const ofAll = (recalls: readonly Estimate[]): Estimate =>
    wilson(
      recalls.reduce((sum, { estimate, n }) => sum + Math.round(estimate * n), 0),
      recalls.reduce((sum, { n }) => sum + n, 0),
    );
  const counts = seeds.map(({ planted }) => planted?.count ?? 0).join(", ");
  const [{ comparisons = 0, planted } = {}] = seeds;
  return [
    `A run of \`precept demo --preset ${preset}\`: of ${comparisons} labels that a preference model was trained on, ${planted?.decided ?? 0} are beyond 25 and 75 %. Turned round among these: ${counts}. Share of them in the first tenth of the list, %; a list in random order has 10.`,
    "",
    `| list | ${seeds.map(({ seed }) => `seed ${seed}`).join(" | ")} | all |`,
    `| --- | ${seeds.map(() => "---").join(" | ")} | --- |`,
    ...names.map((name) => {
      const recalls = recallsOf(name);
      return `| ${name} | ${recalls.map(rate).join(" | ")} | ${rate(ofAll(recalls))} |`;
    }),
  ].join("\n");
}

/** Only influence through the curvature foretells nats; other scores have units of their own. */
const isInNats = (method: string): boolean => method.startsWith("ekfac");

function refereeTable({
  trained,
  damping,
  examples,
  retrainings,
  queries,
  rows,
  ceiling,
}: Omit<Refereed, "folder">): string {
  const order = [...rows].sort((a, b) => b.lds.estimate - a.lds.estimate);
  return [
    `\`${trained}\`: ${retrainings} retrainings on halves of ${examples.toLocaleString("en")} examples, ${queries} answers${damping === undefined ? "" : "; λ chosen on other answers"}.`,
    "",
    "| method | LDS | nats that came of one foretold |",
    "| --- | --- | --: |",
    ...order.map(
      ({ method, lds, slope }) =>
        `| ${method} | ${score(lds)} | ${isInNats(method) ? (slope?.toPrecision(2) ?? "–") : ""} |`,
    ),
    `| ceiling: the same halves, trained again in another order | ${score(ceiling)} | |`,
  ].join("\n");
}

function speedTable(figures: SpeedFigures): string {
  const { examples, seconds, processorSeconds, gradientSeconds, vectorBytes, indexBytes, queryMs, load } = figures;
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  return [
    `| ${examples.toLocaleString("en")} examples, at a load of ${load.toFixed(1)} on two cores | measured | aim |`,
    "| --- | --: | --: |",
    `| gradients of all, on the clock | ${gradientSeconds.toFixed(0)} s | 90 s |`,
    `| whole index, with the curvature, on the clock | ${seconds.toFixed(0)} s | |`,
    `| the same, of the processor | ${processorSeconds.toFixed(0)} s | |`,
    `| projected gradients, both methods | ${megabytes(vectorBytes)} | 100 MB |`,
    `| whole index | ${megabytes(indexBytes)} | |`,
    `| a query, median of 21 | ${queryMs.toFixed(0)} ms | 1,000 ms |`,
  ].join("\n");
}
