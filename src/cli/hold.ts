import type { CliContext } from "./context.ts";

/** Until Ctrl-C, for a command that serves: nothing is under way that would be stopped at a safe place. */
export async function holdUntilStopped({ signal, sayOnStop }: CliContext): Promise<void> {
  sayOnStop?.("stopped");
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
