import { expect, test } from "vitest";
import { type Script, scriptedModel } from "../models/index.ts";
import { guardOf } from "./fake-upstream.test-support.ts";
import { createGuard } from "./index.ts";

const unsure = `rules: [{ id: offers, principle: no-commitments, pattern: "offer", score: 0.3 }]
principles: { no-commitments: { say: "No offers here." } }
checks: { critic: { model: "openai:stands-for-the-script" } }
`;

/** What a guard delivers of this answer, with a critic that follows a script. */
async function deliver(policy: string, answer: string, generate: NonNullable<Script["generate"]>) {
  const critic = scriptedModel({ generate });
  const guard = createGuard((await guardOf(policy)).loaded, { critic });
  const text = guard.begin({ turns: [{ role: "user", text: "hi" }] }).open("output", true);
  const early = await text.push(answer);
  const { pieces, verdict } = await text.end();
  return {
    said: verdict.say ?? [...early, ...pieces].map((piece) => piece.text).join(""),
    verdict,
    calls: critic.calls.length,
  };
}
const breaks = () => "It makes an offer.\n\nFinding: breaks";
const keeps = () => "Nothing to object to.\n\nFinding: keeps";

test("the critic is asked in the unsure band only, and its word decides", async () => {
  expect(await deliver(unsure, "We open at ten.", breaks)).toMatchObject({ said: "We open at ten.", calls: 0 });
  expect(await deliver(unsure, "My offer stands.", breaks)).toMatchObject({ said: "No offers here.", calls: 1 });
  expect(await deliver(unsure, "An offer of help.", keeps)).toMatchObject({ said: "An offer of help.", calls: 1 });
  const always = `checks: { critic: { model: "openai:x", when: always } }\n`;
  const { verdict, calls } = await deliver(always, "Anything.", breaks);
  expect([verdict.action, verdict.findings.map(({ principleId }) => principleId), calls]).toEqual([
    "block",
    ["no-commitments", "privacy"],
    2,
  ]);
});

test("a critic that fails, dithers or is over its limit is open or closed, as the policy says", async () => {
  const fail = () => {
    throw new Error("down");
  };
  expect((await deliver(unsure, "My offer.", fail)).verdict).toMatchObject({
    action: "observe",
    status: "failed-open",
  });
  const closed = `failure: { critic: closed }\n${unsure}`;
  expect(await deliver(closed, "My offer.", fail)).toMatchObject({
    said: "No offers here.",
    verdict: { status: "failed-closed" },
  });
  expect((await deliver(unsure, "My offer.", () => "I cannot say.")).verdict).toMatchObject({
    action: "observe",
    status: "failed-open",
  });
  expect(await deliver(closed, "My offer.", () => "I cannot say.")).toMatchObject({ said: "No offers here." });
  const limited = `limits: { criticCallsPerMinute: 1 }\nchecks: { critic: { model: "openai:x", when: always } }\n`;
  expect((await deliver(limited, "Anything.", keeps)).verdict.status).toBe("failed-open");
});

test("revise rewrites under the principle, checks again, and blocks where that fails", async () => {
  const revise = unsure
    .replace('say: "No offers here."', 'mode: revise, say: "No offers here."')
    .replace("score: 0.3", "score: 1");
  const isRevision = (request: { prompt: unknown }) => JSON.stringify(request.prompt).includes("Reply with the text");
  const good = await deliver(revise, "My offer: 1 euro.", (request) =>
    isRevision(request) ? "The price is listed." : breaks(),
  );
  expect(good).toMatchObject({
    said: "The price is listed.",
    verdict: { action: "revise", principleId: "no-commitments" },
    calls: 2,
  });
  const again = await deliver(revise, "My offer: 1 euro.", (request) =>
    isRevision(request) ? "My offer: 2 euros." : breaks(),
  );
  expect(again).toMatchObject({ said: "No offers here.", verdict: { action: "block" } });
  const meta = await deliver(revise, "My offer.", (request) =>
    isRevision(request) ? "Here is a revised response: fine." : breaks(),
  );
  expect(meta).toMatchObject({ said: "No offers here." });
});

test("route lets another model answer, and says its own words where that fails or breaks a rule as well", async () => {
  const policy = `mode: route\nroute: { to: "openai:stands-for-the-script", or: "A colleague will answer." }
rules: [{ id: offers, principle: no-commitments, pattern: "offer" }]\n`;
  const { loaded } = await guardOf(policy);
  const deliverBy = async (generate: NonNullable<Script["generate"]>) => {
    const text = createGuard(loaded, { router: scriptedModel({ generate }) })
      .begin({ turns: [{ role: "user", text: "hi" }] })
      .open("output", true);
    await text.push("My offer stands.");
    return (await text.end()).verdict;
  };
  const route = { action: "route", principleId: "no-commitments" };
  expect(await deliverBy(() => "Prices are listed.")).toMatchObject({
    ...route,
    say: "Prices are listed.",
    status: "checked",
  });
  expect(await deliverBy(() => "Another offer.")).toMatchObject({
    ...route,
    say: "A colleague will answer.",
    status: "checked",
  });
  const down = () => {
    throw new Error("down");
  };
  expect(await deliverBy(down)).toMatchObject({ ...route, say: "A colleague will answer.", status: "failed-closed" });
});
