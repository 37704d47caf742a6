import { execFile } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Contestant } from "./contestant.ts";
import { findPort, startServer } from "./server-process.ts";

const run = promisify(execFile);
const version = "0.3.285";
const log = "bench.eval";

/** Inspect View from PyPI, in an environment of its own. */
export async function installInspect(root: string): Promise<Contestant> {
  const folder = join(root, `inspect_ai-${version}`);
  const bin = (name: string): string => join(folder, "bin", name);
  if (!existsSync(bin("inspect"))) {
    await run("python3", ["-m", "venv", folder]);
    await run(bin("pip"), ["install", "--quiet", "--disable-pip-version-check", `inspect_ai==${version}`]);
  }
  return {
    name: "Inspect View",
    version,
    reads: "requests (`input_contains`); answers and targets by functions of their own, critiques not",
    rows: "[role=grid] a[role=row]",
    write: async (place, { file }) => {
      mkdirSync(join(place, "logs"));
      const script = new URL("./inspect_log.py", import.meta.url).pathname;
      await run(bin("python"), [script, file, join(place, "logs", log)]);
    },
    start: async (place) => {
      const port = await findPort();
      const argv = ["view", "--log-dir", join(place, "logs"), "--port", `${port}`];
      return startServer({ file: bin("inspect"), argv }, port, `http://127.0.0.1:${port}/#/tasks/${log}`);
    },
    focusSearch: (page) => page.locator(".cm-content").focus(),
    toQuery: (word) => `input_contains("${word}")`,
    tellFound: (found, all) => new RegExp(`\\b${found} / ${all} Samples`, "u"),
  };
}
