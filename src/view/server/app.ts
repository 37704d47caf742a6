import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { etag } from "hono/etag";
import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { Conflict } from "../conflict.ts";
import { ConstitutionDesk } from "../constitution/desk.ts";
import { parseQuery, parseRange } from "../query/index.ts";
import { LeadsOutside } from "../run/inside.ts";
import { UnreadableRun } from "../run/plain-page.ts";
import { readAsset } from "./assets.ts";
import { addDeskRoutes } from "./desk-routes.ts";
import { fail } from "./fail.ts";
import { type GuardOptions, guard } from "./guard.ts";
import { addInsideRoutes, type TraceAnswer } from "./inside-routes.ts";
import { addLiveRoutes } from "./live-routes.ts";
import { NotFound } from "./open-runs.ts";
import { explain, type RunSource } from "./run-source.ts";

export interface AppOptions extends GuardOptions {
  readonly source: RunSource;
  /** Constitutions, and the one that can be saved. Default: none can. */
  readonly desk?: ConstitutionDesk | undefined;
  /** Answers which training examples shaped an answer. Default: nobody does. */
  readonly trace?: TraceAnswer | undefined;
  /** Folder of the pages' files. */
  readonly pages: string;
  /** Told of failures that are the viewer's own. */
  readonly onFailure: (error: unknown) => void;
}

/** The routes, without a network. */
export function viewerApp(options: AppOptions): Hono {
  const { source, desk = new ConstitutionDesk(), trace, pages, onFailure, ...guarded } = options;
  const app = new Hono();
  app.use(guard(guarded));
  app.onError((error, c) => {
    if (error instanceof NotFound) return fail(c, 404, "not-found", error.message);
    if (error instanceof LeadsOutside) return fail(c, 403, "forbidden", error.message);
    if (error instanceof Conflict) return fail(c, 409, "conflict", error.message);
    if (error instanceof UnreadableRun || error instanceof PreceptError) return fail(c, 422, "invalid", error.message);
    onFailure(error);
    return fail(c, 500, "failed", explain(error));
  });
  app.notFound((c) => fail(c, 404, "not-found", `Nothing at ${c.req.path}.`));

  app.use("/api/*", async (c, next) => {
    await next();
    c.res.headers.set("cache-control", "no-cache");
  });
  const whole = etag();
  const queryOf = (c: Context): string => new URL(c.req.url).search;
  /** What stands behind a prefix of the path: ids hold slashes. */
  const restOf = (c: Context, prefix: string): string => {
    const path = new URL(c.req.url).pathname;
    // Behind /api/runs/RUN: a run may be called as a route.
    const place = path.indexOf(`/${prefix}/`, path.indexOf("/", "/api/runs/".length));
    return decodePart(path.slice(place + prefix.length + 2));
  };
  const run = (c: Context): string => c.req.param("run") ?? "";

  app.get("/api/runs", whole, async (c) => c.json(await source.runs()));
  app.get("/api/runs/:run", whole, async (c) => c.json(await source.run(run(c))));
  app.get("/api/runs/:run/chains", whole, async (c) =>
    c.json(await source.chains(run(c), parseQuery(queryOf(c)), parseRange(queryOf(c)))),
  );
  app.get("/api/runs/:run/chains/*", whole, async (c) => c.json(await source.chain(run(c), restOf(c, "chains"))));
  app.get("/api/runs/:run/records/*", whole, async (c) => c.json(await source.record(run(c), restOf(c, "records"))));
  app.get("/api/runs/:run/raw/*", async (c) =>
    c.body(new Uint8Array(await source.bytes(run(c), restOf(c, "raw"))), 200, { "content-type": "application/json" }),
  );
  app.get("/api/runs/:run/lineage/*", whole, async (c) => c.json(await source.lineage(run(c), restOf(c, "lineage"))));
  const sides = (c: Context): [string, string] => [c.req.query("a") ?? "", c.req.query("b") ?? ""];
  app.get("/api/compare", whole, async (c) => c.json(await source.compare(...sides(c))));
  app.get("/api/compare/items", whole, async (c) => {
    const {
      facets: { a: _a, b: _b, ...facets },
      ...query
    } = parseQuery(queryOf(c));
    return c.json(await source.comparedItems(...sides(c), { ...query, facets }, parseRange(queryOf(c))));
  });
  app.post("/api/runs/:run/review", bodyLimit({ maxSize: 2 ** 20 }), async (c) => {
    const body = newMarksSchema.safeParse(await c.req.json().catch(() => undefined));
    if (!body.success) return fail(c, 422, "invalid", z.prettifyError(body.error));
    return c.json(await source.mark(run(c), body.data.marks));
  });

  addDeskRoutes(app, source, desk);
  addLiveRoutes(app, source);
  addInsideRoutes(app, source, trace);

  // Rooms answer what is left: /api/runs/RUN/WORD/…
  const pathOf = (c: Context): string[] => new URL(c.req.url).pathname.split("/").slice(4).map(decodePart);
  app.get("/api/runs/:run/*", async (c, next) => {
    const path = pathOf(c);
    const [, list] = /^(.+)\.ndjson$/u.exec(path.at(-1) ?? "") ?? [];
    const lines = list === undefined ? undefined : await source.lines(run(c), [...path.slice(0, -1), list], queryOf(c));
    // An id may end so, too.
    if (lines === undefined) return next();
    return c.body(ReadableStream.from(lines), 200, { "content-type": "application/x-ndjson" });
  });
  app.get("/api/runs/:run/*", whole, async (c) => c.json(await source.answer(run(c), pathOf(c), queryOf(c))));

  app.get("*", async (c) => {
    const asset = await readAsset(pages, c.req.path);
    if (asset === undefined) throw new NotFound(`Nothing at ${c.req.path}.`);
    return c.body(asset.bytes, 200, { "content-type": asset.type, "cache-control": asset.caching });
  });
  return app;
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new NotFound(`Nothing is called ${part}.`);
  }
}

const newMarksSchema = z.object({
  marks: z
    .array(z.object({ id: z.string().min(1), mark: z.enum(["drop", "keep"]).nullable(), note: z.string().nullable() }))
    .min(1)
    .max(1000),
});
