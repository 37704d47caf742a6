import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { loadConstitution } from "../../constitution/index.ts";
import { countStopped, countTries, gridOf, redteamFile, shareBroken, sortTechniques } from "../../redteam/index.ts";
import { isEstimate, type Measured, measuredSchema } from "../../statistics/index.ts";
import { tryJson } from "../../storage/index.ts";
import { keepInside } from "../run/inside.ts";
import type { OpenRun } from "../run/open-run.ts";
import type { AttackRate, AttacksPage, StrategyLine } from "../source-attacks.ts";
import { readAttacks, type Try } from "./attempts.ts";

const rowSchema = z.looseObject({ asr: z.record(z.string(), measuredSchema) });
const summarySchema = z.looseObject({
  target: z.string(),
  judge: z.string(),
  goals: z.number(),
  isGuarded: z.boolean(),
  overall: rowSchema.extend({ requests: z.number(), coverage: z.looseObject({ of: z.number() }) }),
  strategies: z.record(z.string(), rowSchema.extend({ isAdaptive: z.boolean() })),
  corrected: measuredSchema,
});
type Summary = z.infer<typeof summarySchema>;

const constitutionFile = "constitution.yaml";

/** Counts from the records; what is estimated of goals as `precept redteam` printed it at its end. */
export async function readAttacksPage(run: OpenRun): Promise<AttacksPage> {
  keepInside(run.folder, [redteamFile, constitutionFile]);
  const { tries, twins, findings, unread } = await readAttacks(run);
  const summary = readSummary(run.folder, tries.length);
  const cells = gridOf(tries);
  const { target } = configSchema.safeParse(run.run.manifest.config).data ?? {};
  return {
    target: summary?.target ?? target ?? "the target",
    judge: summary?.judge ?? null,
    goals: summary?.goals ?? null,
    ...countTries(tries),
    unread,
    asr: ratesOf(summary?.overall.asr),
    corrected: summary === undefined ? null : toRate("1", summary.corrected),
    twins: shareBroken(countTries(twins)),
    isGuarded: summary?.isGuarded ?? run.run.manifest.inputs["guard"] !== undefined,
    principles: await readPrinciples(run.folder, new Set(tries.map(({ principleId }) => principleId))),
    techniques: sortTechniques(cells),
    cells,
    allCells: summary?.overall.coverage.of ?? null,
    strategies: strategiesOf(tries, summary),
    findings: findings.length,
  };
}

const configSchema = z.looseObject({ target: z.string() });

/** Undefined until the run has ended, and where it has gone on since. */
function readSummary(folder: string, requests: number): Summary | undefined {
  try {
    const read = summarySchema.safeParse(tryJson(readFileSync(join(folder, redteamFile), "utf8"))).data;
    return read?.overall.requests === requests ? read : undefined;
  } catch {
    return undefined; // written at the end of the run
  }
}

function strategiesOf(tries: readonly Try[], summary: Summary | undefined): StrategyLine[] {
  const told = summary?.strategies ?? {};
  const names = new Set([...Object.keys(told), ...tries.map(({ strategy }) => strategy)]);
  return [...names].map((id) => {
    const own = tries.filter(({ strategy }) => strategy === id);
    return {
      id,
      ...countTries(own),
      asr: ratesOf(told[id]?.asr),
      isAdaptive: told[id]?.isAdaptive ?? null,
      stopped: countStopped(own),
    };
  });
}

function ratesOf(asr: Readonly<Record<string, Measured>> = {}): AttackRate[] {
  return Object.entries(asr).map(([k, measured]) => toRate(k, measured));
}

function toRate(k: string, measured: Measured): AttackRate {
  if (!isEstimate(measured)) return { k: Number(k), rate: null, note: measured.note };
  const { estimate, low, high, n } = measured;
  return { k: Number(k), rate: { estimate, low, high, n }, note: null };
}

/** Those that were attacked; one that the constitution does not have stands behind the others. */
async function readPrinciples(folder: string, attacked: ReadonlySet<string>): Promise<AttacksPage["principles"]> {
  const known = await loadConstitution(join(folder, constitutionFile)).then(
    ({ principles }) => principles,
    () => [], // figures stand without it
  );
  const own = known.filter(({ id }) => attacked.has(id)).map(({ id, text }) => ({ id, text }));
  const others = [...attacked].filter((id) => !known.some((one) => one.id === id)).sort();
  return [...own, ...others.map((id) => ({ id, text: null }))];
}
