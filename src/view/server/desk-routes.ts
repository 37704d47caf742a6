import type { Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { z } from "zod";
import type { ConstitutionDesk } from "../constitution/desk.ts";
import { Labels } from "../labels/labels.ts";
import type { OpenRun } from "../run/open-run.ts";
import type { LabelAgreement, LabelSheet } from "../source-desk.ts";
import { fail } from "./fail.ts";
import { NotFound } from "./open-runs.ts";
import type { RunSource } from "./run-source.ts";

/** Of a constitution, JSON's escapes included. */
const longest = { maxSize: 8 * 2 ** 20 };
const checkSchema = z.object({ run: z.string(), text: z.string(), add: z.string().max(2000).optional() });
const savedSchema = z.object({ run: z.string(), text: z.string(), before: z.string() });

/** Routes of the rooms in which people write. */
export function addDeskRoutes(app: Hono, source: RunSource, desk: ConstitutionDesk): void {
  addLabelRoutes(app, source);
  app.get("/api/runs/:run/constitution", async (c) => {
    const name = c.req.param("run");
    const page = await source.use(name, (run) => desk.page(run));
    if (page === undefined) throw new NotFound(`${name} keeps no constitution.`);
    return c.json(page);
  });
  app.post("/api/constitution/check", bodyLimit(longest), async (c) => {
    const body = await readBody(c, checkSchema);
    if (body instanceof z.ZodError) return fail(c, 422, "invalid", z.prettifyError(body));
    return c.json(await source.use(body.run, (run) => desk.check(run, body.text, body.add)));
  });
  app.put("/api/constitution", bodyLimit(longest), async (c) => {
    const body = await readBody(c, savedSchema);
    if (body instanceof z.ZodError) return fail(c, 422, "invalid", z.prettifyError(body));
    return c.json(await source.use(body.run, (run) => desk.save(run, body.text, body.before)));
  });
}

/** Labels of people on a run's answers. */
function addLabelRoutes(app: Hono, source: RunSource): void {
  const opened = new WeakMap<OpenRun, Labels>();
  const use = async <T>(c: Context, read: (labels: Labels) => Promise<T>): Promise<T> =>
    source.use(c.req.param("run") ?? "", (run) => {
      const labels = opened.get(run) ?? new Labels(run);
      opened.set(run, labels);
      return read(labels);
    });
  const noTask = (): never => {
    throw new NotFound("This run has nothing of this kind to label.");
  };
  app.get("/api/runs/:run/labels", async (c) => c.json(await use(c, (labels) => labels.list())));
  for (const [word, read] of [
    ["labels", "open"],
    ["labelled", "compare"],
  ] as const) {
    app.get(`/api/runs/:run/${word}/:task`, async (c) => {
      const sheet = sheetSchema.safeParse({ ...c.req.query(), task: c.req.param("task") });
      if (!sheet.success) return fail(c, 422, "invalid", z.prettifyError(sheet.error));
      return c.json(
        (await use(c, (labels): Promise<LabelSheet | LabelAgreement | undefined> => labels[read](sheet.data))) ??
          noTask(),
      );
    });
  }
  app.post("/api/runs/:run/labels", bodyLimit({ maxSize: 2 ** 16 }), async (c) => {
    const body = await readBody(c, labelSchema);
    if (body instanceof z.ZodError) return fail(c, 422, "invalid", z.prettifyError(body));
    const { id, label, ...sheet } = body;
    return c.json((await use(c, (labels) => labels.give(sheet, id, label))) ?? noTask());
  });
}

/** Items of a sheet are read at once. */
const mostItems = 500;
const sheetSchema = z.object({
  task: z.string().min(1),
  n: z.coerce.number().int().min(1).max(mostItems).default(50),
  seed: z.coerce.number().int().min(0).default(1),
});
const labelSchema = sheetSchema.extend({ id: z.string().min(1), label: z.string().min(1).nullable() });

async function readBody<T>(c: Context, schema: z.ZodType<T>): Promise<T | z.ZodError> {
  const parsed = schema.safeParse(await c.req.json().catch(() => undefined));
  return parsed.success ? parsed.data : parsed.error;
}
