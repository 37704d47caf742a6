import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";

/** Root folder of the package, from the sources and from the compiled package alike. */
export const packageRoot = fileURLToPath(new URL("../../", import.meta.url));

/** Version of this package. */
export const packageVersion: string = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"))).version;

/** The commit that a clone stands at, "-dirty" where tracked files differ from it; null for an installed package or without git. */
export function gitCommit(): string | null {
  if (!existsSync(new URL("../../.git", import.meta.url))) return null;
  try {
    const stdio: ["ignore", "pipe", "ignore"] = ["ignore", "pipe", "ignore"];
    return execFileSync("git", ["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"], {
      cwd: packageRoot,
      encoding: "utf8",
      stdio,
    }).trim();
  } catch {
    return null; // provenance only: a clone without git still runs
  }
}
