import { statSync } from "node:fs";
import { join } from "node:path";
import { loadConstitution, type Principle } from "../constitution/index.ts";
import {
  type CountedTry,
  countStopped,
  type FindingRecord,
  type GridCell,
  gridOf,
  type RedteamSummary,
  readAttempts,
  readFindings,
  readRedteamSummary,
  redteamFile,
} from "../redteam/index.ts";
import type { Manifest, StoredRun } from "../runs/index.ts";
import { shownPath } from "../storage/index.ts";

/** Everything that the page of a red team shows. */
export interface RedteamData {
  readonly name: string;
  /** As commands name it. */
  readonly folder: string;
  readonly manifest: Manifest;
  /** When it ended, ISO 8601. */
  readonly date: string;
  readonly summary: RedteamSummary;
  readonly grid: readonly GridCell[];
  /** Of the failed tries of each strategy. */
  readonly stopped: Readonly<Record<string, ReturnType<typeof countStopped>>>;
  /** Those that were attacked, in the order of the constitution. */
  readonly principles: readonly Pick<Principle, "id" | "text">[];
  readonly findings: readonly FindingRecord[];
  /** Whether the page may hold what was said. */
  readonly showsAttacks: boolean;
}

/** What a red team has to show. @throws PreceptError usage where it has not ended; run-invalid. */
export async function readRedteam(run: StoredRun, showsAttacks: boolean): Promise<RedteamData> {
  const { folder, name, manifest } = run;
  const summary = readRedteamSummary(folder);
  const tries: (CountedTry & { readonly strategy: string; readonly stoppedBy: "model" | "guard" | "both" | null })[] =
    [];
  for await (const { principleId, technique, grade, strategy, stoppedBy } of readAttempts(folder)) {
    if (strategy !== "twin") tries.push({ principleId, technique, grade, strategy, stoppedBy });
  }
  const byStrategy = Map.groupBy(tries, ({ strategy }) => strategy);
  return {
    name,
    folder: shownPath(folder),
    manifest,
    date: statSync(join(folder, redteamFile)).mtime.toISOString(),
    summary,
    grid: gridOf(tries),
    stopped: Object.fromEntries([...byStrategy].map(([id, own]) => [id, countStopped(own)])),
    principles: await readPrinciples(folder, Object.keys(summary.principles)),
    findings: await readFindings(folder),
    showsAttacks,
  };
}

/** A constitution that is gone leaves the figures. */
async function readPrinciples(folder: string, attacked: readonly string[]): Promise<RedteamData["principles"]> {
  const constitution = await loadConstitution(join(folder, "constitution.yaml")).catch(() => undefined);
  const own = (constitution?.principles ?? []).filter(({ id }) => attacked.includes(id));
  const others = attacked.filter((id) => !own.some((one) => one.id === id));
  return [...own, ...others.map((id) => ({ id, text: "" }))];
}
