import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import { fromPolisExport, type VoteEvent } from "../votes.ts";

/** Real conversations and what Polis made of them; no clone has them. */
export const polisData = join(
  process.env["PRECEPT_DATA"] ?? new URL("../../../../shared/data", import.meta.url).pathname,
  "polis",
);

/** One clear line where the data are absent; returns whether they are there. */
export function hasPolisData(): boolean {
  if (existsSync(polisData)) return true;
  process.stderr.write(`collective: gold conversations skipped, no ${polisData} (set PRECEPT_DATA)\n`);
  return false;
}

interface Entry {
  readonly tid: number;
  readonly "n-success": number;
  readonly "n-trials": number;
  readonly "p-success": number;
  readonly "p-test": number;
}

export interface GroupEntry extends Entry {
  readonly repness: number;
  readonly "repness-test": number;
  readonly "repful-for": "agree" | "disagree";
}

interface Votes {
  readonly A: number;
  readonly D: number;
  readonly S: number;
}

/** What is read of a record of `math_main`. */
export interface Blob {
  readonly n: number;
  readonly tids: readonly number[];
  readonly "in-conv": readonly number[];
  readonly "mod-out": readonly number[];
  readonly "meta-tids": readonly number[];
  readonly pca: {
    readonly center: readonly number[];
    readonly comps: readonly [readonly number[], readonly number[]];
    readonly "comment-projection": readonly [readonly number[], readonly number[]];
    readonly "comment-extremity": readonly number[];
  };
  readonly "base-clusters": {
    readonly id: readonly number[];
    readonly members: readonly (readonly number[])[];
    readonly x: readonly number[];
    readonly y: readonly number[];
  };
  readonly "group-clusters": readonly {
    readonly id: number;
    readonly members: readonly number[];
    readonly center: readonly [number, number];
  }[];
  readonly "group-votes": Readonly<Record<string, { readonly votes: Readonly<Record<string, Votes>> }>>;
  readonly "group-aware-consensus": Readonly<Record<string, number>>;
  readonly "comment-priorities": Readonly<Record<string, number>>;
  readonly repness: Readonly<Record<string, readonly GroupEntry[]>>;
  readonly consensus: { readonly agree: readonly Entry[]; readonly disagree: readonly Entry[] };
}

export const goldNames = [
  "clojure-math/vw",
  "clojure-math/biodiversity",
  "polis-api-math/25ptpt-3gp-no-strict-with-meta",
  "polis-api-math/above-100-ptpts",
  "polis-api-math/below-100-ptpts",
] as const;

/** One participant of its figures is missing from its votes, and all its priorities are 49: Polis's own fault of that time. */
export const trapName = "polis-api-math/50ptpt-3gp-strict-no-meta";

export function readGold(name: string): { readonly blob: Blob; readonly votes: readonly VoteEvent[] } {
  const folder = join(polisData, name);
  if (name.startsWith("clojure-math")) {
    const rows: Record<string, string>[] = parse(read(join(folder, "votes.csv")), { columns: true });
    const votes = rows.map((row) =>
      eventOf(Number(row["voter-id"]), Number(row["comment-id"]), Number(row["vote"]), Number(row["timestamp"]) * 1000),
    );
    return { blob: JSON.parse(read(join(folder, "math_blob.json"))), votes };
  }
  const rows: Readonly<Record<string, unknown>>[] = JSON.parse(read(join(folder, "votes.json")));
  const votes = rows.map((row) =>
    eventOf(
      Number(row["pid"] ?? row["participant_id"]),
      Number(row["tid"] ?? row["statement_id"]),
      Number(row["vote"]),
      Number(row["modified"]),
    ),
  );
  return { blob: JSON.parse(read(join(folder, "math-pca2.json"))), votes };
}

/** A file, or the same with .gz. */
export function read(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : gunzipSync(readFileSync(`${path}.gz`)).toString("utf8");
}

function eventOf(participant: number, statement: number, vote: number, at: number): VoteEvent {
  return { participant: String(participant), statement: String(statement), vote: fromPolisExport(vote), at };
}
