import { PreceptError } from "../../errors.ts";
import {
  benchmarksFolder,
  errorJUnit,
  gateExitCode,
  gatesJUnit,
  gatesMarkdown,
  judgeGatesAt,
  readGates,
} from "../../evaluation/index.ts";
import { harborWorld } from "../../project/index.ts";
import { writeOutput } from "../../storage/index.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { align } from "../layout.ts";
import { type EvaluateFlags, evaluate } from "./evaluate.ts";

export interface GateFlags extends EvaluateFlags {
  readonly gate?: string;
  readonly junit?: string;
  readonly summary?: string | undefined;
}

/**
 * precept evaluate … --gate gates.yaml: measures, then judges the gates; exits 0, 3 or 4. Whatever goes wrong on the way
 * stands as an error in the JUnit file, so that no reader of it sees green.
 */
export async function gatedEvaluate(this: CliContext, flags: GateFlags, target: string): Promise<void> {
  const { gate, junit, summary, ...rest } = flags;
  if (gate === undefined) {
    if (junit === undefined && summary === undefined) {
      return evaluate.call(this, rest, target);
    }
    throw new PreceptError("usage", {
      attempted: "Reading the flags",
      found: `--${junit === undefined ? "summary" : "junit"} without --gate`,
      expected: "the gates that it is to show",
      remedy: "--gate gates.yaml",
    });
  }
  const start = performance.now();
  try {
    const gates = readGates(gate);
    const out = rest.suite === undefined ? undefined : (rest.out ?? benchmarksFolder(target));
    const printed = await capture(this, rest.json, (context) => evaluate.call(context, { ...rest, out }, target));
    if (rest.plan) return;
    const results = await judgeGatesAt(gates, out ?? target, [harborWorld]);
    const markdown = gatesMarkdown(results);
    if (junit !== undefined) writeOutput(junit, gatesJUnit(results, (performance.now() - start) / 1000));
    if (summary !== undefined) writeOutput(summary, markdown);
    if (rest.json) printJson(this, { evaluation: JSON.parse(printed), gates: results });
    else print(this, `\n${align(markdown)}`);
    this.process.exitCode = gateExitCode(results);
  } catch (error) {
    if (junit !== undefined) writeOutput(junit, errorJUnit(error instanceof Error ? error.message : String(error)));
    throw error;
  }
}

/** Under --json the evaluation's object becomes part of the one object that is printed. */
async function capture(
  context: CliContext,
  isJson: boolean,
  body: (context: CliContext) => Promise<void>,
): Promise<string> {
  if (!isJson) {
    await body(context);
    return "null";
  }
  let printed = "";
  const stdout = { ...context.process.stdout, isTTY: false, write: (text: string) => (printed += text) };
  await body({ ...context, process: { ...context.process, stdout } });
  return printed === "" ? "null" : printed;
}
