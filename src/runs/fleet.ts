import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { PreceptError } from "../errors.ts";
import { isLocked, makeFolder, namesIn, readFound, writeWhole } from "../storage/index.ts";
import { clientName, type Share } from "./share.ts";

/** What the process that merges tells its clients, in shards/fleet.json of the run; there is none while nobody merges. */
const fleetSchema = z.object({
  format: z.literal(1),
  shards: z.int().min(1),
  /** The stage that is being made, and the hash of what it reads. */
  open: z.object({ stage: z.string(), inputsHash: z.string() }),
  /** What clients read in place of finding it themselves. */
  inputs: z.unknown(),
});
export type FleetNotice = z.infer<typeof fleetSchema>;

/** A run's fleet, as the process that merges has it. */
export interface Fleet {
  readonly share: Share;
  /** Stages whose batches are shared. */
  readonly stages: readonly string[];
  /** Called once a shared stage is open. */
  readonly start: (stage: string, inputsHash: string) => void;
  /** Called once it is closed. */
  readonly finish: (stage: string) => Promise<void>;
}

/** Folder of what a run keeps of its clients. */
export function shardsFolder(run: string): string {
  return join(run, "shards");
}

/** Folder of one client: its lock, and what it spent. */
export function shardFolder(run: string, client: number, of: number): string {
  return join(shardsFolder(run), clientName(client, of));
}

/** Whether a client of this number is at work, here or on another machine. */
export function isClientAt(run: string, client: number, of: number): boolean {
  return isLocked(shardFolder(run, client, of));
}

/** How long clients whose starter was killed may take to end. */
const LEAVE_MS = 4000;

/**
 * Waits a moment for clients at work that are none of a fleet of `shards`, since they would make beside this process what it makes:
 * every call twice. @throws PreceptError run-locked where they stay.
 */
export async function refuseStrangers(run: string, shards: number | undefined): Promise<void> {
  const strangers = (): string[] =>
    namesIn(shardsFolder(run), "folder").filter(
      (name) => Number(name.split("-of-")[1]) !== shards && isLocked(join(shardsFolder(run), name)),
    );
  for (const until = performance.now() + LEAVE_MS; performance.now() < until; await sleep(100)) {
    if (strangers().length === 0) return;
  }
  const [first = ""] = strangers();
  if (first === "") return;
  const of = first.split("-of-")[1];
  throw new PreceptError("run-locked", {
    attempted: `Opening the run ${run}`,
    found: `client ${first.replace("-of-", " of ")} is at work on it`,
    expected: shards === undefined ? "a run without clients" : `no clients but those of --shards ${shards}`,
    remedy: `precept run --shards ${of}, which goes on with that client; or end it, and where it died on another machine, remove ${join(shardsFolder(run), first, "run.lock")}`,
  });
}

export function writeNotice(run: string, notice: Omit<FleetNotice, "format">): void {
  makeFolder(shardsFolder(run));
  writeWhole(noticePath(run), `${JSON.stringify({ format: 1, ...notice })}\n`);
}

/** @throws PreceptError run-invalid for a damaged file. */
export function readNotice(run: string): FleetNotice | undefined {
  return readFound(noticePath(run), fleetSchema);
}

export function dropNotice(run: string): void {
  rmSync(noticePath(run), { force: true });
}

function noticePath(run: string): string {
  return join(shardsFolder(run), "fleet.json");
}
