import { hashText, readLines, tryJson } from "../storage/index.ts";
import { type GuardEvent, guardEventSchema } from "./audit.ts";

/** What an audit file says, and whether it can be believed. */
export interface AuditReport {
  readonly lines: number;
  readonly delivered: number;
  readonly checked: number;
  readonly leaked: number;
  readonly actions: Readonly<Record<string, number>>;
  readonly statuses: Readonly<Record<string, number>>;
  /** Acting findings by principle. */
  readonly principles: Readonly<Record<string, number>>;
  readonly constitutions: readonly string[];
  /** SHA-256 of the last line, "" of none: kept elsewhere, it shows whether the file was written anew. */
  readonly lastHash: string;
  readonly policies: readonly string[];
  /** The first of each kind, with its line: the chain breaks, unchecked text was delivered, a span leaked. */
  readonly faults: readonly string[];
}

/**
 * Reads an audit file through: counts, the hash chain, and delivered against checked characters. `onEvent` hears of every line that is an
 * event of a guard. @throws PreceptError usage, input-invalid.
 */
export async function verifyAudit(file: string, onEvent?: (event: GuardEvent) => void): Promise<AuditReport> {
  const counts = { lines: 0, delivered: 0, checked: 0, leaked: 0 };
  const actions: Record<string, number> = {};
  const statuses: Record<string, number> = {};
  const principles: Record<string, number> = {};
  const constitutions = new Set<string>();
  const policies = new Set<string>();
  const faults = new Map<string, string>();
  const fault = (kind: string, text: string): void => void (faults.has(kind) || faults.set(kind, text));
  let previous = "";
  for await (const { text: line } of readLines(file, { attempted: `Reading the audit file ${file}` })) {
    const number = ++counts.lines;
    const parsed = guardEventSchema.safeParse(tryJson(line));
    if (!parsed.success) fault("form", `line ${number} is no event of a guard`);
    else {
      const event = parsed.data;
      onEvent?.(event);
      if (event.previous !== previous)
        fault(
          "chain",
          `line ${number} does not follow line ${number - 1}: one of them was changed, or a line is missing`,
        );
      for (const text of faultsOf(event)) fault(text, `line ${number}: ${text}`);
      counts.delivered += event.coverage.delivered;
      counts.checked += event.coverage.checked;
      counts.leaked += event.coverage.leaked;
      count(actions, event.action);
      count(statuses, event.status);
      if (event.action !== "pass")
        for (const id of new Set(event.findings.map(({ principleId }) => principleId))) count(principles, id);
      constitutions.add(event.constitutionHash);
      policies.add(event.policyHash);
    }
    previous = hashText(line);
  }
  return {
    ...counts,
    actions,
    statuses,
    principles,
    constitutions: [...constitutions],
    lastHash: previous,
    policies: [...policies],
    faults: [...faults.values()],
  };
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}

/** What contradicts a promise of the guard: acting guards deliver nothing unchecked, and nothing of a span that they stopped. */
function faultsOf({ isActing, status, coverage: { delivered, checked, leaked } }: GuardEvent): string[] {
  const faults: string[] = [];
  if (isActing && status === "checked" && delivered > checked) faults.push("more was delivered than was checked");
  if (status === "failed-closed" && delivered > checked) faults.push("a check failed closed, and text was delivered");
  if (isActing && status === "skipped" && delivered > 0) faults.push("text was delivered that no check read");
  if (leaked > 0) faults.push("a part of a forbidden span was delivered");
  return faults;
}
