import { randomBytes, randomUUID } from "node:crypto";
import { hashText } from "../storage/index.ts";
import type { GuardEvent, GuardObserved } from "./audit.ts";
import type { Finding } from "./check.ts";
import type { Verdict } from "./decide.ts";
import type { GuardedText } from "./text-guard.ts";

/** What an audit line says of a text; how much of the text itself, `keeps` says. */
export function describeText(text: GuardedText, verdict: Verdict, keeps: AuditText) {
  const { stage, coverage, addedMs, revision, limit } = text;
  return {
    schemaVersion: 1,
    id: randomUUID(),
    spanId: randomBytes(8).toString("hex"),
    at: new Date().toISOString(),
    stage,
    findings: verdict.findings.map((finding) => withEvidence(finding, keeps)),
    action: verdict.action,
    status: verdict.status,
    limit,
    coverage,
    timing: { addedMs: round(addedMs) },
    revision: revision && {
      before: hashText(text.text),
      after: hashText(revision.text),
      critique: keeps === "full" ? revision.critique : hashText(revision.critique),
    },
    text: keepText(text.text, keeps),
  } satisfies Partial<GuardObserved>;
}

type AuditText = "none" | "hash" | "full" | undefined;

function keepText(text: string, how: AuditText): string | undefined {
  if (how === undefined || how === "none" || text === "") return undefined;
  return how === "full" ? text : `sha256:${hashText(text)}`;
}

function withEvidence(finding: Finding, how: AuditText): GuardEvent["findings"][number] {
  const { evidence, span, ...rest } = finding;
  return { ...rest, span: [span[0], span[1]], evidence: keepText(evidence, how) };
}

const round = (ms: number): number => Math.round(ms * 1000) / 1000;
