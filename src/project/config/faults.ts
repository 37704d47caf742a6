import type { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { findNearest } from "../../nearest.ts";
import { completeConfigSchema } from "./combinations.ts";
import type { FileConfig } from "./schema.ts";

/** Line of a value in its file, where the file has lines. */
export type LineOf = (path: readonly PropertyKey[]) => number | undefined;

/** Checks a configuration against its schema. @throws PreceptError config-invalid with every fault. */
export function checkConfig(value: unknown, file: string, lineOf?: LineOf): FileConfig {
  return checkAgainst(completeConfigSchema, value, {
    attempted: `Reading the configuration ${file}`,
    whole: "the configuration",
    expected: "every setting with its meaning: docs/real-models.md, or schemas/precept.config.schema.json",
    lineOf,
  });
}

/** Checks what a person wrote against a schema. @throws PreceptError config-invalid with every fault and what may be meant. */
export function checkAgainst<S extends z.ZodType>(
  schema: S,
  value: unknown,
  {
    attempted,
    whole,
    expected,
    lineOf,
  }: {
    readonly attempted: string;
    readonly whole: string;
    readonly expected: string;
    readonly lineOf?: LineOf | undefined;
  },
): z.infer<S> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const faults = result.error.issues
    .flatMap((issue) => faultsOf(issue, value, schema))
    .map((fault) => {
      const line = lineOf?.(fault.path);
      return `${line === undefined ? "" : `line ${line}, `}${shownPath(fault.path) || whole}: ${fault.text}`;
    });
  const unique = [...new Set(faults)];
  throw new PreceptError("config-invalid", {
    attempted,
    found: unique.length === 1 ? (unique[0] ?? "") : `${unique.length} faults\n${unique.join("\n")}`,
    expected,
  });
}

/** "comparisons[0].better" */
export function shownPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, "");
}

interface Fault {
  readonly path: readonly PropertyKey[];
  readonly text: string;
}

type Issue = z.core.$ZodIssue;

function faultsOf(issue: Issue, value: unknown, schema: z.ZodType): Fault[] {
  const path = issue.path;
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const [near] = findNearest(key, knownKeys(schema, path), 1);
      return { path: [...path, key], text: `unknown setting${near === undefined ? "" : `; did you mean ${near}?`}` };
    });
  }
  if (issue.code === "invalid_union") return unionFaults(issue, value, schema);
  if (issue.code === "invalid_value") {
    const options = issue.values.map(String);
    const found = valueAt(value, path);
    const [near] = typeof found === "string" ? findNearest(found, options, 1) : [];
    const hint = near === undefined ? "" : `; did you mean ${near}?`;
    return [{ path, text: `${JSON.stringify(found) ?? "nothing"}, expected one of ${options.join(", ")}${hint}` }];
  }
  if (issue.code === "invalid_type" && valueAt(value, path) === undefined) {
    return [{ path, text: `missing; expected ${issue.expected}` }];
  }
  return [{ path, text: issue.message }];
}

/** Of the forms that a value may have, the one that it comes nearest to speaks. */
function unionFaults(issue: Issue & { readonly code: "invalid_union" }, value: unknown, schema: z.ZodType): Fault[] {
  const found = valueAt(value, issue.path);
  if (found === undefined) return [{ path: issue.path, text: "missing" }];
  const forms = issue.errors.map((issues) =>
    issues.flatMap((own) => faultsOf({ ...own, path: [...issue.path, ...own.path] }, value, schema)),
  );
  const isDeep = (fault: Fault): boolean => fault.path.length > issue.path.length;
  const deep = forms.filter((faults) => faults.some(isDeep)).sort((a, b) => a.length - b.length)[0];
  if (deep !== undefined) return deep;
  return [
    {
      path: issue.path,
      text: forms
        .flat()
        .map(({ text }) => text)
        .join(", or "),
    },
  ];
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let here = value;
  for (const key of path) {
    if (typeof here !== "object" || here === null) return undefined;
    here = Reflect.get(here, key);
  }
  return here;
}

/** The settings that are known at a place of the configuration, whichever of its forms is meant. */
function knownKeys(root: z.ZodType, path: readonly PropertyKey[]): string[] {
  let here: readonly unknown[] = [root];
  for (const key of path) here = here.flatMap((schema) => children(schema, key));
  return [...new Set(here.flatMap(flatForms).flatMap((schema) => Object.keys(shapeOf(schema) ?? {})))];
}

function children(schema: unknown, key: PropertyKey): unknown[] {
  return flatForms(schema).flatMap((form) => {
    const shape = shapeOf(form);
    if (shape !== undefined) return Object.hasOwn(shape, key) ? [Reflect.get(shape, key)] : [];
    const element = inner(form, "element");
    return element === undefined ? [] : [element];
  });
}

/** A schema without what makes it optional, as the list of its alternatives. */
function flatForms(schema: unknown): unknown[] {
  const options = inner(schema, "options");
  if (Array.isArray(options)) return options.flatMap(flatForms);
  const wrapped = inner(schema, "innerType");
  return wrapped === undefined ? [schema] : flatForms(wrapped);
}

function shapeOf(schema: unknown): object | undefined {
  const shape = inner(schema, "shape");
  return typeof shape === "object" && shape !== null ? shape : undefined;
}

/** A part of a schema's definition; zod has no type that all schemas share for it. */
function inner(schema: unknown, name: string): unknown {
  const definition: unknown = typeof schema === "object" && schema !== null ? Reflect.get(schema, "def") : undefined;
  return typeof definition === "object" && definition !== null ? Reflect.get(definition, name) : undefined;
}
