import type { Principle } from "../../constitution/index.ts";
import { type GuardEvent, guardEventSchema, kindOf, principleHash } from "../../guard/index.ts";
import type { GuardEventPage, GuardRow, LogTexts } from "../source-guard.ts";

/** A line of the log; undefined where it is no event of a guard. */
export const readEvent = (record: unknown): GuardEvent | undefined => guardEventSchema.safeParse(record).data;

export function toRow({ id, at, action, stage, status, findings }: GuardEvent): GuardRow {
  const [first, ...more] = findings;
  return {
    ...{ id, at, action, stage, status, more: more.length },
    principle: first?.principleId ?? null,
    check: first?.check ?? null,
    score: first?.score ?? null,
    threshold: first?.threshold ?? null,
  };
}

/** One event; what was said only where it was asked for. */
export function toEventPage(event: GuardEvent, principles: readonly Principle[], withTexts: boolean): GuardEventPage {
  const {
    findings,
    coverage,
    timing,
    upstream,
    traceId,
    constitutionHash,
    policyHash,
    isActing,
    limit,
    isStrict,
    revision,
  } = event;
  // In other words it would be another principle than the guard held people to.
  const textOf = (id: string, hash: string): string | null =>
    principles.find((one) => one.id === id && principleHash(one) === hash)?.text ?? null;
  return {
    row: toRow(event),
    findings: findings.map(({ principleId, principleHash: hash, check, score, threshold, span, evidence = null }) => ({
      ...{ principle: principleId, principleText: textOf(principleId, hash), check, kind: kindOf(check) },
      ...{ score, threshold, span, evidence: withTexts ? evidence : null },
    })),
    ...{ coverage, addedMs: timing.addedMs, upstream, traceId, constitutionHash, policyHash, isActing },
    ...{ limit: limit ?? null, isStrict: isStrict === true },
    holds: textsOf(event),
    text: withTexts ? (event.text ?? null) : null,
    revision: revision === undefined ? null : { ...revision, critique: withTexts ? revision.critique : null },
  };
}

/** What the log holds of this text. */
export function textsOf({ text }: GuardEvent): LogTexts {
  if (text === undefined) return "none";
  return /^sha256:[0-9a-f]{64}$/u.test(text) ? "hash" : "full";
}
