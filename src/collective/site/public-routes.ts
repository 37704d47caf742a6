import type { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { configurationHash, reasonsOf } from "./configuration.ts";
import type { News } from "./live.ts";
import { moderationLog } from "./moderation-log.ts";
import { ratificationResults } from "./ratification.ts";
import { RatifiedConstitution } from "./ratified-constitution.ts";
import { ResultsAnswer } from "./results-answer.ts";
import type { Site } from "./site.ts";

/** Milliseconds without news after which something is sent all the same, so that a lost connection is noticed. */
const quiet = 20_000;

/** What everybody may read: the question, the policy, the results, the log of moderation, the news. */
export function addPublicRoutes(app: Hono, site: Site): void {
  const { configuration } = site;
  const hash = configurationHash(configuration);
  const ratified = new RatifiedConstitution();
  app.get("/api/conversation", (c) => {
    const { title, question, about = null, languages, access, moderation, smallestCell, ratifiedFrom } = configuration;
    const { phase, statements, votes, voteCount } = site.state;
    const policy = { when: moderation.when, reasons: reasonsOf(configuration) };
    const sizes = { statements: statements.size, people: votes.size, votes: voteCount };
    return c.json({
      title,
      question,
      about,
      languages,
      access,
      phase,
      policy,
      smallestCell,
      ratifiedFrom,
      sizes,
      hash,
    });
  });
  const results = new ResultsAnswer();
  app.get("/api/results", (c) => c.body(results.write(site), 200, { "content-type": "application/json" }));
  app.get("/api/ratification", (c) => {
    const { state } = site;
    // Counts show how one's neighbours vote: only once all have voted.
    const isOver = state.phase === "ratified";
    const results = ratificationResults(state, configuration);
    return c.json({ phase: state.phase, people: state.ballot.people, results: isOver ? results : null });
  });
  app.get("/api/constitution.yaml", async (c) => {
    const text = await ratified.read(site);
    if (text === undefined) return c.notFound();
    return c.body(text, 200, {
      "content-type": "application/yaml; charset=utf-8",
      "content-disposition": 'attachment; filename="constitution.yaml"',
    });
  });
  app.get("/api/moderation-log.csv", (c) =>
    c.body(moderationLog(site.state, configuration.moderation.when), 200, {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": 'attachment; filename="moderation-log.csv"',
    }),
  );
  app.get("/api/news", (c) =>
    streamSSE(c, async (stream) => {
      let wake = Promise.withResolvers<void>();
      const waiting = new Map<string, News>();
      const stop = site.live.listen((news) => {
        waiting.set(news.kind, news);
        wake.resolve();
      });
      stream.onAbort(() => {
        stop();
        wake.resolve();
      });
      while (!stream.aborted) {
        const news = [...waiting.values()];
        waiting.clear();
        wake = Promise.withResolvers();
        if (news.length === 0) await stream.writeSSE({ event: "quiet", data: "" });
        for (const one of news) await stream.writeSSE({ event: one.kind, data: JSON.stringify(one) });
        const timer = setTimeout(wake.resolve, quiet);
        await wake.promise;
        clearTimeout(timer);
        // At most twice a second, whatever happens.
        await stream.sleep(500);
      }
      stop();
    }),
  );
}
