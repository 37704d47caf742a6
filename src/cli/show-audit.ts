import { ACTIONS, type ActionCounts, type AuditReport, type AuditSummary, STATUSES } from "../guard/index.ts";
import { type Page, table } from "./layout.ts";
import { formatRate } from "./show-guarded.ts";

/** What a guard did: a table a question, in plain words. */
export function showAudit({ faults }: Pick<AuditReport, "faults">, summary: AuditSummary, page: Page): string {
  const { texts, span, coverage, statuses, unnamed, policies, limits, strict, wasted } = summary;
  const { delivered, checked, leaked, unchecked } = coverage;
  const open = STATUSES.filter((status) => status !== "checked").flatMap((status) =>
    statuses[status] === undefined ? [] : ` · ${status} ${count(statuses[status])}`,
  );
  const lines: readonly (readonly [string, string])[] = [
    ["texts", `${count(texts)}${span === undefined ? "" : ` · ${shortTime(span.from)} to ${shortTime(span.to)}, UTC`}`],
    ["chain", faults.length === 0 ? "whole" : "not whole, or counts at fault"],
    [
      "characters",
      `delivered ${count(delivered)} · checked ${count(checked)} · delivered unchecked ${count(unchecked)} · leaked ${count(leaked)}`,
    ],
    ["status", `checked ${count(statuses.checked ?? 0)}${open.join("")}`],
    ...(unnamed === 0 ? [] : [["unread", `${count(unnamed)} stopped because a check could not read them`] as const]),
    ...(Object.keys(limits).length === 0 ? [] : [["limits", limitWords(limits)] as const]),
    ...(strict === 0 ? [] : [["stricter", `${count(strict)} after a finding in their conversation`] as const]),
    ...(wasted === 0 ? [] : [["wasted", `${count(wasted)} characters of answers to input that was stopped`] as const]),
    ...(Object.keys(policies).length < 2
      ? []
      : [["policies", `${Object.keys(policies).length}: the guard was changed in between`] as const]),
    ...faults.map((fault) => ["fault", fault] as const),
  ];
  const head = lines.map(([label, text]) => `${page.paint("dim", label.padEnd(11))}${text}`).join("\n");
  if (texts === 0) return head;
  const tables = [stageTable(summary), principleTable(summary), checkTable(summary), driftTable(summary)];
  return [head, ...tables.flatMap((rows) => (rows === undefined ? [] : showTable(rows, page)))].join("\n\n");
}

/** "criticMs 3 texts without a check" */
const limitWords = (limits: AuditSummary["limits"]): string =>
  `${Object.entries(limits)
    .map(([limit, n]) => `${limit} ${count(n)}`)
    .join(" · ")} texts without a check`;

interface Rows {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly columns: string;
  readonly note?: string | undefined;
}

function showTable({ head, rows, columns, note }: Rows, page: Page): string {
  const all = table([head.map((cell) => page.paint("dim", cell)), ...rows], columns, 0);
  return note === undefined ? all : `${all}\n${page.paint("dim", note)}`;
}

function stageTable({ stages, latency, texts, actions }: AuditSummary): Rows {
  const used = usedActions([{ actions }]);
  const cells = (name: string, own: AuditSummary["stages"][number] | Omit<AuditSummary["stages"][number], "stage">) => [
    name,
    count(own.texts),
    ...countsOf(own.actions, used),
    own.latency?.median.toFixed(1) ?? "–",
    own.latency?.p95.toFixed(1) ?? "–",
  ];
  const all = { texts, actions, latency };
  return {
    head: ["stage", "texts", ...used, "added ms, median", "p95"],
    rows: [...stages.map((own) => cells(own.stage, own)), ...(stages.length > 1 ? [cells("all", all)] : [])],
    columns: `l${"r".repeat(used.length + 3)}`,
  };
}

function principleTable({ principles }: AuditSummary): Rows | undefined {
  if (principles.length === 0) return undefined;
  const used = usedActions(principles);
  return {
    head: ["principle", "texts", ...used, "acted on, of all texts"],
    rows: principles.map(({ id, texts, actions, acted }) => [
      ...[id, count(texts), ...countsOf(actions, used), formatRate(acted)],
    ]),
    columns: `l${"r".repeat(used.length + 2)}`,
  };
}

function checkTable({ checks }: AuditSummary): Rows | undefined {
  if (checks.length === 0) return undefined;
  const used = usedActions(checks);
  return {
    head: ["found by", "", "principle", "texts", ...used],
    rows: checks.map(({ check, kind, principleId, texts, actions }) => [
      ...[kind, check === kind ? "" : check.replace(/^head:/u, ""), principleId, count(texts)],
      ...countsOf(actions, used),
    ]),
    columns: `lll${"r".repeat(used.length + 1)}`,
  };
}

function driftTable({ drift }: AuditSummary): Rows | undefined {
  const { parts, principles, measure } = drift;
  if (parts === undefined || principles.length === 0) return undefined;
  const { first, last } = parts;
  const what = measure === "acted" ? "acted on" : "found";
  return {
    head: [what, `until ${shortTime(first.to)}`, `from ${shortTime(last.from)}`, "difference, points", "p", ""],
    rows: principles.map(({ id, first: a, last: b, difference: { estimate, low, high }, adjustedP, verdict }) => [
      ...[id, formatRate(a), formatRate(b), `${points(estimate)} [${points(low)} to ${points(high)}]`],
      ...[adjustedP < 0.001 ? "<0.001" : adjustedP.toFixed(3), verdict],
    ]),
    columns: "lrrrrl",
    note: "p: Fisher's exact test, corrected over principles by Holm; texts count as independent",
  };
}

const usedActions = (tallies: readonly { readonly actions: ActionCounts }[]) =>
  ACTIONS.filter((action) => tallies.some(({ actions }) => actions[action] !== undefined));

const countsOf = (actions: ActionCounts, used: readonly (typeof ACTIONS)[number][]): string[] =>
  used.map((action) => (actions[action] === undefined ? "–" : count(actions[action])));

const count = (n: number): string => n.toLocaleString("en-US");

const points = (share: number): string => {
  const text = Math.abs(100 * share).toFixed(1);
  return `${text === "0.0" ? "" : share < 0 ? "−" : "+"}${text}`;
};

/** "2026-11-30 05:40" */
const shortTime = (iso: string): string => iso.slice(0, 16).replace("T", " ");
