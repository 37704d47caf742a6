import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { nearestPassage, QuotedDocuments } from "../src/retrieval/index.ts";
import { clopperPearson } from "../src/statistics/index.ts";
import { type MutatedQuote, mutateQuotes } from "./citation-mutations.ts";

/**
 * Measures the check of quotations on quotations that somebody falsified or spelt otherwise, beside two checks that are
 * usual: the exact string, and a similarity of 0.85. Writes the table of docs/retrieval.md.
 */
const path = (name: string): string => new URL(`../${name}`, import.meta.url).pathname;
const published = ["..", "../.."]
  .map((folder) => path(`${folder}/shared/data/claude-constitution-2026/20260120-constitution.md`))
  .find((file) => existsSync(file));
const read = (file: string): string => readFileSync(file, "utf8");
const text =
  published !== undefined
    ? read(published)
    : ["training", "real-models", "evaluation", "weak-models"]
        .map((name) => read(path(`docs/${name}.md`)))
        .join("\n\n");
const name = published !== undefined ? "Anthropic's constitution of January 2026" : "four pages of these documents";

const count = 200;
const quotes = mutateQuotes(text, count);
const other = mutateQuotes(read(path("docs/check.md")), count, 2)
  .filter(({ kind }) => kind === "part")
  .map(({ quote }): MutatedQuote => ({ kind: "of another document", isFaithful: false, quote }));
const all = [...quotes, ...other];
const document = { id: "a.md", text };
const documents = new QuotedDocuments([document]);

/** Distances take long: of each kind the first ones. */
const fewer = 20;
const slow = `similarity 0.85 (of ${fewer})`;

const checks: Readonly<Record<string, (quote: string) => boolean>> = {
  "this check": (quote) => ["verbatim", "folded"].includes(documents.findSource({ quote }).status),
  "exact string": (quote) => text.includes(quote),
  [slow]: (quote) => similarity(quote) >= 0.85,
};

/** Of the nearest passage: 1 less the share of signs that one must change. */
function similarity(quote: string): number {
  const found = /^nearest: "([\s\S]*)"$/.exec(nearestPassage(quote, [document]) ?? "")?.[1] ?? "";
  const [a, b] = [fold(quote), fold(found)];
  return 1 - editDistance(a, b) / Math.max(1, a.length, b.length);
}

const fold = (part: string): string =>
  part
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim()
    .slice(0, 240);

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
const rowOf = (kind: string, own: readonly MutatedQuote[], errors: readonly number[]): string =>
  `| ${kind} | ${own.length} | ${errors.map((n) => (n === 0 ? "0" : `**${n}**`)).join(" | ")} |`;

const tables = [false, true].map((isFaithful) => {
  const kinds = [
    ...Map.groupBy(
      all.filter((one) => one.isFaithful === isFaithful),
      ({ kind }) => kind,
    ),
  ];
  const rows = kinds.map(([kind, own]) => ({
    kind,
    own,
    errors: Object.entries(checks).map(([check, passes]) => {
      const some = check === slow ? own.slice(0, fewer) : own;
      return some.filter(({ quote }) => passes(quote) !== isFaithful).length;
    }),
  }));
  const n = rows.reduce((sum, { own }) => sum + own.length, 0);
  const wrong = rows.reduce((sum, { errors }) => sum + (errors[0] ?? 0), 0);
  const { high } = clopperPearson(wrong, n);
  const what = isFaithful ? "faithful, and flagged" : "falsified, and passed";
  return [
    `| ${what} | n | ${Object.keys(checks).join(" | ")} |`,
    "| --- | --: | --: | --: | --: |",
    ...rows.map(({ kind, own, errors }) => rowOf(kind, own, errors)),
    "",
    `This check: ${wrong} of ${n.toLocaleString("en")}, at most ${percent(high)} (Clopper–Pearson, 95 %).`,
  ].join("\n");
});

const page = path("docs/retrieval.md");
const figures = `${count} quotations of each kind, made by rule of the sentences of ${name} (${text.length.toLocaleString("en")} signs). Errors of three checks:\n\n${tables.join("\n\n")}`;
const start = "<!-- figures: benchmarks/citations.ts -->";
writeFileSync(
  page,
  read(page).replace(new RegExp(`${start}[\\s\\S]*?<!-- end -->`), () => `${start}\n${figures}\n<!-- end -->`),
);
process.stdout.write(`${figures}\n`);
