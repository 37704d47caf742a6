import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { errnoOf, PreceptError } from "../errors.ts";
import { type Manifest, manifestPath } from "./manifest.ts";
import { anyRecordSchema, readRun, type StoredRun } from "./read-run.ts";

/** A run in a list. */
export interface RunListing {
  readonly folder: string;
  /** Absent where the manifest cannot be read. */
  readonly kind?: string | undefined;
  readonly of?: string | undefined;
  readonly stages: readonly { readonly name: string; readonly status: "running" | "done" }[];
  /** When it was last worked on. */
  readonly changed: Date;
  readonly sizeBytes: number;
  /** Why it cannot be read, e.g. because another version made it. */
  readonly fault?: string | undefined;
}

/** Folders that hold no runs, only the weights, states and data sets of one. */
const closed = /^(?:checkpoint.*|trainer-state|datasets|node_modules|\..*)$/;

/**
 * Every run in a folder, at any depth, the last changed first; none where there is no such folder.
 * @throws PreceptError permission; with `mustExist`, usage where there is no such folder.
 */
export function listRuns(root: string, mustExist = false): RunListing[] {
  if (mustExist && !existsSync(root)) {
    throw new PreceptError("usage", {
      attempted: "Listing runs",
      found: `no folder ${root}`,
      expected: "a folder to look for runs in, at any depth",
      remedy: "precept runs, which looks in ./runs",
    });
  }
  const found: RunListing[] = [];
  const visit = (folder: string): void => {
    for (const entry of foldersIn(folder)) visit(join(folder, entry));
    if (existsSync(manifestPath(folder))) found.push(listingOf(folder));
  };
  visit(root);
  return found.sort((a, b) => b.changed.getTime() - a.changed.getTime() || (a.folder < b.folder ? -1 : 1));
}

function foldersIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory() && !closed.test(entry.name)).map(({ name }) => name);
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EACCES"].includes(errnoOf(error) ?? "")) return [];
    throw error;
  }
}

function listingOf(folder: string): RunListing {
  const common = { folder, changed: statSync(manifestPath(folder)).mtime, sizeBytes: sizeOf(folder) };
  try {
    const { manifest, stages } = readRun(folder);
    return {
      ...common,
      kind: manifest.kind,
      of: subjectOf(manifest),
      stages: stages.map(({ name, entry: { status } }) => ({ name, status })),
    };
  } catch (error) {
    if (!(error instanceof PreceptError)) throw error;
    return { ...common, stages: [], fault: error.details.found };
  }
}

/** What a run is of: what its manifest says, else its first few settings. */
function subjectOf({ of, config }: Manifest): string {
  if (of !== undefined) return of;
  const plain = Object.entries(config).filter(([, value]) => ["string", "number"].includes(typeof value));
  return plain
    .slice(0, 3)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
}

function sizeOf(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}

const costSchema = z.object({
  seconds: z.number(),
  tokens: z.number().optional(),
  tokensPerSecond: z.number().optional(),
  gflops: z.number().optional(),
});

export interface StageOverview {
  readonly name: string;
  readonly status: "running" | "done";
  readonly after: readonly string[];
  readonly cost: z.infer<typeof costSchema>;
  /** Number of records by type; those without a type by the name of their file. */
  readonly records: Readonly<Record<string, number>>;
  /** The id of the first record of each type. */
  readonly firstIds: Readonly<Record<string, string>>;
  readonly checkpoints: readonly string[];
}

/** What a run holds: its stages in order with their records by type and their cost. */
export interface RunOverview extends Omit<RunListing, "stages" | "fault"> {
  readonly name: string;
  readonly manifest: Manifest;
  readonly stages: readonly StageOverview[];
  /** Most memory that any of its processes held. */
  readonly peakMemoryBytes: number;
  /** Path of its report, where one was written. */
  readonly page?: string | undefined;
}

/** Reads what a run holds; counts every record. @throws PreceptError run-invalid. */
export async function overviewOf(run: StoredRun): Promise<RunOverview> {
  const { stages: _stages, fault: _fault, ...listing } = listingOf(run.folder);
  const stages: StageOverview[] = [];
  for (const { name, folder, entry, recordFiles, records } of run.stages) {
    const counts: Record<string, number> = {};
    const firstIds: Record<string, string> = {};
    for (const file of recordFiles) {
      for await (const { id, type = file } of records(anyRecordSchema, file)) {
        const kind = String(type);
        counts[kind] = (counts[kind] ?? 0) + 1;
        firstIds[kind] ??= id;
      }
    }
    const { status, after, checkpoints, seconds } = entry;
    const cost = status === "done" ? costOf(join(folder, "summary.json")) : undefined;
    stages.push({ name, status, after, checkpoints, records: counts, firstIds, cost: cost ?? { seconds } });
  }
  const page = join(run.folder, "report.html");
  return {
    ...listing,
    name: run.name,
    manifest: run.manifest,
    stages,
    peakMemoryBytes: Math.max(0, ...run.stages.map(({ entry }) => entry.peakMemoryBytes)),
    page: existsSync(page) ? page : undefined,
  };
}

function costOf(path: string): z.infer<typeof costSchema> | undefined {
  if (!existsSync(path)) return undefined;
  return costSchema.safeParse(JSON.parse(readFileSync(path, "utf8"))).data;
}
