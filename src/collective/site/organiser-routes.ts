import type { Hono } from "hono";
import { limitBody } from "../../limit-body.ts";
import { draftsBody, inviteBody, moderateBody, phaseBody, readBody } from "./bodies.ts";
import { OrganiserDesk } from "./organiser-desk.ts";
import { ratificationResults } from "./ratification.ts";
import { Refusal } from "./refusal.ts";
import type { Site } from "./site.ts";

/** The header that carries the organiser's token. */
export const organiserHeader = "x-precept-organiser";

/** What an organiser may do: everything under /api/organiser. */
export function addOrganiserRoutes(app: Hono, site: Site): void {
  const desk = new OrganiserDesk(site);
  app.use("/api/organiser/*", async (c, next) => {
    if (!site.tokens.isOrganiser(c.req.header(organiserHeader))) throw new Refusal("not-organiser");
    await next();
  });
  app.use("/api/organiser/*", limitBody(2 ** 20));
  app.get("/api/organiser/overview", (c) => c.json(desk.overview()));
  app.post("/api/organiser/moderate", async (c) => {
    await desk.moderate(await readBody(c, moderateBody));
    return c.json({ done: true });
  });
  app.post("/api/organiser/phase", async (c) => {
    const { phase, key } = await readBody(c, phaseBody);
    await desk.move(phase, key);
    return c.json({ phase: site.state.phase });
  });
  app.post("/api/organiser/drafts", async (c) => {
    const { drafts, key } = await readBody(c, draftsBody);
    await desk.draft(drafts, key);
    return c.json({ drafts: site.state.drafts.length });
  });
  app.post("/api/organiser/invitations", async (c) => c.json({ codes: desk.invite(await readBody(c, inviteBody)) }));
  app.get("/api/organiser/ratification", (c) =>
    c.json({ drafts: site.state.drafts, results: ratificationResults(site.state, site.configuration) }),
  );
}
