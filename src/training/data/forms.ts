import { z } from "zod";
import { type Columns, isAbsent, refuseUnknownKeys } from "./columns.ts";

/** Says what is wrong with a key of a row. */
export type Refuse = (key: string, message: string) => never;

/** One form that rows have: the keys that are read, and what they become. */
export interface Form<T> {
  readonly keys: readonly string[];
  readonly schema: z.ZodType<T>;
}

/** A form by the schema of its keys. */
export function form<S extends z.ZodObject, T>(object: S, read: (row: z.output<S>, refuse: Refuse) => T): Form<T> {
  const schema = object.transform((row, context) => {
    const refuse: Refuse = (key, message) => {
      context.addIssue({ code: "custom", path: [key], message });
      throw new Refusal();
    };
    try {
      return read(row, refuse);
    } catch (error) {
      if (error instanceof Refusal) return z.NEVER;
      throw error;
    }
  });
  return { keys: Object.keys(object.shape), schema };
}

class Refusal extends Error {}

/**
 * Rows of one of several forms. The first form whose name is a key of the row decides, so that a fault is told of the form that
 * was meant; every key is read, known to change nothing, or a fault.
 */
export function rowOf<T>(forms: Readonly<Record<string, Form<T>>>): z.ZodType<T> {
  const names = Object.keys(forms);
  const expected = `expected a row with ${names.map((name) => `"${name}"`).join(" or ")}`;
  return z.record(z.string(), z.unknown(), "expected a JSON object").transform((row, context) => {
    const name = names.find((known) => !isAbsent(row[known])) ?? names.find((known) => Object.hasOwn(row, known));
    const chosen = name === undefined ? undefined : forms[name];
    if (name === undefined || chosen === undefined) {
      context.addIssue({ code: "custom", message: `${expected}, found ${Object.keys(row).join(", ") || "nothing"}` });
      return z.NEVER;
    }
    refuseUnknownKeys(row, chosen.keys, context);
    const present: Columns = Object.fromEntries(
      Object.entries(row).filter(([key, value]) => key === name || !isAbsent(value)),
    );
    const parsed = chosen.schema.safeParse(present);
    if (parsed.success) return parsed.data;
    for (const { path, message } of parsed.error.issues) context.addIssue({ code: "custom", path: [...path], message });
    return z.NEVER;
  });
}
