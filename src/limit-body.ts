import type { Context, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";

/**
 * Refuses bodies of more than so many bytes, with status 413. Hono's own limit looks at the body first, which makes the server build a whole
 * web request; where a length is declared, which Node holds the sender to, the header is enough.
 */
export function limitBody(maxSize: number, onError?: (c: Context) => Response): MiddlewareHandler {
  const counted = bodyLimit(onError === undefined ? { maxSize } : { maxSize, onError });
  return (c, next) => {
    const length = c.req.header("content-length");
    const isDeclared = length !== undefined && c.req.header("transfer-encoding") === undefined;
    return isDeclared && Number(length) <= maxSize ? next() : counted(c, next);
  };
}
