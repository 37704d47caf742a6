import { Hono } from "hono";
import { etag } from "hono/etag";
import { PreceptError } from "../../errors.ts";
import { contentPolicy, trustedTypes } from "../../report/index.ts";
import { addOrganiserRoutes } from "./organiser-routes.ts";
import { readPage } from "./pages.ts";
import { addPublicRoutes } from "./public-routes.ts";
import { Refusal } from "./refusal.ts";
import type { Site } from "./site.ts";
import { addVoterRoutes } from "./voter-routes.ts";

const policy = contentPolicy({
  ...{ "script-src": "'self'", "style-src": "'self'", "font-src": "'self'", "img-src": "'self' data:" },
  ...{ "connect-src": "'self'", "frame-ancestors": "'none'", ...trustedTypes },
});

/** The routes of a conversation, without a network. @param pages folder of the pages' files. */
export function siteApp(site: Site, pages: string): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    // Tokens stand in headers and never in cookies, so another page can do nothing in somebody's name; it shall not try either.
    if (c.req.path.startsWith("/api/") && c.req.header("sec-fetch-site") === "cross-site")
      c.res = c.json({ error: { code: "not-understood", detail: "another page may not ask here" } }, 403);
    else await next();
    const { headers } = c.res;
    headers.set("content-security-policy", policy);
    headers.set("x-content-type-options", "nosniff");
    headers.set("referrer-policy", "no-referrer");
    headers.set("cross-origin-opener-policy", "same-origin");
    headers.set("cross-origin-resource-policy", "same-origin");
    if (c.req.path.startsWith("/api/")) headers.set("cache-control", "no-store");
  });
  app.onError((error, c) => {
    if (error instanceof Refusal) {
      const { code, detail, status } = error;
      if (code === "too-fast") c.header("retry-after", detail);
      return c.json({ error: { code, detail } }, status);
    }
    site.onFailure(error);
    const status = error instanceof PreceptError && error.code === "disk" ? 507 : 503;
    return c.json({ error: { code: "not-kept", detail: error.message } }, status);
  });
  app.notFound((c) => c.json({ error: { code: "not-understood", detail: c.req.path } }, 404));
  addPublicRoutes(app, site);
  addVoterRoutes(app, site);
  addOrganiserRoutes(app, site);
  app.get("*", etag(), async (c, next) => {
    const page = await readPage(pages, c.req.path);
    if (page === undefined) return next();
    return c.body(page.bytes, 200, { "content-type": page.type, "cache-control": page.caching });
  });
  return app;
}
