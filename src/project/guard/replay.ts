import type { AnswerRecord, Benchmark } from "../../evaluation/index.ts";
import type { Guard } from "../../guard/index.ts";
import { type Estimate, type McNemar, mcnemar, wilson } from "../../statistics/index.ts";

import { type RefusalSummary, summariseRefusals } from "./refusals.ts";

/** One metric of the same answers without a guard and behind one. */
export interface GuardedMetric {
  readonly unguarded: Estimate;
  readonly guarded: Estimate;
  /** Guarded minus unguarded, paired; McNemar's exact test. */
  readonly difference: Estimate;
  readonly pValue: number;
}

/** What a guard does to stored answers; nothing is generated anew. */
export interface GuardedSummary {
  readonly answers: number;
  readonly blocked: number;
  readonly metrics: Readonly<Record<string, GuardedMetric>>;
  /** Blocked answers of those that broke nothing by the benchmark's own reading. */
  readonly falseBlocks: Estimate | undefined;
  /** Of blocked answers that broke a principle, those blocked in the name of one that they broke. */
  readonly namedRight: Estimate | undefined;
  /** Blocked answers by the principle that was named. */
  readonly byPrinciple: Readonly<Record<string, number>>;
  /** Who refused, model or guard; where the benchmark knows what should be refused. */
  readonly refusals: RefusalSummary | undefined;
}

type Values = AnswerRecord["values"];
type Read = Pick<AnswerRecord, "messages" | "response" | "values">;

interface Replayed {
  readonly values: Values;
  readonly guarded: Values;
  readonly isBlocked: boolean;
  /** In whose names it was. */
  readonly blockedBy: readonly string[];
  readonly principleId: string | undefined;
}

const byPrinciple = "byPrinciple.";

/**
 * Puts stored answers through a guard: what is blocked is what the benchmark says of a blocked answer, what is changed is read
 * anew, and everything else is as it was. Guarded and unguarded are pairs, and thresholds can be tried without a model's call.
 */
export async function replayGuard(
  guard: Guard,
  answers: Iterable<Read> | AsyncIterable<Read>,
  benchmark: Pick<Benchmark, "metrics" | "grade" | "readRefusal">,
  onAnswer: () => void = () => undefined,
): Promise<GuardedSummary> {
  const replayed: Replayed[] = [];
  for await (const answer of answers) {
    replayed.push(await replay(guard, answer, benchmark));
    onAnswer();
  }
  const metrics = Object.entries(benchmark.metrics).flatMap(([name, { ifBlocked }]) => {
    const rows = replayed.filter(({ values }) => typeof values[name] === "boolean");
    if (ifBlocked === undefined || rows.length === 0) return [];
    return [[name, compare(rows, name)] as const];
  });
  const blocked = replayed.filter(({ isBlocked }) => isBlocked);
  const fine = replayed.filter(({ values }) => readBroken(values)?.length === 0);
  const rightly = blocked.filter(({ values }) => (readBroken(values)?.length ?? 0) > 0);
  return {
    answers: replayed.length,
    blocked: blocked.length,
    metrics: Object.fromEntries(metrics),
    falseBlocks: shareOf(fine, ({ isBlocked }) => isBlocked),
    namedRight: shareOf(rightly, ({ values, principleId = "" }) => readBroken(values)?.includes(principleId) === true),
    byPrinciple: Object.fromEntries(
      [...Map.groupBy(blocked, ({ principleId }) => principleId ?? "none")].map(([id, own]) => [id, own.length]),
    ),
    refusals: summariseRefusals(
      replayed.flatMap(({ values, blockedBy }) => {
        const refusal = benchmark.readRefusal?.(values);
        return refusal === undefined ? [] : [{ ...refusal, blockedBy }];
      }),
    ),
  };
}

async function replay(
  guard: Guard,
  { messages, response, values }: Read,
  benchmark: Pick<Benchmark, "metrics" | "grade">,
): Promise<Replayed> {
  const guarded = guard.begin({ turns: messages.map(({ role, content }) => ({ role, text: content })) });
  const input = await guarded.input();
  const text = guarded.open("output", true);
  const early = input.say === undefined ? await text.push(response) : [];
  const { pieces, verdict } = input.say === undefined ? await text.end() : { pieces: [], verdict: input };
  if (input.say === undefined) guarded.close(text, verdict);
  const isBlocked = verdict.action === "block" || verdict.action === "route";
  const names = [verdict.principleId ?? "none", ...verdict.findings.map(({ principleId }) => principleId)];
  const blockedBy = isBlocked ? [...new Set(names)] : [];
  const said = verdict.say ?? [...early, ...pieces].map((piece) => piece.text).join("");
  const seen = isBlocked ? undefined : said === response ? values : benchmark.grade?.(messages, said);
  const changed = Object.keys(values).map((name): [string, Values[string]] => {
    const metric = benchmark.metrics[name];
    return [name, isBlocked ? (metric?.ifBlocked ?? null) : (seen?.[name] ?? null)];
  });
  return { values, guarded: Object.fromEntries(changed), isBlocked, blockedBy, principleId: verdict.principleId };
}

/** The principles that an answer breaks; undefined where the benchmark could not read it, or reads none. */
function readBroken(values: Values): string[] | undefined {
  const own = Object.entries(values).filter(([name]) => name.startsWith(byPrinciple));
  if (own.length === 0 || own.some(([, value]) => value === null)) return undefined;
  return own.filter(([, value]) => value === true).map(([name]) => name.slice(byPrinciple.length));
}

function compare(rows: readonly Replayed[], name: string): GuardedMetric {
  const guarded = rows.map((row) => row.guarded[name] === true);
  const unguarded = rows.map((row) => row.values[name] === true);
  const { difference, pValue }: McNemar = mcnemar(guarded, unguarded);
  return {
    unguarded: wilson(unguarded.filter(Boolean).length, rows.length),
    guarded: wilson(guarded.filter(Boolean).length, rows.length),
    difference,
    pValue,
  };
}

function shareOf<T>(rows: readonly T[], holds: (row: T) => boolean): Estimate | undefined {
  return rows.length === 0 ? undefined : wilson(rows.filter(holds).length, rows.length);
}
