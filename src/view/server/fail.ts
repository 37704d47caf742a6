import type { Context } from "hono";
import type { Failure } from "../source.ts";

/** The answer to what cannot be done, with a sentence for people. */
export function fail(
  c: Context,
  status: 403 | 404 | 409 | 422 | 500,
  code: Failure["error"]["code"],
  message: string,
): Response {
  return c.json({ error: { code, message } } satisfies Failure, status);
}
