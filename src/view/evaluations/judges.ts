import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  type BenchmarkSummary,
  benchmarkSummarySchema,
  certificatesFolder,
  readStandings,
  standingText,
} from "../../evaluation/index.ts";
import { omitUndefined } from "../../omit-undefined.ts";
import { tryJson } from "../../storage/index.ts";
import type { OpenRun } from "../run/open-run.ts";

/** What is known of how the answers of a stage were read. */
export interface Reading {
  /** Of its benchmark. */
  readonly title: string | null;
  /** By what each judge is called, what its certificate says of it; empty where a rule read. */
  readonly standings: ReadonlyMap<string, string>;
}

/** The summary of a stage names its judges; their certificates lie beside the run or beside the project. */
export function readReading(run: OpenRun, stage: string): Reading {
  const path = join(run.folder, stage, "summary.json");
  const summary = existsSync(path)
    ? benchmarkSummarySchema.safeParse(tryJson(readFileSync(path, "utf8"))).data
    : undefined;
  if (summary === undefined) return { title: null, standings: new Map() };
  return { title: summary.title, standings: standingsOf(summary, run.folder) };
}

function standingsOf(summary: BenchmarkSummary, folder: string): ReadonlyMap<string, string> {
  const beside = [folder, dirname(folder), dirname(dirname(folder))].map((it) => join(it, certificatesFolder));
  const certificates = beside.find((it) => existsSync(it)) ?? join(folder, certificatesFolder);
  const standings = readStandings([summary], certificates, () => undefined);
  return new Map(
    standings.map((standing) => {
      // Folders of this machine are nobody else's business.
      const path = standing.path?.slice(certificates.length - certificatesFolder.length);
      return [standing.judge.name, standingText({ ...standing, ...omitUndefined({ path }) })];
    }),
  );
}
