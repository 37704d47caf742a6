import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";

const program = fileURLToPath(new URL("../../bin/precept.js", import.meta.url));

/** Whether util-linux's `script`, which opens a pseudoterminal, is there. */
export const hasTerminal =
  process.platform === "linux" && spawnSync("script", ["-qec", "true", "/dev/null"]).status === 0;

export interface OnTerminal {
  readonly cwd: string;
  /** Sent once, when the screen has shown `when`: "\u0003" is Ctrl-C, "\u0004" Ctrl-D. */
  readonly keys?: { readonly when: RegExp; readonly text: string };
}

/** Runs the real command on a real terminal; `screen` is all that it showed, without control characters. */
export async function onTerminal(
  args: readonly string[],
  { cwd, keys }: OnTerminal,
): Promise<{ readonly code: number | null; readonly screen: string }> {
  const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  const command = [process.execPath, program, ...args].map(quote).join(" ");
  const { CI: _, ...env } = process.env;
  const child = spawn("script", ["-qec", `stty cols 120; exec ${command}`, "/dev/null"], {
    cwd,
    env: { ...env, TERM: "xterm", SHELL: "/bin/sh" },
  });
  let raw = "";
  let isSent = false;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    raw += text;
    if (keys === undefined || isSent || !keys.when.test(stripVTControlCharacters(raw))) return;
    isSent = true;
    child.stdin.write(keys.text);
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, screen: stripVTControlCharacters(raw).replaceAll("\r", "\n") };
}
