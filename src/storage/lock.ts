import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { errnoOf, PreceptError } from "../errors.ts";
import { asFileError } from "./files.ts";
import { tryJson } from "./json.ts";

const ownerSchema = z.strictObject({
  pid: z.int(),
  /** Distinguishes a process from a later one with the same id; format depends on the platform. */
  processStart: z.string(),
  host: z.string(),
  command: z.string(),
});
/** The process that holds a lock. */
export type LockOwner = z.infer<typeof ownerSchema>;

/** A lock that this process holds. */
export interface Lock {
  release(): void;
}

/**
 * Takes the lock of a run folder, `run.lock`. The file appears with its content (link of a finished file), so that nobody
 * reads half an owner. A lock whose owner no longer lives is taken over. @throws PreceptError run-locked, disk, permission.
 */
export function takeLock(folder: string, command: string): Lock {
  const path = join(folder, "run.lock");
  const own = `${path}.${process.pid}-${randomBytes(4).toString("hex")}`;
  const owner: LockOwner = {
    pid: process.pid,
    processStart: processStart(process.pid) ?? "unknown",
    host: hostname(),
    command,
  };
  try {
    writeFileSync(own, `${JSON.stringify(owner)}\n`, { flag: "wx" });
    while (!tryLink(own, path)) takeOver(path, folder);
    sweep(folder);
  } catch (error) {
    throw asFileError(error, `Locking the run ${folder}`);
  } finally {
    rmSync(own, { force: true });
  }
  return {
    release: () => {
      if (isSameOwner(readOwner(path), owner)) rmSync(path, { force: true });
    },
  };
}

/** Whether a process that lives is working on the run. */
export function isLocked(folder: string): boolean {
  const owner = readOwner(join(folder, "run.lock"));
  return typeof owner === "object" && isAlive(owner);
}

/** Whether the process that an owner names still lives: same host, same pid, same start, not a zombie. */
export function isAlive(owner: LockOwner): boolean {
  if (owner.host !== hostname()) return true; // cannot be known from here
  const start = processStart(owner.pid);
  return start !== undefined && (start === owner.processStart || owner.processStart === "unknown");
}

/** When a live process started, in the platform's own format; undefined where there is none. */
export function processStart(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errnoOf(error) !== "EPERM") return undefined;
  }
  return process.platform === "linux" ? linuxStart(pid) : psStart(pid);
}

/** Boot id and field 22 of /proc/PID/stat (proc(5)): clock ticks after boot. */
function linuxStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") return undefined;
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot}/${fields[19]}`;
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ESRCH") return undefined;
    throw error;
  }
}

function psStart(pid: number): string {
  try {
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim() || "unknown";
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return "unknown"; // no ps: the pid alone decides
    throw error;
  }
}

function tryLink(own: string, path: string): boolean {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** Moves a dead owner's lock away. What was moved is looked at again: another process may have been faster. */
function takeOver(path: string, folder: string): void {
  const seen = readOwner(path);
  if (seen === "none") return;
  if (seen !== "damaged" && isAlive(seen)) throw lockedError(seen, path, folder);
  const moved = `${path}.dead-${process.pid}-${randomBytes(4).toString("hex")}`;
  try {
    renameSync(path, moved);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return;
    throw error;
  }
  const found = readOwner(moved);
  const stolen = found !== "none" && found !== "damaged" && isAlive(found);
  if (stolen) tryLink(moved, path);
  rmSync(moved, { force: true });
  if (stolen) throw lockedError(found, path, folder);
}

/** Removes what killed processes left beside the lock. */
function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = /^run\.lock\.(?:dead-)?(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && processStart(Number(pid)) === undefined) rmSync(join(folder, name), { force: true });
  }
}

function readOwner(path: string): LockOwner | "none" | "damaged" {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return "none";
    throw error;
  }
  return ownerSchema.safeParse(tryJson(text)).data ?? "damaged";
}

function isSameOwner(a: LockOwner | "none" | "damaged", b: LockOwner): boolean {
  return typeof a === "object" && a.pid === b.pid && a.processStart === b.processStart && a.host === b.host;
}

function lockedError(owner: LockOwner, path: string, folder: string): PreceptError {
  const here = owner.host === hostname();
  return new PreceptError("run-locked", {
    attempted: `Opening the run ${folder}`,
    found: `process ${owner.pid}${here ? "" : ` on ${owner.host}`} is working on it (precept ${owner.command})`,
    expected: "a run that nobody else is writing",
    remedy: here
      ? `wait for it, stop it (kill ${owner.pid}), or use another --out`
      : `if that process no longer runs, remove ${path}; or use another --out`,
  });
}
