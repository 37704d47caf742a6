/**
 * Writes the tables of docs/evaluation.md: the suites from the registry, the published figures scored again, and how often
 * the intervals hold the truth.
 * Usage: node benchmarks/evaluation-docs.ts DATA, where DATA holds the benchmarks' files.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { benchmarks } from "../src/evaluation/benchmarks/index.ts";
import { isEqual, verifications } from "../src/evaluation/benchmarks/verify/index.ts";
import { coverage, experiments } from "../src/statistics/coverage.test-support.ts";

const draws = 10_000;
const [data] = process.argv.slice(2);
if (data === undefined) {
  console.error("usage: node benchmarks/evaluation-docs.ts DATA");
  process.exit(2);
}
const cell = (text: string): string => text.replaceAll("|", "\\|");
const suites = [...benchmarks.values()].map(({ id, about, metrics, needs, judge, files }) => {
  const asks = [
    ...(needs?.judge === true ? ["judge"] : judge === undefined ? [] : ["judge (optional)"]),
    ...(needs?.attacker === true ? ["attacker"] : []),
  ];
  const names = files.map((file) => `\`${file.names[0] ?? ""}\``);
  const shown = names.length > 3 ? [...names.slice(0, 2), "…"] : names;
  return [
    `\`${id}\``,
    about.citation,
    about.source,
    about.licence,
    about.size.toLocaleString("en"),
    shown.join(", "),
    Object.keys(metrics).join(", "),
    asks.join(", ") || "–",
    about.verified,
  ];
});
const head = ["suite", "citation", "source", "licence", "n", "files under --data", "metrics", "needs", "verified"];
const table = (rows: readonly (readonly string[])[]): string =>
  rows.map((row) => `| ${row.map(cell).join(" | ")} |`).join("\n");

const verified: string[][] = [];
const notes = new Set<string>();
for (const [name, verify] of Object.entries(verifications)) {
  const { title, source, checks, notes: own = [] } = await verify(data);
  const equal = checks.filter(isEqual).length;
  for (const note of own) notes.add(note);
  const largest = Math.max(
    ...checks.filter((check) => isEqual(check)).map(({ published, ours }) => Math.abs(published - ours)),
  );
  verified.push([
    `\`${name}\``,
    title,
    source,
    `${equal} of ${checks.length}`,
    largest.toPrecision(2),
    String(checks.length - equal),
  ]);
}
const covered = experiments.map(([name, truth, draw]) => [name, (100 * coverage(name, truth, draw, draws)).toFixed(2)]);
const sections: Record<string, string> = {
  coverage: table([
    [`95 % interval, ${draws.toLocaleString("en")} draws`, "holds the truth, %"],
    ["---", "---"],
    ...covered,
  ]),
  suites: table([head, head.map(() => "---"), ...suites]),
  verified: [
    table([
      ["suite", "figures", "published in", "equal within tolerance", "largest difference among them", "differ"],
      Array.from({ length: 6 }, () => "---"),
      ...verified,
    ]),
    ...[...notes].map((note) => `\n${note}`),
  ].join("\n"),
};
let text = readFileSync("docs/evaluation.md", "utf8");
for (const [name, body] of Object.entries(sections)) {
  const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < 0) throw new Error(`docs/evaluation.md has no section ${name}`);
  text = `${text.slice(0, from)}${begin}\n${body}\n${text.slice(to)}`;
}
writeFileSync("docs/evaluation.md", text);
