import type { Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { z } from "zod";
import type { ConstitutionDesk } from "../constitution/desk.ts";
import { fail } from "./fail.ts";
import { NotFound, type RunSource } from "./run-source.ts";

/** Of a constitution, JSON's escapes included. */
const longest = { maxSize: 8 * 2 ** 20 };
const checkSchema = z.object({ run: z.string(), text: z.string(), add: z.string().max(2000).optional() });
const savedSchema = z.object({ text: z.string(), before: z.string() });

/** Routes of the rooms in which people write. */
export function addDeskRoutes(app: Hono, source: RunSource, desk: ConstitutionDesk): void {
  app.get("/api/runs/:run/constitution", async (c) => {
    const name = c.req.param("run");
    const page = await desk.page(await source.open(name));
    if (page === undefined) throw new NotFound(`${name} keeps no constitution.`);
    return c.json(page);
  });
  app.post("/api/constitution/check", bodyLimit(longest), async (c) => {
    const body = await readBody(c, checkSchema);
    if (body instanceof z.ZodError) return fail(c, 422, "invalid", z.prettifyError(body));
    return c.json(await desk.check(await source.open(body.run), body.text, body.add));
  });
  app.put("/api/constitution", bodyLimit(longest), async (c) => {
    const body = await readBody(c, savedSchema);
    if (body instanceof z.ZodError) return fail(c, 422, "invalid", z.prettifyError(body));
    return c.json(await desk.save(body.text, body.before));
  });
}

async function readBody<T>(c: Context, schema: z.ZodType<T>): Promise<T | z.ZodError> {
  const parsed = schema.safeParse(await c.req.json().catch(() => undefined));
  return parsed.success ? parsed.data : parsed.error;
}
