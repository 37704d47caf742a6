import { rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { isLocked, makeFolder, readFound, writeWhole } from "../storage/index.ts";
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
