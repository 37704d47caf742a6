/** Stable names of everything that can go wrong; the command line maps them to exit codes. */
export type ErrorCode =
  | "constitution-invalid"
  | "unknown-principle"
  | "input-invalid"
  | "usage"
  | "run-invalid"
  | "run-locked"
  | "run-version"
  | "checkpoint-invalid"
  | "checkpoint-missing"
  | "shape-mismatch"
  | "not-finite"
  | "out-of-vocabulary"
  | "context-overflow"
  | "disk"
  | "permission"
  | "monitor-tripped"
  | "model-failed"
  | "key-missing"
  | "key-rejected"
  | "quota-exhausted"
  | "model-unknown"
  | "endpoint-down"
  | "package-missing"
  | "device-missing"
  | "config-invalid"
  | "budget-reached"
  | "not-enough-evidence"
  | "gate-tripped"
  | "policy-invalid"
  | "upstream-failed"
  | "interrupted";

/** What an error tells the person who sees it. */
export interface ErrorDetails {
  /** What was being done, e.g. "Reading the constitution constitutions/harbor.yaml". */
  readonly attempted: string;
  /** What was there instead. */
  readonly found: string;
  /** What would have been right. */
  readonly expected?: string | undefined;
  /** What the person can do now. */
  readonly remedy?: string | undefined;
  readonly cause?: unknown;
}

/** The base class of all errors: a stable `code`, and the four things that a person needs to know. */
export class PreceptError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails) {
    const { attempted, found, expected, remedy } = details;
    const lines = [`${attempted}: ${found}`];
    if (expected !== undefined) lines.push(`expected: ${expected}`);
    if (remedy !== undefined) lines.push(`try: ${remedy}`);
    super(lines.join("\n"), details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "PreceptError";
    this.code = code;
    this.details = details;
  }
}

/** Work that was stopped before its end, by Ctrl-C or by whoever called; a person reads the remedy alone. */
export class Interruption extends PreceptError {
  constructor(attempted: string, found = "stopped", remedy = "the same command continues where it stopped") {
    super("interrupted", { attempted, found, remedy });
  }
}

/** @throws Interruption once the signal has fired. */
export function throwIfInterrupted(
  signal: AbortSignal | undefined,
  ...interruption: ConstructorParameters<typeof Interruption>
): void {
  if (signal?.aborted === true) throw new Interruption(...interruption);
}

/** The errno name of a file system error, or undefined. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Reads what is wrong with a path that a person gave from a file system's error; undefined for other errors. */
export function readPathFault(error: unknown): "no such file" | "a folder" | undefined {
  const code = errnoOf(error);
  if (code === "ENOENT" || code === "ENOTDIR") return "no such file";
  return code === "EISDIR" ? "a folder" : undefined;
}
