import { type Estimate, wilson } from "../statistics/index.ts";
import type { GuardEvent } from "./audit.ts";
import { type Drift, readDrift } from "./audit-drift.ts";
import type { Action, Status } from "./decide.ts";
import { type Latency, LatencySketch } from "./latency-sketch.ts";
import { STAGES, type Stage } from "./stage.ts";
import { TimeBins } from "./time-bins.ts";

export const ACTIONS = ["pass", "observe", "mask", "block", "revise", "route"] as const satisfies readonly Action[];
export const STATUSES = ["checked", "failed-open", "failed-closed", "skipped"] as const satisfies readonly Status[];

export type ActionCounts = Readonly<Partial<Record<Action, number>>>;

/** What a guard did, by its audit lines. A text is acted on where it was masked, blocked, rewritten or answered by another. */
export interface AuditSummary {
  readonly texts: number;
  /** Of the first and the last text, ISO 8601; undefined of an empty log. */
  readonly span: { readonly from: string; readonly to: string } | undefined;
  readonly actions: ActionCounts;
  readonly statuses: Readonly<Partial<Record<Status, number>>>;
  /** Those of which a text was judged, in the order of an exchange. */
  readonly stages: readonly StageSummary[];
  /** Those with most texts first. */
  readonly principles: readonly PrincipleSummary[];
  /** Rule, head or critic under its principle, those with most texts first. */
  readonly checks: readonly CheckSummary[];
  /** Texts that were acted on and name no principle: a check could not read them. */
  readonly unnamed: number;
  readonly coverage: Coverage;
  /** Texts of which a limit of the policy kept a check, by limit. */
  readonly limits: Readonly<Record<string, number>>;
  /** Texts that were held to stricter thresholds, for what was found in their conversation before. */
  readonly strict: number;
  /** Characters that a model answered to input which was then stopped. */
  readonly wasted: number;
  readonly latency: Latency | undefined;
  /** By hash, as they came: more than one means that the guard was changed in between. */
  readonly policies: Readonly<Record<string, number>>;
  readonly constitutions: Readonly<Record<string, number>>;
  readonly drift: Drift;
}

export interface StageSummary {
  readonly stage: Stage;
  readonly texts: number;
  readonly actions: ActionCounts;
  readonly latency: Latency | undefined;
}

export interface PrincipleSummary {
  readonly id: string;
  /** Texts in which it was found broken, and what was done with them. */
  readonly texts: number;
  readonly actions: ActionCounts;
  /** Of all texts, with Wilson's interval: acted on under it. */
  readonly acted: Estimate;
}

export interface CheckSummary {
  readonly check: string;
  readonly kind: "rule" | "head" | "critic";
  readonly principleId: string;
  readonly texts: number;
  readonly actions: ActionCounts;
}

/** In characters of the model. */
export interface Coverage {
  readonly delivered: number;
  readonly checked: number;
  readonly leaked: number;
  /** Delivered though not every check had settled them; line by line, so that no line makes good for another. */
  readonly unchecked: number;
}

interface Tally {
  texts: number;
  readonly actions: Partial<Record<Action, number>>;
}

/** Counts audit lines as they come, in memory that does not grow with their number. */
export class AuditTally {
  readonly #all: Tally = { texts: 0, actions: {} };
  readonly #statuses: Partial<Record<Status, number>> = {};
  readonly #stages = new Map<Stage, Tally & { readonly latency: LatencySketch }>();
  readonly #principles = new Map<string, Tally>();
  readonly #checks = new Map<string, Tally & Pick<CheckSummary, "check" | "principleId">>();
  readonly #coverage = { delivered: 0, checked: 0, leaked: 0, unchecked: 0 };
  readonly #latency = new LatencySketch();
  readonly #limits: Record<string, number> = {};
  readonly #policies: Record<string, number> = {};
  readonly #constitutions: Record<string, number> = {};
  readonly #bins = new TimeBins();
  #unnamed = 0;
  #strict = 0;
  #wasted = 0;
  #span: { readonly from: number; readonly to: number } | undefined;

