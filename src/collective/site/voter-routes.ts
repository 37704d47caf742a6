import { createHmac, randomBytes } from "node:crypto";
import { getConnInfo } from "@hono/node-server/conninfo";
import type { Context, Hono } from "hono";
import { limitBody } from "../../limit-body.ts";
import { forgetBody, joinBody, ratifyBody, readBody, similarBody, statementBody, voteBody } from "./bodies.ts";
import { RateLimit } from "./limits.ts";
import { Refusal } from "./refusal.ts";
import type { Site } from "./site.ts";
import { textShown } from "./text-shown.ts";
import { VoterDesk } from "./voter-desk.ts";

/** The header that carries a voter's token. */
export const voterHeader = "x-precept-voter";
const small = limitBody(2 ** 16);

/** What a person may do who has a token. */
export function addVoterRoutes(app: Hono, site: Site): void {
  const desk = new VoterDesk(site);
  const { votesPerMinute, statementsPerHour, joinsPerMinute } = site.configuration.limits;
  const votes = new RateLimit(votesPerMinute, Math.max(20, votesPerMinute / 2));
  const statements = new RateLimit(statementsPerHour / 60, Math.min(5, statementsPerHour));
  // While somebody writes: the page asks once they pause.
  const looks = new RateLimit(60, 30);
  const joins = new RateLimit(joinsPerMinute, joinsPerMinute);
  const hurry = (limit: RateLimit, key: string): void => {
    const seconds = limit.take(key);
    if (seconds > 0) throw new Refusal("too-fast", String(seconds));
  };
  const voter = (c: Context): string => {
    const pseudonym = site.tokens.pseudonymOf(c.req.header(voterHeader));
    if (pseudonym === undefined) throw new Refusal("unknown-voter");
    return pseudonym;
  };

  app.post("/api/join", small, async (c) => {
    hurry(joins, blur(c));
    const { invitation } = await readBody(c, joinBody);
    return c.json({ token: desk.join(invitation) });
  });
  app.get("/api/next", (c) => {
    const participant = voter(c);
    hurry(votes, participant);
    return c.json(desk.next(participant));
  });
  app.post("/api/votes", small, async (c) => {
    const participant = voter(c);
    hurry(votes, participant);
    await desk.vote(participant, await readBody(c, voteBody));
    return c.json(desk.next(participant));
  });
  app.post("/api/statements", small, async (c) => {
    const participant = voter(c);
    const body = await readBody(c, statementBody);
    hurry(statements, participant);
    return c.json(await desk.add(participant, body));
  });
  // A post, so that no log of a proxy holds what somebody began to write.
  app.post("/api/similar", small, async (c) => {
    const participant = voter(c);
    hurry(looks, participant);
    const { text } = await readBody(c, similarBody);
    return c.json({ statements: desk.findSimilar(participant, text) });
  });
  app.get("/api/mine", (c) => c.json(desk.mine(voter(c))));
  app.post("/api/forget", small, async (c) => {
    const participant = voter(c);
    hurry(statements, participant);
    return c.json({ erased: await desk.forget(participant, await readBody(c, forgetBody)) });
  });
  app.get("/api/ballot", (c) => {
    const participant = voter(c);
    const { state, configuration } = site;
    const { when } = configuration.moderation;
    const principles = state.drafts.map(({ id, text, statements: from }) => ({
      ...{ id, text, from: from.flatMap((statement) => textShown(state, statement, when) ?? []) },
      vote: state.ballot.voteOf(participant, id) ?? null,
    }));
    return c.json({ phase: state.phase, principles });
  });
  app.post("/api/ballot", small, async (c) => {
    const participant = voter(c);
    hurry(votes, participant);
    await desk.ratify(participant, await readBody(c, ratifyBody));
    return c.json({ done: true });
  });
}

/** Of this process alone, so that not even the memory of it holds an address. */
const blurKey = randomBytes(16);

/** Where a request came from, as a name that nobody can turn back into an address. */
function blur(c: Context): string {
  let address = "";
  try {
    address = getConnInfo(c).remote.address ?? "";
  } catch {
    // Without a network, as in tests: all come from one place.
  }
  return createHmac("sha256", blurKey).update(address).digest("base64url");
}
