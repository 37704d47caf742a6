import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { PreceptError } from "../../errors.ts";
import {
  type Benchmark,
  benchmarks,
  directionsOf,
  findSubjects,
  type Gate,
  type GateResult,
  isSuiteFile,
  itemsOfAnswers,
  judgeGates,
  type MeasuredSubject,
  readGates,
  readMeasuredSubject,
  type Subject,
  writtenSuite,
} from "../../evaluation/index.ts";
import {
  addDecision,
  type Decision,
  decisionsOf,
  type EvidencePlace,
  faultOf,
  type JudgedCheckpoint,
  type JudgedPolicy,
  judgePolicy,
  type LoadedScalingPolicy,
  loadScalingPolicy,
  type PolicyLevel,
  type PolicyMeasure,
  type SafeguardSuite,
  type ScalingPolicy,
} from "../../oversight/index.ts";
import { readRun } from "../../runs/index.ts";
import { trainingFlopsOf } from "../../stages/index.ts";
import { hashFile } from "../../storage/index.ts";
import { harborWorld } from "../harbor/embedded.ts";
import { findEvidence, measuredSuites } from "./policy-evidence.ts";
import { commandsFor, stageOf } from "./policy-steps.ts";

/** What a person or body decides upon a record. */
export interface PersonDecision {
  readonly by: string;
  readonly what: "go-on" | "pause";
  readonly reason?: string | undefined;
}

export interface GatePolicyOptions {
  readonly file: string;
  readonly run: string;
  readonly decision?: PersonDecision | undefined;
  /** Default now; tests say another. */
  readonly now?: Date;
}

export interface GatedPolicy extends JudgedPolicy {
  readonly loaded: LoadedScalingPolicy;
  readonly checkpoint: string;
  readonly trainingFlops: number | undefined;
  readonly record: Decision;
  /** Where the records stand. */
  readonly path: string;
}

/** A policy judged on a run, before anything is recorded. */
export interface JudgedRun extends JudgedPolicy {
  readonly loaded: LoadedScalingPolicy;
  readonly subject: Subject;
  readonly trainingFlops: number | undefined;
}

/** A scaling policy against what was measured of a run's checkpoint. @throws ScalingPolicyInvalid; PreceptError checkpoint-missing. */
export async function judgeRun({
  file,
  run,
  now = new Date(),
}: Omit<GatePolicyOptions, "decision">): Promise<JudgedRun> {
  const loaded = await loadScalingPolicy(file);
  const { policy } = loaded;
  const subject = await subjectOf(run, policy.checkpoint);
  const stored = readRun(run);
  const trainingFlops = await trainingFlopsOf(stored, stageOf(run, subject.name));
  const worlds = [harborWorld.benchmarks(run), harborWorld.benchmarks()];
  const judged: JudgedCheckpoint = {
    checkpointHash: subject.hash,
    trainingFlops,
    now,
    evidenceDays: policy.evidenceDays,
    versionsOf: (suite) =>
      [...worlds.map((own) => own[suite]), benchmarks.get(suite), ownSuites(policy).get(suite)].flatMap(
        (one) => one?.version ?? [],
      ),
  };
  const found = await judgePolicy(policy, judged, placeIn(run, subject, loaded, judged));
  return { ...found, loaded, subject, trainingFlops };
}

/**
 * Judges, and adds a decision record to the run's chain, whatever it comes to.
 * @throws ScalingPolicyInvalid; PreceptError checkpoint-missing, run-invalid for an edited record, usage.
 */
export async function gatePolicy({ file, run, decision, now = new Date() }: GatePolicyOptions): Promise<GatedPolicy> {
  const { loaded, subject, trainingFlops, ...found } = await judgeRun({ file, run, now });
  const { policy } = loaded;
  const decides = found.levels.flatMap((level) => (level.outcome === "reached" ? level.decides : []));
  const path = decisionsOf(run);
  const record = addDecision(path, {
    at: now.toISOString(),
    policy: { name: policy.name, hash: loaded.hash },
    checkpoint: { name: subject.name, hash: subject.hash },
    trainingFlops: trainingFlops ?? null,
    outcome: found.outcome,
    // A command is for today, and no part of what was decided.
    measures: found.measures.map(({ elicitations, ...measure }) => ({
      ...measure,
      elicitations: elicitations.map(({ again: _, ...one }) => one),
    })),
    levels: found.levels.map((level) => ({
      ...level,
      because: [...level.because],
      safeguards: [...level.safeguards],
      decides: [...level.decides],
    })),
    gates: await hashGates(loaded),
    decision: decision && { ...decision, isNamed: decides.includes(decision.by) },
  });
  return { ...found, loaded, checkpoint: subject.name, trainingFlops, record, path };
}

