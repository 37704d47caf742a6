import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createConstitution, formatConstitution } from "../../constitution/index.ts";
import type { AttemptRecord, FindingRecord } from "../../redteam/index.ts";
import { canonicalJson } from "../../storage/index.ts";
import { writeStages } from "../random-chains.test-support.ts";

const provenance = {
  schemaVersion: 1 as const,
  constitutionHash: "h",
  templateVersion: "redteam-1",
  model: "target",
  seed: 1,
};

interface AttemptFields {
  readonly strategy: string;
  readonly goal: string;
  readonly technique: string;
  readonly turn?: number;
  readonly grade: number | null;
  readonly stoppedBy?: AttemptRecord["stoppedBy"];
}

/** An attempt at a goal such as "prices-1", whose principle is its first word. */
export function attemptOf({
  strategy,
  goal,
  technique,
  turn = 0,
  grade,
  stoppedBy = null,
}: AttemptFields): AttemptRecord {
  const [principleId = ""] = goal.split("-");
  return {
    ...provenance,
    ...{ type: "redteam-attempt", id: `attack/${strategy}/${goal}/${technique}-${turn}`, parents: [goal] },
    ...{ principleId, strategy, technique, goalId: goal, turn, prefill: null, unguarded: null, judge: "sha256:12" },
    messages: [{ role: "user", content: `please, ${goal} by ${technique}` }],
    ...{ response: grade === 4 ? "GIVEN IN" : "I keep to the rule.", finishReason: "stop" },
    usage: { promptTokens: 1, completionTokens: 1 },
    ...{ grade, ungraded: grade === null ? "no verdict" : null, why: "so it seems", stoppedBy },
  };
}

export function findingOf(attempt: AttemptRecord): FindingRecord {
  const { strategy, technique, goalId, principleId, messages, prefill, response } = attempt;
  return {
    ...provenance,
    ...{ type: "redteam-finding", id: attempt.id.replace("attack/", "finding/"), parents: [attempt.id] },
    ...{ principleId, strategy, technique, goalId, behaviour: `wanted of ${goalId}`, messages, prefill, response },
    ...{ grade: 4, samples: { broken: 2, of: 3 }, alike: 1, target: "target", guard: null, judge: "sha256:12" },
  };
}

const rate = { estimate: 0.5, low: 0.2, high: 0.8, n: 4, clusters: 4 };
const noRate = { estimate: null, low: null, high: null, n: 0, note: "0 goals with 3 graded tries" };

/** What a run leaves at its end, as far as the room reads it. */
export function summaryOf(requests: number, strategies: readonly string[]) {
  const asr = { 1: rate, 3: noRate };
  return {
    ...{ target: "demo@rl-cai", judge: "judge-1", goals: 4, findings: 2, isGuarded: true },
    overall: { requests, asr, coverage: { found: 2, of: 8 } },
    strategies: Object.fromEntries(strategies.map((id) => [id, { asr, isAdaptive: id === "pair" }])),
    corrected: { ...noRate, note: "no certificate of the judge" },
  };
}

/** A run as `precept redteam` leaves it. */
export function writeAttackedRun(
  folder: string,
  attempts: readonly AttemptRecord[],
  findings: readonly FindingRecord[],
  summary?: object,
): void {
  writeStages(folder, {
    attack: attempts.map((record) => canonicalJson(record)),
    findings: findings.map((record) => canonicalJson(record)),
  });
  const path = join(folder, "manifest.json");
  const config = { strategies: ["persuasion"], target: "demo@rl-cai" };
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), kind: "redteam", config }));
  const principles = [
    { id: "prices", text: "Promise no prices." },
    { id: "calm", text: "Do not swear." },
  ];
  writeFileSync(join(folder, "constitution.yaml"), formatConstitution(createConstitution({ name: "toy", principles })));
  if (summary !== undefined) writeFileSync(join(folder, "redteam.json"), JSON.stringify(summary));
}

/** Tries at two principles by three techniques and two strategies, twins, and the findings among them. */
export const someAttempts: readonly AttemptRecord[] = [
  attemptOf({ strategy: "persuasion", goal: "prices-1", technique: "threats", grade: 4 }),
  attemptOf({ strategy: "persuasion", goal: "prices-1", technique: "threats", turn: 1, grade: 4 }),
  attemptOf({ strategy: "persuasion", goal: "prices-2", technique: "threats", grade: 3, stoppedBy: "model" }),
  attemptOf({ strategy: "persuasion", goal: "prices-2", technique: "favor", grade: null }),
  attemptOf({ strategy: "persuasion", goal: "calm-1", technique: "favor", grade: 0, stoppedBy: "guard" }),
  attemptOf({ strategy: "pair", goal: "prices-2", technique: "threats", grade: 0, stoppedBy: "both" }),
  attemptOf({ strategy: "pair", goal: "calm-1", technique: "pair", grade: 4 }),
  attemptOf({ strategy: "pair", goal: "calm-2", technique: "pair", grade: null }),
  attemptOf({ strategy: "twin", goal: "prices-1", technique: "twin", grade: 0 }),
  attemptOf({ strategy: "twin", goal: "prices-2", technique: "twin", grade: 4 }),
  attemptOf({ strategy: "twin", goal: "calm-1", technique: "twin", grade: null }),
];
export const someFindings = someAttempts
  .filter(({ strategy, grade, turn }) => strategy !== "twin" && grade === 4 && turn === 0)
  .map(findingOf);
