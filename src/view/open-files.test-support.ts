import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";

const own = "/proc/self/fd";

/** Files below a folder that this process holds open; none where the system does not say. */
export function openBelow(folder: string): string[] {
  const links = existsSync(own) ? readdirSync(own) : [];
  return links.flatMap((link) => {
    try {
      const path = readlinkSync(join(own, link));
      return path.startsWith(folder) ? [path] : [];
    } catch {
      return []; // the folder that is being listed
    }
  });
}
