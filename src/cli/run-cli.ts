import { type Application, type ApplicationText, proposeCompletions, run, text_en } from "@stricli/core";
import { proposing } from "./completion.ts";
import { type CliContext, print } from "./context.ts";
import { examples } from "./examples.ts";
import { errorToJson, exitCodeOf, exitCodes, formatError } from "./failure.ts";
import { showGuide } from "./guide.ts";

/** Runs one command line and returns its exit code; nothing is thrown. */
export async function runCli(
  buildApp: (text: ApplicationText) => Application<CliContext>,
  typed: readonly string[],
  context: CliContext,
): Promise<number> {
  if (typed[0] === proposing) {
    for (const { completion } of await proposeCompletions(buildApp(text_en), typed.slice(1), context))
      print(context, completion);
    return exitCodes.done;
  }
  const args = typed[0] === "help" ? [...typed.slice(1), "--help"] : typed;
  if (/^(?:|-h|--help)$/.test(args.join(" "))) {
    print(context, showGuide(commandsOf(buildApp(text_en))));
    return exitCodes.done;
  }
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
  await run(buildApp(text), args.map(spellFlag), context);
  const code = failure === undefined ? exitCodeOfStricli(context.process.exitCode) : exitCodeOf(failure.error);
  const shown = examples[routeOf(args)];
  if (code === exitCodes.done && shown !== undefined && asksForHelp(args))
    print(context, `\nEXAMPLES\n${shown.map((line) => `  ${line}`).join("\n")}`);
  if (failure !== undefined && args.includes("--json")) {
    context.process.stdout.write(`${JSON.stringify(errorToJson(failure.error), null, 2)}\n`);
  }
  return code;
}

function commandsOf({ root }: Application<CliContext>): string[] {
  return "getAllEntries" in root ? root.getAllEntries().map(({ name }) => name["convert-camel-to-kebab"]) : [];
}

/** Whether --help stands before a "--", after which everything is an argument. */
function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return args.slice(0, end === -1 ? undefined : end).some((word) => word === "--help" || word === "-h");
}

/** "--n" as "-n": Stricli knows one-letter names with one dash alone. "-V" first is --version, as elsewhere. */
function spellFlag(argument: string, index: number): string {
  if (index === 0 && argument === "-V") return "--version";
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
  const hasOwn = Object.keys(examples).some((route) => route.startsWith(`${first} `));
  return hasOwn && /^[a-z]/.test(second) ? `${first} ${second}` : first;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
