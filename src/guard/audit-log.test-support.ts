import type { GuardEvent, GuardObserved } from "./index.ts";
import { openAudit } from "./index.ts";

/** When the logs of tests begin. */
export const logStart = Date.parse("2026-11-01T00:00:00.000Z");

export interface EventFields extends Partial<Pick<GuardEvent, "action" | "stage" | "status" | "coverage" | "text">> {
  readonly id?: string | undefined;
  readonly at?: number | undefined;
  readonly principles?: readonly string[] | undefined;
  readonly check?: string | undefined;
  readonly addedMs?: number | undefined;
  readonly evidence?: string | undefined;
}

/** An event that passed, but for what is said. */
export function eventOf(fields: EventFields = {}): GuardObserved {
  const { id = "1", at = logStart, principles = [], check = "words", action = "pass", addedMs = 1 } = fields;
  const { stage = "output", status = "checked", coverage = { delivered: 10, checked: 10, leaked: 0 } } = fields;
  return {
    ...{ schemaVersion: 1, id, traceId: `trace-${id}`, spanId: "s", stage, constitutionHash: "c", policyHash: "p" },
    ...{ at: new Date(at).toISOString(), upstream: "u", action, status, isActing: true, cut: 0, coverage },
    findings: principles.map((principleId) => ({
      ...{ principleId, principleHash: "h", check, stage, score: 0.9, threshold: 0.5, span: [0, 1] },
      evidence: fields.evidence,
    })),
    timing: { addedMs },
    text: fields.text,
  };
}

export function writeLog(file: string, events: readonly GuardObserved[]): void {
  const log = openAudit(file);
  for (const event of events) log.append(event);
  log.close();
}

/** Texts over so many days, a hundred each, evenly spread; on each day the first so many break the principle `calm` and are blocked. */
export function daysOf(days: number, blocked: (day: number) => number): GuardObserved[] {
  const day = 24 * 60 * 60_000;
  return Array.from({ length: 100 * days }, (_, i) => {
    const [own, place] = [Math.floor(i / 100), i % 100];
    const at = logStart + own * day + (place * day) / 100;
    const common = { id: String(i), at };
    return place < blocked(own)
      ? eventOf({ ...common, principles: ["calm"], action: "block", text: `DAMN ${i}`, evidence: "DAMN" })
      : eventOf({ ...common, text: `answer ${i}` });
  });
}
