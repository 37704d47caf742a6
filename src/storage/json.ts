import type { z } from "zod";

/** A text's JSON; undefined where it is none. */
export function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * A text's JSON, checked against a schema. @throws what `fault` makes of one line that says what was found: "text that is
 * not JSON", or each field that is wrong.
 */
export function parseJson<S extends z.ZodType>(
  text: string,
  schema: S,
  fault: (found: string, cause: unknown) => Error,
): z.infer<S> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw fault("text that is not JSON", cause);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.map(
    ({ path, message }) => `${path.length === 0 ? "" : `${path.join(".")}: `}${message}`,
  );
  throw fault(issues.join("; "), result.error);
}

/** What JSON can hold. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/**
 * JSON with sorted keys and no spaces, so that equal values give equal bytes. Keys whose value is undefined are left
 * out, as in JSON.stringify.
 * @throws TypeError for what JSON cannot hold: NaN, infinities, functions, bigints, cycles.
 */
export function canonicalJson(value: unknown): string {
  return write(value, new Set());
}

function write(value: unknown, above: Set<object>): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError(`canonical JSON cannot hold ${value}`);
    return JSON.stringify(value);
  }
  if (typeof value !== "object") throw new TypeError(`canonical JSON cannot hold a ${typeof value}`);
  if (above.has(value)) throw new TypeError("canonical JSON cannot hold a cycle");
  above.add(value);
  const text = Array.isArray(value) ? writeArray(value, above) : writeObject(value, above);
  above.delete(value);
  return text;
}

function writeArray(items: readonly unknown[], above: Set<object>): string {
  return `[${items.map((item) => write(item ?? null, above)).join(",")}]`;
}

function writeObject(object: object, above: Set<object>): string {
  const entries = Object.entries(object)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${write(value, above)}`).join(",")}}`;
}
