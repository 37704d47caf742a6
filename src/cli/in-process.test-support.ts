import { Readable } from "node:stream";
import { buildApp } from "./app.ts";
import type { CliContext } from "./context.ts";
import { runCli } from "./run-cli.ts";

/** The command line in this process. */
export async function preceptHere(
  args: readonly string[],
  { input = "", signal = new AbortController().signal, env = {} as Readonly<Record<string, string>> } = {},
) {
  const [out, err] = [[] as string[], [] as string[]];
  const context: CliContext = {
    process: {
      stdout: { write: (text: string) => out.push(text) },
      stderr: { write: (text: string) => err.push(text) },
      env: {},
    },
    stdin: Readable.from([Buffer.from(input)]),
    env,
    command: args.join(" "),
    signal,
  };
  const code = await runCli(buildApp, [...args], context);
  return { code, stdout: out.join(""), stderr: err.join("") };
}
