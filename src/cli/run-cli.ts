import { type Application, type ApplicationText, run, text_en } from "@stricli/core";
import type { CliContext } from "./context.ts";
import { errorToJson, exitCodeOf, exitCodes, formatError } from "./failure.ts";

/** Runs one command line and returns its exit code; nothing is thrown. */
export async function runCli(
  buildApp: (text: ApplicationText) => Application<CliContext>,
  args: readonly string[],
  context: CliContext,
): Promise<number> {
  let failure: { readonly error: unknown } | undefined;
  const format = (error: unknown): string => {
    failure = { error };
    return formatError(error, context.env);
  };
  const text: ApplicationText = {
    ...text_en,
    exceptionWhileRunningCommand: format,
    exceptionWhileLoadingCommandFunction: format,
    exceptionWhileLoadingCommandContext: format,
    exceptionWhileParsingArguments: (error) =>
      `precept: ${messageOf(error)}\n  try       precept ${routeOf(args)} --help`,
    noCommandRegisteredForInput: ({ input, corrections }) => {
      const near = corrections.join(" or ").replaceAll("`", "");
      const help = ["precept", ...args.slice(0, args.indexOf(input)), "--help"].join(" ");
      return `precept: no command "${input}"\n  try       ${near === "" ? help : `did you mean ${near}?`}`;
    },
  };
  await run(buildApp(text), args.map(toOneDash), context);
  const code = failure === undefined ? exitCodeOfStricli(context.process.exitCode) : exitCodeOf(failure.error);
  if (failure !== undefined && args.includes("--json")) {
    context.process.stdout.write(`${JSON.stringify(errorToJson(failure.error), null, 2)}\n`);
  }
  return code;
}

/** "--n" as "-n": Stricli knows one-letter names with one dash alone. */
function toOneDash(argument: string): string {
  return /^--[a-z]$/.test(argument) ? argument.slice(1) : argument;
}

/** Stricli's own codes: -5 unknown command, -4 invalid argument; the others are failures of the program. */
function exitCodeOfStricli(code: string | number | null | undefined): number {
  const value = Number(code ?? 0);
  if (value === -4 || value === -5) return exitCodes.usage;
  return value < 0 ? exitCodes.failed : value;
}

/** The words that chose the command: "demo", "constitution lint". */
function routeOf([first = "", second = ""]: readonly string[]): string {
  const hasOwn = ["constitution", "train", "bench", "cache"].includes(first);
  return hasOwn && /^[a-z]/.test(second) ? `${first} ${second}` : first;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
