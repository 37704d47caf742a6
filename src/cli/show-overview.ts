import { relative } from "node:path";
import { count, duration } from "../progress/index.ts";
import type { FoundRecord, RunOverview, StageOverview } from "../runs/index.ts";
import { fold, type Page, table } from "./layout.ts";
import { mebibytes, noteOf } from "./show-costs.ts";

/** A run: what it is of, its stages with what they took, their records by type, where its page is. */
export function showOverview(run: RunOverview, page: Page): string {
  const { name, kind, of, manifest, stages, changed, sizeBytes, peakMemoryBytes } = run;
  const head = `${page.paint("bold", name)}  ${kind}${of === undefined ? "" : `, ${of}`}`;
  const facts = [`precept ${manifest.version}`, `seed ${manifest.seed}`, day(changed), bytes(sizeBytes)].join(", ");
  const lines = [head, page.paint("dim", `   ${facts}`), page.paint("dim", `   precept ${manifest.command}`), ""];
  if (stages.length === 0) return [...lines, "   No stage was begun."].join("\n");
  const titles = ["", "", "time", "tokens", "tokens/s", "GFLOP/s"].map((cell) => page.paint("dim", cell));
  lines.push(
    table([titles, ...stages.map(costRow)], "llrrrr"),
    `   ${mebibytes(peakMemoryBytes)} at most`,
    noteOf(page),
    "",
  );
  const held = stages.flatMap(rowsOf);
  if (held.length > 0) {
    const heads = ["", "", "", "first"].map((cell) => page.paint("dim", cell));
    lines.push(
      table([heads, ...held], "lrll"),
      page.paint("dim", "   precept show RUN RECORD shows one, precept why RUN RECORD what shaped it"),
    );
  }
  if (run.page !== undefined) lines.push("", `   ${relative(process.cwd(), run.page)}`);
  return lines.join("\n");
}

/** Rows of a stage's records by type and its checkpoints, the stage named on the first. */
function rowsOf({ name, records, firstIds, checkpoints }: StageOverview): string[][] {
  const rows = [
    ...Object.entries(records).map(([type, n]) => [count(n), type, firstIds[type] ?? ""]),
    ...checkpoints.map((folder) => ["", "checkpoint", `${name}/${folder}`]),
  ];
  return rows.map((row, i) => [i === 0 ? name : "", ...row]);
}

function costRow({ name, status, cost }: StageOverview): string[] {
  return [
    name,
    status === "done" ? "done" : "unfinished",
    duration(cost.seconds),
    cost.tokens === undefined ? "–" : count(cost.tokens),
    cost.tokensPerSecond === undefined ? "–" : count(cost.tokensPerSecond),
    cost.gflops?.toFixed(1) ?? "–",
  ];
}

/** A record field by field: texts as they are, lists item by item, messages by who says them, parts in brackets. */
export function showRecord({ stage, record }: FoundRecord, page: Page): string {
  const { id, type, ...fields } = record;
  const width = Math.max(...Object.keys(fields).map((name) => name.length)) + 2;
  const lines = Object.entries(fields).flatMap(([name, value]) =>
    textsOf(value).flatMap((text, i) =>
      fold(text, page.width - width - 3).map((line, j) => {
        const label = i === 0 && j === 0 ? name : "";
        return `   ${page.paint("dim", label.padEnd(width))}${line}`.trimEnd();
      }),
    ),
  );
  return [`${page.paint("bold", id)}  ${type === undefined ? stage : `${type} of ${stage}`}`, ...lines].join("\n");
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) && value.length > 0 ? value.map(textOf) : [textOf(value)];
}

function textOf(value: unknown): string {
  if (value === null || (Array.isArray(value) && value.length === 0)) return "–";
  if (typeof value !== "object") return String(value);
  if (!Array.isArray(value) && "role" in value && "content" in value) return `${value.role}: ${textOf(value.content)}`;
  const inner = (part: unknown): string =>
    typeof part === "object" && part !== null ? `(${textOf(part)})` : textOf(part);
  if (Array.isArray(value)) return value.map(inner).join(", ");
  return Object.entries(value)
    .map(([name, part]) => `${name} ${inner(part)}`)
    .join(", ");
}

/** "2026-11-29 17:50", local time. */
export function day(date: Date): string {
  const two = (n: number): string => String(n).padStart(2, "0");
  const [month, of] = [date.getMonth() + 1, date.getDate()].map(two);
  return `${date.getFullYear()}-${month}-${of} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** "1.4 MB". */
export function bytes(n: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, n)) / 3));
  return `${(n / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}
