/**
 * Holds judges against the labelled answers of the support bot's template, and writes their figures into docs/check.md.
 * Usage: node benchmarks/judges.ts JUDGE …   (strings, or models by their names: llamacpp:FILE.gguf, openai:…)
 * A judge measured before stays in docs/judges-measured.json, so that they can be measured one at a time.
 */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Certificate, judgeFigures } from "../src/evaluation/index.ts";
import { terminalProgress } from "../src/progress/index.ts";
import { calibratePrinciples, loadConfig } from "../src/project/index.ts";
import { rateOf } from "../src/statistics/index.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const [document, measured] = [here("../docs/check.md"), here("../docs/judges-measured.json")];
const { positionals: judges } = parseArgs({ allowPositionals: true });
if (judges.length === 0) {
  console.error("usage: node benchmarks/judges.ts JUDGE …");
  process.exit(2);
}

/** What is kept of a judge's certificate for one principle. */
type Kept = Pick<Certificate, "date" | "judgement" | "again">;
type Measured = Record<string, Record<string, Kept>>;

const folder = mkdtempSync(join(tmpdir(), "precept-judges-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
cpSync(here("../templates/support-bot"), folder, { recursive: true });
rmSync(join(folder, "precept.config.ts"));

const all: Measured = existsSync(measured) ? (JSON.parse(readFileSync(measured, "utf8")) as Measured) : {};
for (const judge of judges) {
  // "strings" opens no model, though a project names one.
  const initial = judge === "strings" ? "openai:none" : judge;
  const settings = {
    constitution: "constitution.yaml",
    systemPrompt: "system.md",
    models: { initial },
    prompts: { redTeam: "prompts/red-team.jsonl" },
  };
  writeFileSync(join(folder, "precept.config.yaml"), JSON.stringify(settings));
  const calibrated = await calibratePrinciples({
    loaded: await loadConfig(join(folder, "precept.config.yaml")),
    principles: ["all"],
    judge,
    answers: join(folder, "labelled.jsonl"),
    seed: 1,
    env: process.env,
    progress: terminalProgress({ stream: process.stderr }),
    signal: new AbortController().signal,
    labelsFor: async () => new Map(),
  });
  const name = calibrated[0]?.certificate.judge.model ?? judge;
  all[name] = Object.fromEntries(
    calibrated.map(({ principleId, certificate: { date, judgement, again } }) => [
      principleId,
      { date, judgement, ...(again === undefined ? {} : { again }) },
    ]),
  );
  writeFileSync(measured, `${JSON.stringify(all)}\n`);
  console.error(`${name}: ${calibrated.length} principles`);
}

type Figures = ReturnType<typeof judgeFigures>;
const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
const percent = (rate: Figures["misses"]): string => {
  if (rate === undefined) return "–";
  const [estimate, low, high] = [rate.estimate, rate.low, rate.high].map((share) => (100 * share).toFixed(0));
  return `${estimate} % [${low}, ${high}] of ${rate.n}`;
};
const kappaOf = ({ kappa }: Figures): string => {
  if (kappa.outcome !== "estimated") return "–";
  const { estimate, low, high } = kappa.value;
  return `${estimate.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;
};
const withItself = (kept: readonly Kept[]): string => {
  const tables = kept.flatMap(({ again }) => again ?? []);
  const pairs = tables.flatMap(({ table }) =>
    table.flatMap((counts, i) => counts.flatMap((count, j) => Array.from({ length: count }, () => i === j))),
  );
  return percent(rateOf(pairs));
};

const names = Object.keys(all);
const principles = [...new Set(names.flatMap((name) => Object.keys(all[name] ?? {})))];
const heads = [
  "judge",
  "answers",
  "agrees",
  "kappa",
  "misses",
  "false alarms",
  "no verdict",
  "with itself, asked twice",
];
const pooled = names.map((name) => {
  const kept = Object.values(all[name] ?? {});
  const figures = judgeFigures(kept);
  const { n, agreement, misses, falseAlarms, withoutVerdict } = figures;
  return row([
    name,
    String(n),
    ...[percent(agreement), kappaOf(figures), percent(misses), percent(falseAlarms), percent(withoutVerdict)],
    withItself(kept),
  ]);
});
const byPrinciple = principles.map((id) =>
  row([
    `\`${id}\``,
    ...names.map((name) => {
      const kept = all[name]?.[id];
      return kept === undefined ? "–" : kappaOf(judgeFigures([kept]));
    }),
  ]),
);
const line = (cells: readonly string[]): string[] => [row(cells), row(cells.map(() => "---"))];
const section = [
  ...line(heads),
  ...pooled,
  "",
  "Kappa, rule by rule:",
  "",
  ...line(["rule", ...names]),
  ...byPrinciple,
];
const [begin, end] = ["<!-- begin judges -->", "<!-- end judges -->"];
const text = readFileSync(document, "utf8");
const [from, to] = [text.indexOf(begin), text.indexOf(end)];
if (from < 0 || to < 0) throw new Error("docs/check.md has no section judges");
writeFileSync(document, `${text.slice(0, from)}${begin}\n${section.join("\n")}\n${text.slice(to)}`);
console.log(section.join("\n"));
process.exit(0);
