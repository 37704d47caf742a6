import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** What an example prints, run as `npm run example` runs it. */
export async function runExample(
  name: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--import", "./examples/resolve.ts", `examples/${name}.ts`, ...args],
    { cwd: root, env: { ...process.env, ...env } },
  );
  return stdout;
}
