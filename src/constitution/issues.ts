import { PreceptError } from "../errors.ts";

/** A key or an index at each level: `["principles", 3, "text"]`. */
export type Path = readonly (string | number)[];

/** Where something stands in a file; line and column count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What can be wrong with a constitution, as data; `describeIssue` puts it in words. */
export type Fault =
  | { readonly code: "syntax"; readonly detail: string }
  | { readonly code: "encoding"; readonly found: string }
  | { readonly code: "too-large"; readonly size: number; readonly limit: number }
  | { readonly code: "duplicate-key"; readonly key: string }
  | {
      readonly code: "unknown-key";
      readonly key: string;
      readonly known: readonly string[];
      readonly nearest: readonly string[];
    }
  | { readonly code: "missing-key"; readonly key: string }
  | { readonly code: "wrong-type"; readonly expected: string; readonly found: string }
  | { readonly code: "empty-text" }
  | { readonly code: "control-character"; readonly character: string }
  | { readonly code: "empty-list" }
  | { readonly code: "bad-id"; readonly id: string }
  | { readonly code: "duplicate-id"; readonly id: string; readonly first?: Position }
  | { readonly code: "bad-weight"; readonly found: string }
  | { readonly code: "unknown-alias"; readonly anchor: string }
  | { readonly code: "cyclic-alias"; readonly anchor: string }
  | { readonly code: "alias-bomb"; readonly limit: number };

export type FaultCode = Fault["code"];

/** A fault and its place. A constitution that came from no file has path, but neither line nor column. */
export type ConstitutionIssue = Fault & {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly path: Path;
};

/** `principles[3].text`; "the document" at the root. */
export function formatPath(path: Path): string {
  if (path.length === 0) return "the document";
  return path.map((step, i) => (typeof step === "number" ? `[${step}]` : i === 0 ? step : `.${step}`)).join("");
}

/** What a fault says to a person, without its place. */
export function describeFault(fault: Fault): string {
  switch (fault.code) {
    case "syntax":
      return fault.detail;
    case "encoding":
      return `is not UTF-8 text: ${fault.found}`;
    case "too-large":
      return `has ${fault.size} bytes; at most ${fault.limit} are read`;
    case "duplicate-key":
      return `key "${fault.key}" stands here twice`;
    case "unknown-key":
      return `unknown key "${fault.key}"; ${
        fault.nearest.length > 0
          ? `did you mean ${fault.nearest.join(" or ")}?`
          : `known keys: ${fault.known.join(", ")}`
      }`;
    case "missing-key":
      return `"${fault.key}" is missing`;
    case "wrong-type":
      return `expected ${fault.expected}, found ${fault.found}`;
    case "empty-text":
      return "the text is empty";
    case "control-character":
      return `holds the control character ${fault.character}`;
    case "empty-list":
      return "lists no principle";
    case "bad-id":
      return `"${fault.id}" is no id: lower-case letters and digits, joined by single hyphens, a letter first, at most 64 characters`;
    case "duplicate-id":
      return `id "${fault.id}" is already taken${fault.first === undefined ? "" : ` at line ${fault.first.line}`}`;
    case "bad-weight":
      return `a weight is a number above 0, found ${fault.found}`;
    case "unknown-alias":
      return `alias *${fault.anchor} stands for nothing: no anchor &${fault.anchor} before it`;
    case "cyclic-alias":
      return `alias *${fault.anchor} contains itself`;
    case "alias-bomb":
      return `aliases expand to more than ${fault.limit} values`;
  }
}

/** One line: `harbor.yaml:12:5 principles[3].text: the text is empty`. */
export function describeIssue(issue: ConstitutionIssue): string {
  const place =
    issue.file === undefined
      ? ""
      : `${issue.file}${issue.line === undefined ? "" : `:${issue.line}:${issue.column ?? 1}`} `;
  return `${place}${formatPath(issue.path)}: ${describeFault(issue)}`;
}

/** Thrown with every fault of a constitution at once, in the order of the file. */
export class ConstitutionInvalid extends PreceptError {
  readonly issues: readonly ConstitutionIssue[];

  constructor(attempted: string, issues: readonly ConstitutionIssue[]) {
    const count = issues.length === 1 ? "1 fault" : `${issues.length} faults`;
    super("constitution-invalid", {
      attempted,
      found: [count, ...issues.map((issue) => `  ${describeIssue(issue)}`)].join("\n"),
      expected: "a list of principles, each with an id and a text",
      remedy: "correct the lines named above; `precept constitution lint FILE` lists them again",
    });
    this.name = "ConstitutionInvalid";
    this.issues = issues;
  }
}
