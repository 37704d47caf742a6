import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { mutated } from "./operators.ts";
import type { Mutant } from "./sample.ts";

/** A copy of the working tree: the only place where a mutant is ever written, so that no kill can leave one behind in the sources. */
export function copyTree(root: string, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  });
  for (const path of new Set(listed.split("\0"))) {
    if (!statSync(join(root, path), { throwIfNoEntry: false })?.isFile()) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    copyFileSync(join(root, path), join(folder, path));
  }
  // A folder of its own with a link to each package: what Vitest caches in it stays with the tree.
  mkdirSync(join(folder, "node_modules"));
  for (const name of readdirSync(join(root, "node_modules"))) {
    if (name.startsWith(".") && name !== ".bin") continue;
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name), "dir");
  }
}

/** Runs `body` while the mutant stands in the copied tree; the text that stood there comes back whatever happens. */
export async function withMutant<T>(folder: string, mutant: Mutant, body: () => Promise<T>): Promise<T> {
  const path = join(folder, mutant.file);
  const text = readFileSync(path, "utf8");
  writeFileSync(path, mutated(text, mutant));
  try {
    return await body();
  } finally {
    writeFileSync(path, text);
  }
}

/** Whether the copied tree's types hold: what `npm run types` says, kept warm in a build file. */
export function hasRightTypes(folder: string): boolean {
  try {
    execFileSync(
      join(folder, "node_modules/.bin/tsc"),
      ["--incremental", "--tsBuildInfoFile", join(folder, "types.json")],
      {
        cwd: folder,
        stdio: "pipe",
      },
    );
    return true;
  } catch {
    return false;
  }
}
