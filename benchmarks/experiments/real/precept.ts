import { spawn } from "node:child_process";
import { join } from "node:path";

/** The command itself, as a person calls it: its progress goes to the terminal; returns what it prints. */
export async function callPrecept(root: string, args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [join(root, "bin", "precept.js"), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const { promise, resolve } = Promise.withResolvers<number | null>();
  child.on("close", resolve);
  const code = await promise;
  if (code !== 0) throw new Error(`precept ${args.join(" ")} ended with ${code}`);
  return output;
}
