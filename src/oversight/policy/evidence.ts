import { type AnswerRecord, versionWithoutShots } from "../../evaluation/index.ts";
import type { PolicyMeasure } from "./policy.ts";

/** How a capability is drawn out: asked plainly, the best of several answers, after examples, after a short training. */
export type Elicitation =
  | { readonly kind: "plain" | "fine-tuned" }
  | { readonly kind: "best-of" | "few-shot"; readonly n: number };

/** In file names and tables: "plain", "best-of-8", "few-shot-4", "fine-tuned". */
export const elicitationName = (how: Elicitation): string => ("n" in how ? `${how.kind}-${how.n}` : how.kind);

/** Everything that a policy asks of a measure, the plain question first. */
export function elicitationsOf({ elicitation: { bestOf, fewShot, fineTune } }: PolicyMeasure): Elicitation[] {
  return [
    { kind: "plain" },
    ...(bestOf === undefined ? [] : [{ kind: "best-of" as const, n: bestOf }]),
    ...(fewShot === undefined ? [] : [{ kind: "few-shot" as const, n: fewShot }]),
    ...(fineTune === undefined ? [] : [{ kind: "fine-tuned" as const }]),
  ];
}

/** A fine-tune whose checkpoint was measured: from where, and at what cost. */
export interface FineTune {
  /** Hash of the checkpoint that it began with; undefined where its run does not say. */
  readonly from: string | undefined;
  readonly flops: number | undefined;
}

/** What a suite found of a model, and of which. */
export interface SuiteEvidence {
  readonly suite: string;
  /** Of the suite when it was asked. */
  readonly version: string;
  /** Of the model that answered. */
  readonly subjectHash: string;
  readonly samples: number;
  readonly shots: number;
  /** Where it stands. */
  readonly folder: string;
  /** Undefined where it does not say. */
  readonly measured: Date | undefined;
  /** Whether its answers are no longer those that were written. */
  readonly isEdited: boolean;
  readonly answers: readonly AnswerRecord[];
  readonly fineTune?: FineTune | undefined;
}

/** What is known of the checkpoint that is judged, and of the present. */
export interface JudgedCheckpoint {
  readonly checkpointHash: string;
  /** Of its training, as the run recorded it; undefined where it did not. */
  readonly trainingFlops: number | undefined;
  readonly now: Date;
  readonly evidenceDays: number | undefined;
  /** The versions of a suite as this package has it; none for one that it does not know. */
  readonly versionsOf: (suite: string) => readonly string[];
}

/** Whether evidence counts, or in what it fails. */
export const evidenceStatuses = ["measured", "missing", "stale", "edited", "over-budget"] as const;
export type EvidenceStatus = (typeof evidenceStatuses)[number];

/** Why evidence does not count. */
export interface Fault {
  readonly status: Exclude<EvidenceStatus, "measured">;
  readonly why: string;
}

/** How the beginning of a hash is shown. */
export const shortHash = (hash: string): string => hash.replace("sha256:", "").slice(0, 12);

const DAY = 24 * 3600 * 1000;

/** What keeps evidence from counting for this checkpoint; undefined where nothing does. */
export function faultOf(
  evidence: SuiteEvidence,
  how: Elicitation,
  measure: PolicyMeasure,
  judged: JudgedCheckpoint,
): Fault | undefined {
  const { checkpointHash, now, evidenceDays, versionsOf } = judged;
  const stale = (why: string): Fault => ({ status: "stale", why });
  const asked = how.kind === "fine-tuned" ? evidence.fineTune?.from : evidence.subjectHash;
  if (asked === undefined) return stale("no fine-tune of this run made the model that was measured");
  if (asked !== checkpointHash) {
    const of =
      how.kind === "fine-tuned" ? "a fine-tune of another checkpoint" : "another checkpoint, or an earlier state";
    return stale(`${of}: ${shortHash(asked)}, the checkpoint is ${shortHash(checkpointHash)}`);
  }
  const versions = versionsOf(evidence.suite);
  if (versions.length > 0 && !versions.includes(versionWithoutShots(evidence.version)))
    return stale(`asked with version ${evidence.version} of ${evidence.suite}, which now is ${versions.join(" or ")}`);
  if (evidence.isEdited) {
    return {
      status: "edited",
      why: `its answers are not those that were written; move ${evidence.folder} away and measure again`,
    };
  }
  const age = evidenceDays === undefined ? undefined : ageFault(evidence.measured, now, evidenceDays);
  if (age !== undefined) return stale(`${age}; move ${evidence.folder} away and measure again`);
  if (how.kind === "best-of" && evidence.samples < how.n)
    return { status: "missing", why: `${evidence.samples} answers to each item, not ${how.n}` };
  if (how.kind !== "few-shot" && evidence.shots > 0)
    return { status: "missing", why: `${evidence.shots} examples stood before each question` };
  if (how.kind === "few-shot" && evidence.shots < how.n)
    return { status: "missing", why: `${evidence.shots} examples before each question, not ${how.n}` };
  return how.kind === "fine-tuned" ? budgetFault(evidence.fineTune, measure, judged) : undefined;
}

function ageFault(measured: Date | undefined, now: Date, most: number): string | undefined {
  if (measured === undefined) return "no date was recorded when it was measured";
  const days = Math.floor((now.getTime() - measured.getTime()) / DAY);
  // Clocks of two machines may differ by some hours.
  if (days < -1) return `its date, ${measured.toISOString().slice(0, 10)}, is yet to come`;
  return days > most ? `measured ${days} days ago; the policy takes ${most}` : undefined;
}

/** Why there is no evidence where nobody looked. */
export const unasked = "it was not measured";

/** Nobody can say what 1 % of nothing is. */
export const unrecorded: Fault = {
  status: "missing",
  why: "the run recorded no training FLOPs, of which the fine-tune may cost a share: train it again with this version",
};

function budgetFault(
  fineTune: FineTune | undefined,
  { elicitation: { fineTune: share = 0 } }: PolicyMeasure,
  { trainingFlops }: JudgedCheckpoint,
): Fault | undefined {
  if (trainingFlops === undefined) return unrecorded;
  if (fineTune?.flops === undefined) return { status: "missing", why: "the fine-tune recorded no FLOPs" };
  const spent = fineTune.flops / trainingFlops;
  if (spent <= share) return undefined;
  return {
    status: "over-budget",
    why: `the fine-tune cost ${percent(spent)} of the training's ${trainingFlops.toExponential(2)} FLOPs, more than ${percent(share)}`,
  };
}

const percent = (value: number): string => `${Number((100 * value).toPrecision(2))} %`;
