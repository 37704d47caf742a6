import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { tryJson } from "../../storage/index.ts";
import type { BenchmarkSummary } from "../benchmark/index.ts";
import { certificateSchema } from "./certificate.ts";
import { type KeptCertificate, type KnownJudge, type Standing, standingOf } from "./standing.ts";

/** Where certificates are kept unless told otherwise. */
export const certificatesFolder = "certificates";

/** What is known of every judge that gave some figures; one standing a judge. */
export function readStandings(
  summaries: readonly BenchmarkSummary[],
  folder: string,
  warn: (text: string) => void,
): Standing[] {
  const judges = new Map(
    summaries.flatMap(({ judge, judges: parts = judge === null ? [] : [judge] }) =>
      parts.map((one) => [one.hash, one] as const),
    ),
  );
  if (judges.size === 0) return [];
  const kept = keptCertificates(folder, warn);
  return [...judges.values()].map((judge) => standingOf(judge, kept, new Date()));
}

/** What is known of one judge. */
export function findStanding(judge: KnownJudge, folder: string, warn: (text: string) => void): Standing {
  return standingOf(judge, keptCertificates(folder, warn), new Date());
}

function keptCertificates(folder: string, warn: (text: string) => void): KeptCertificate[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return files.sort().flatMap((name): KeptCertificate[] => {
    const path = join(folder, name);
    const read = certificateSchema.safeParse(tryJson(readFileSync(path, "utf8")));
    if (read.success) return [{ path, certificate: read.data }];
    warn(`${path} is no certificate of this version and is left out; make it again with precept calibrate`);
    return [];
  });
}

/** A certificate's file is named by its judge: another model, prompt or version has another. */
export function certificateFile({ name, hash }: { readonly name: string; readonly hash: string }): string {
  return `${name}-${hash.replace(/^sha256:/u, "").slice(0, 16)}.json`;
}
