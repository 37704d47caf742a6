import type { z } from "zod";
import { describeFault, formatPath, type Path, type Position } from "./issues.ts";
import { type Located, readYaml } from "./yaml-tree.ts";

/** A fault of a value in a YAML file. */
export interface ValueFault {
  readonly path: Path;
  readonly message: string;
}

/** … and where it stands. */
export interface PlacedFault {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly path: string;
  readonly message: string;
}

/** What a schema makes of a YAML file: its value, or every fault with line and column. */
export interface YamlValue<T> {
  readonly value: T | undefined;
  readonly faults: readonly PlacedFault[];
  /** The places of further faults, in the order of the file. */
  place(faults: readonly ValueFault[]): PlacedFault[];
}

/** Reads a YAML file by a schema. Never throws on bad input. */
export function readYamlValue<T>(text: string, file: string, schema: z.ZodType<T>): YamlValue<T> {
  const places = new Map<string, Position>();
  const { root, faults } = readYaml(text);
  const plain = plainValue(root, [], places);
  const place = (wrong: readonly ValueFault[]): PlacedFault[] =>
    wrong
      .map(({ path, message }) => ({ file, ...placeOf(places, path), path: formatPath(path), message }))
      .sort((a, b) => a.line - b.line || a.column - b.column);
  if (faults.length > 0) {
    const broken = faults.map(({ fault, at }) => ({
      ...{ file, ...at, path: "the document", message: describeFault(fault) },
    }));
    return { value: undefined, faults: broken, place };
  }
  const parsed = schema.safeParse(plain);
  if (parsed.success) return { value: parsed.data, faults: [], place };
  return { value: undefined, faults: place(parsed.error.issues.flatMap(faultsOf)), place };
}

/** The lines of an error message: where each fault stands, and what it is. */
export const faultLines = (faults: readonly PlacedFault[]): string =>
  [
    faults.length === 1 ? "1 fault" : `${faults.length} faults`,
    ...faults.map(({ file, line, column, path, message }) => `  ${file}:${line}:${column} ${path}: ${message}`),
  ].join("\n");

interface SchemaIssue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
}

function faultsOf(issue: SchemaIssue): ValueFault[] {
  const path = issue.path.map((step) => (typeof step === "number" ? step : String(step)));
  if (issue.code !== "unrecognized_keys") return [{ path, message: issue.message }];
  return (issue.keys ?? []).map((key) => ({ path: [...path, key], message: "a key that is not known here" }));
}

/** The place of a path, or of the nearest value around it. */
function placeOf(places: ReadonlyMap<string, Position>, path: Path): Position {
  for (let length = path.length; length >= 0; length--) {
    const place = places.get(formatPath(path.slice(0, length)));
    if (place !== undefined) return place;
  }
  return { line: 1, column: 1 };
}

function plainValue(node: Located, path: Path, places: Map<string, Position>): unknown {
  if (!places.has(formatPath(path))) places.set(formatPath(path), node.at);
  if (node.kind === "scalar") return node.value;
  if (node.kind === "unusable") return undefined;
  if (node.kind === "list") return node.items.map((item, index) => plainValue(item, [...path, index], places));
  return Object.fromEntries(
    node.entries.map(({ key, keyAt, value }) => {
      places.set(formatPath([...path, key]), keyAt);
      return [key, plainValue(value, [...path, key], places)];
    }),
  );
}
