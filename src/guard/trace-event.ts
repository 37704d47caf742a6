import { type Span, trace } from "@opentelemetry/api";
import type { GuardObserved } from "./audit.ts";

/** The span that is active now; its events are written to it also when the answer ends elsewhere, as a stream's does. */
export function findActiveSpan(): Span | undefined {
  const span = trace.getActiveSpan();
  return span?.isRecording() === true ? span : undefined;
}

/** A span event "precept.guard" for one audit line; no text of anybody stands in it. */
export function traceEvent(
  span: Span | undefined,
  { action, stage, status, limit, findings, ...event }: GuardObserved,
): void {
  if (span === undefined) return;
  const [first] = findings;
  span.addEvent("precept.guard", {
    "precept.event.id": event.id,
    "precept.action": action,
    "precept.stage": stage,
    "precept.status": status,
    "precept.limit": limit,
    "precept.principle": first?.principleId,
    "precept.check": first?.check,
    "precept.constitution": event.constitutionHash,
    "precept.policy": event.policyHash,
    "precept.added_ms": event.timing.addedMs,
  });
}
