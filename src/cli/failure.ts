import { type ErrorCode, errnoOf, PreceptError, readPathFault } from "../errors.ts";

/** What the exit code of the program says; 130 is 128 and the number of SIGINT, as in shells. */
export const exitCodes = { done: 0, failed: 1, usage: 2, gate: 3, evidence: 4, interrupted: 130 } as const;

/** What was typed is wrong, or names what is not there: whatever the command, a missing path is one of these. */
const usageErrors: readonly ErrorCode[] = [
  "usage",
  "unknown-principle",
  "config-invalid",
  "policy-invalid",
  "checkpoint-missing",
];
/** A stop that leaves the run resumable. */
const stops: readonly ErrorCode[] = ["interrupted", "budget-reached"];

/** The exit code of whatever a command threw. */
export function exitCodeOf(error: unknown): number {
  if (isInterruption(error)) return exitCodes.interrupted;
  if (!(error instanceof PreceptError)) return pathOf(error) === undefined ? exitCodes.failed : exitCodes.usage;
  if (error.code === "gate-tripped") return exitCodes.gate;
  if (error.code === "not-enough-evidence") return exitCodes.evidence;
  return usageErrors.includes(error.code) ? exitCodes.usage : exitCodes.failed;
}

/** An error for people: what was attempted, what was found, what was expected, what to do. No stack. */
export function formatError(error: unknown, env: Readonly<Record<string, string | undefined>> = {}): string {
  const text = isInterruption(error) ? formatInterruption(error) : formatParts(partsOf(error));
  const stack = env["PRECEPT_DEBUG"] !== undefined && error instanceof Error ? `\n${error.stack ?? ""}` : "";
  return `${text}${stack}`;
}

/** The same as data, for --json. */
export function errorToJson(error: unknown): { readonly error: Parts & { readonly code: string } } {
  const code = error instanceof PreceptError ? error.code : isInterruption(error) ? "interrupted" : codeOf(error);
  return { error: { code, ...partsOf(error) } };
}

function codeOf(error: unknown): string {
  return pathOf(error) === undefined ? "unexpected" : "usage";
}

interface Parts {
  readonly attempted: string;
  readonly found: string;
  readonly expected?: string | undefined;
  readonly remedy?: string | undefined;
}

function partsOf(error: unknown): Parts {
  if (error instanceof PreceptError) {
    const { attempted, found, expected, remedy } = error.details;
    return {
      attempted,
      found,
      expected,
      remedy,
    };
  }
  const path = pathOf(error);
  if (path !== undefined) {
    const found = readPathFault(error) ?? errnoOf(error) ?? "";
    return { attempted: `Reading ${path}`, found, remedy: "check the path; PRECEPT_DEBUG=1 shows who asked for it" };
  }
  return {
    attempted: "Running the command",
    found: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    remedy: "give the same command again with PRECEPT_DEBUG=1 to see where; this is a defect of precept",
  };
}

/** The path of a file system's error that says that a path is wrong. */
function pathOf(error: unknown): string | undefined {
  if (readPathFault(error) === undefined || !(error instanceof Error) || !("path" in error)) return undefined;
  return typeof error.path === "string" ? error.path : undefined;
}

function formatParts({ attempted, found, expected, remedy }: Parts): string {
  const lines = [`precept: ${attempted}`, part("found", found)];
  if (expected !== undefined) lines.push(part("expected", expected));
  if (remedy !== undefined) lines.push(part("try", remedy));
  return lines.join("\n");
}

/** "  found     first line", further lines below the first. */
function part(name: string, text: string): string {
  const [first = "", ...rest] = text.split("\n");
  return [`  ${name.padEnd(9)} ${first}`, ...rest.map((line) => `            ${line.trimStart()}`)].join("\n");
}

function formatInterruption(error: unknown): string {
  if (error instanceof PreceptError && error.code === "budget-reached") return formatParts(error.details);
  const remedy = error instanceof PreceptError ? error.details.remedy : undefined;
  return `precept: stopped; ${remedy ?? "the same command continues where it stopped"}`;
}

function isInterruption(error: unknown): boolean {
  if (error instanceof PreceptError) return stops.includes(error.code);
  return error instanceof Error && error.name === "AbortError";
}
