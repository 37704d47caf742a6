import { buildApp } from "./app.ts";
import type { CliContext } from "./context.ts";
import { exitCodes } from "./failure.ts";
import { boundGarbage } from "./garbage.ts";
import { runCli } from "./run-cli.ts";

/** First Ctrl-C: a clean stop at the next safe place. Second: at once; the run is resumable either way. */
function stopOnSignals(): Required<Pick<CliContext, "signal" | "sayOnStop">> {
  const controller = new AbortController();
  let said = "stopping at the next safe place; once more to stop at once";
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    controller.abort();
    process.stderr.write(`\n${said}\n`);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  return {
    signal: controller.signal,
    sayOnStop(text) {
      said = text;
    },
  };
}

/** A reader that went away (precept … | head) is no failure. */
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(exitCodes.done);
    throw error;
  });
}

const args = process.argv.slice(2);
if (["run", "evaluate", "view"].includes(args[0] ?? "")) boundGarbage();
const context: CliContext = {
  process: { stdout: process.stdout, stderr: process.stderr, env: process.env },
  stdin: process.stdin,
  env: process.env,
  command: args.join(" "),
  ...stopOnSignals(),
};
process.exitCode = await runCli(buildApp, args, context);