/** Gates may be loosened afterwards without a word of the policy changing: the record holds what they were. */
async function hashGates({ policy, file }: LoadedScalingPolicy): Promise<Record<string, string> | undefined> {
  const paths = policy.levels.flatMap(({ safeguards }) => safeguards.gates);
  if (paths.length === 0) return undefined;
  const hashes = paths.map(async (path): Promise<[string, string]> => {
    const place = resolve(dirname(file), path);
    return [path, existsSync(place) ? `sha256:${await hashFile(place)}` : "missing"];
  });
  return Object.fromEntries(await Promise.all(hashes));
}

/** The checkpoint that a policy judges: the one that it names, else the run's last. @throws PreceptError checkpoint-missing. */
export async function subjectOf(run: string, name: string | undefined): Promise<Subject> {
  const { subjects } = await findSubjects(run, [harborWorld]);
  const found = name === undefined ? subjects.at(-1) : subjects.find((subject) => subject.name === name);
  if (found !== undefined) return found;
  throw new PreceptError("checkpoint-missing", {
    attempted: `Looking for a checkpoint of ${run}`,
    found: `no checkpoint ${name}`,
    expected: `one of ${subjects.map((subject) => subject.name).join(", ")}`,
  });
}

function placeIn(
  run: string,
  subject: Subject,
  { file }: LoadedScalingPolicy,
  judged: JudgedCheckpoint,
): EvidencePlace {
  return {
    find: (suite, how) => findEvidence(run, idOf(suite), how),
    again: commandsFor(run, subject.name),
    safeguards: (level) => judgeLevel(run, subject, level, { file, judged }),
  };
}

/** The safeguards of a level, by what was measured of this very checkpoint. */
async function judgeLevel(
  run: string,
  subject: Subject,
  { safeguards }: PolicyLevel,
  { file, judged }: { readonly file: string; readonly judged: JudgedCheckpoint },
): Promise<GateResult[]> {
  const gates: Gate[] = [
    ...safeguards.suites.map(gateOf),
    ...safeguards.gates.flatMap((path) => readGates(resolve(dirname(file), path))),
  ];
  if (gates.length === 0) return [];
  const measured: MeasuredSubject["items"][][] = [];
  for (const suite of measuredSuites(run)) {
    const tried = (await findEvidence(run, suite, { kind: "plain" })).map((evidence) => ({
      items: itemsOfAnswers(evidence.answers),
      fault: faultOf(evidence, { kind: "plain" }, plainMeasure(suite), judged),
    }));
    // Nothing is said for a suite of which somebody changed some answers.
    if (tried.some(({ fault }) => fault?.status === "edited")) continue;
    const fresh = tried.flatMap(({ fault, items }) => (fault === undefined ? [items] : []));
    if (fresh.length > 0) measured.push(fresh);
  }
  const found: GateResult[][] = [];
  for (const items of choicesOf(measured)) {
    const subjects = [{ name: `${run}@${subject.name}`, items: items.flat() }];
    found.push(
      await judgeGates(gates, { subjects, baseline: readMeasuredSubject, directions: directionsOf([harborWorld]) }),
    );
  }
  const [first = [], ...others] = found;
  return first.map((result, index) => others.reduce((worst, all) => lessGood(worst, all[index]), result));
}

/** One measurement of each suite: the first of all, then each further one in its place. */
function choicesOf<T>(suites: readonly (readonly T[])[]): T[][] {
  const first = suites.flatMap((all) => all.slice(0, 1));
  return [first, ...suites.flatMap((all, at) => all.slice(1).map((other) => first.with(at, other)))];
}

const goodness = { regression: 0, "not-enough-evidence": 1, pass: 2 } as const;
const lessGood = (a: GateResult, b: GateResult | undefined): GateResult =>
  b !== undefined && goodness[b.outcome] < goodness[a.outcome] ? b : a;

/** What a suite's results are kept under: a file of one's own has its name. @throws PreceptError usage for one that is not there. */
const idOf = (suite: string): string => (isSuiteFile(suite) ? writtenSuite(suite).id : suite);

/** Files of one's own that a policy names, by the name of their results. */
const ownSuites = ({ measures, levels }: ScalingPolicy): ReadonlyMap<string, Benchmark> =>
  new Map(
    [...Object.values(measures), ...levels.flatMap(({ safeguards }) => safeguards.suites)]
      .filter(({ suite }) => isSuiteFile(suite))
      .map(({ suite }) => writtenSuite(suite))
      .map((one) => [one.id, one]),
  );

const plainMeasure = (suite: string): PolicyMeasure => ({ suite, metric: "", group: {}, elicitation: {} });

const gateOf = ({ suite, metric, group, max, min }: SafeguardSuite): Gate => ({
  name: `${suite}, ${[...Object.values(group), metric].join(", ")} ${max === undefined ? `≥ ${min}` : `≤ ${max}`}`,
  metric,
  group: { benchmark: idOf(suite), ...group },
  ...(max === undefined ? { min } : { max }),
});