  add(event: GuardEvent): void {
    const { action, at, stage, findings, timing, coverage } = event;
    count(this.#all, action);
    this.#statuses[event.status] = (this.#statuses[event.status] ?? 0) + 1;
    const byStage = open(this.#stages, stage, () => ({ ...newTally(), latency: new LatencySketch() }));
    count(byStage, action);
    byStage.latency.add(timing.addedMs);
    this.#latency.add(timing.addedMs);
    const principles = new Set(findings.map(({ principleId }) => principleId));
    for (const id of principles) count(open(this.#principles, id, newTally), action);
    const checks = new Map(findings.map((one) => [JSON.stringify([one.principleId, one.check]), one]));
    for (const [key, { check, principleId }] of checks)
      count(
        open(this.#checks, key, () => ({ ...newTally(), check, principleId })),
        action,
      );
    if (isActed(action) && findings.length === 0) this.#unnamed += 1;
    if (event.limit !== undefined) this.#limits[event.limit] = (this.#limits[event.limit] ?? 0) + 1;
    if (event.isStrict === true) this.#strict += 1;
    this.#wasted += event.wasted ?? 0;
    const { delivered, checked, leaked } = coverage;
    this.#coverage.delivered += delivered;
    this.#coverage.checked += checked;
    this.#coverage.leaked += leaked;
    this.#coverage.unchecked += Math.max(0, delivered - checked);
    this.#policies[event.policyHash] = (this.#policies[event.policyHash] ?? 0) + 1;
    this.#constitutions[event.constitutionHash] = (this.#constitutions[event.constitutionHash] ?? 0) + 1;
    const time = Date.parse(at);
    this.#bins.add(time, principles, isActed(action));
    // Clocks may be set back.
    const { from, to } = this.#span ?? { from: time, to: time };
    this.#span = { from: Math.min(time, from), to: Math.max(time, to) };
  }

  read(): AuditSummary {
    const { texts, actions } = this.#all;
    return {
      texts,
      span: this.#span && {
        from: new Date(this.#span.from).toISOString(),
        to: new Date(this.#span.to).toISOString(),
      },
      actions: { ...actions },
      statuses: { ...this.#statuses },
      stages: STAGES.flatMap((stage) => {
        const tally = this.#stages.get(stage);
        return tally === undefined ? [] : { stage, ...copy(tally), latency: tally.latency.read() };
      }),
      principles: [...this.#principles]
        .map(([id, tally]) => ({
          id,
          ...copy(tally),
          acted: wilson(countActed(tally.actions), texts),
        }))
        .sort(byTexts),
      checks: [...this.#checks.values()]
        .map(({ check, principleId, ...tally }) => ({ check, kind: kindOf(check), principleId, ...copy(tally) }))
        .sort(byTexts),
      unnamed: this.#unnamed,
      coverage: { ...this.#coverage },
      limits: { ...this.#limits },
      strict: this.#strict,
      wasted: this.#wasted,
      latency: this.#latency.read(),
      policies: { ...this.#policies },
      constitutions: { ...this.#constitutions },
      drift: readDrift(this.#bins.read(), this.#bins.widthMs),
    };
  }
}

/** Whether a text left changed or not at all. */
export const isActed = (action: Action): boolean => action !== "pass" && action !== "observe";

/** Texts that were acted on. */
export const countActed = (actions: ActionCounts): number =>
  ACTIONS.filter(isActed).reduce((sum, action) => sum + (actions[action] ?? 0), 0);

/** Names of checks as findings have them: a critic's, those of heads, else of rules. */
export function kindOf(check: string): CheckSummary["kind"] {
  return check === "critic" ? "critic" : check.startsWith("head:") ? "head" : "rule";
}

const newTally = (): Tally => ({ texts: 0, actions: {} });

function count(tally: Tally, action: Action): void {
  tally.texts += 1;
  tally.actions[action] = (tally.actions[action] ?? 0) + 1;
}

const copy = ({ texts, actions }: Tally): Tally => ({ texts, actions: { ...actions } });

const byTexts = (a: { readonly texts: number }, b: { readonly texts: number }): number => b.texts - a.texts;

function open<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}
