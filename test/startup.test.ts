import { expect, test } from "vitest";
import { precept } from "./cli.ts";

/** Writes, when the process ends, which files of the program were loaded. */
const telling = `
  import { registerHooks } from "node:module";
  const loaded = [];
  registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
  process.on("exit", () => process.stderr.write(loaded.join(" ")));`;

test("help and version load the command line and what it writes with, and none of the rooms behind its commands", async () => {
  const env = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(telling)}` };
  for (const flag of ["--help", "-V"]) {
    const { code, stderr } = await precept([flag], { env });
    const loaded = stderr.split(" ").flatMap((url) => /\/src\/([^/]+)/.exec(url)?.[1] ?? []);
    expect(code).toBe(0);
    expect(new Set(loaded)).toEqual(new Set(["cli", "errors.ts", "progress", "rng.ts", "storage"]));
  }
});
