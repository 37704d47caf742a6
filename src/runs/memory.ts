import { readFileSync } from "node:fs";

/**
 * The most memory this process (its worker threads included) has held, in bytes. Linux: VmHWM of /proc/self/status, which
 * does not count what the process was before exec, as getrusage's maxrss does; elsewhere maxrss.
 */
export function peakMemoryBytes(): number {
  if (process.platform === "linux") {
    const highWater = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    if (highWater !== undefined) return Number(highWater) * 1024;
  }
  return process.resourceUsage().maxRSS * 1024;
}
