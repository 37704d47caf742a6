import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { expect, test } from "vitest";
import { guardOf, saying, startUpstream } from "./fake-upstream.test-support.ts";
import { guardRoute, proxyApp, urlUpstream } from "./index.ts";

const policy = `rules:
  - { id: words, principle: no-commitments, pattern: "legally binding", stage: [input, output] }
  - { id: mail, principle: privacy, kind: pii, kinds: [email], stage: input, action: mask, restore: true }
principles: { no-commitments: { say: "No offers here." } }
`;

/** A route of somebody's own that says the text after "say:", behind the guard. */
async function appOf(seen: string[]): Promise<Hono> {
  const app = new Hono();
  app.use(async (c, next) => {
    // Somebody before the guard reads the body too.
    await c.req.json();
    await next();
  });
  app.post("/chat", guardRoute(await guardOf(policy)), async (c) => {
    const { messages, stream } = await c.req.json();
    const asked: string = messages[0].content;
    seen.push(asked);
    const text = asked.replace(/^say: /, "");
    if (stream !== true) {
      c.header("x-length-of-the-text", String(text.length));
      return c.json({ choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }] });
    }
    return streamSSE(c, async (events) => {
      for (const piece of text.match(/.{1,3}/g) ?? []) {
        await events.writeSSE({ data: JSON.stringify({ choices: [{ index: 0, delta: { content: piece } }] }) });
      }
      await events.writeSSE({ data: JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }) });
    });
  });
  return app;
}

test("a route of Hono's behind the guard: whole, streamed, masked, stopped before and after", async () => {
  const seen: string[] = [];
  const app = await appOf(seen);
  const ask = async (content: string, stream = false) => {
    const body = JSON.stringify({ stream, messages: [{ role: "user", content }] });
    const response = await app.request("/chat", { method: "POST", body });
    return { text: await response.text(), headers: response.headers };
  };
  const fine = await ask("say: a@example.org is free");
  expect(JSON.parse(fine.text).choices[0].message.content).toBe("a@example.org is free");
  expect(fine.headers.get("x-length-of-the-text")).toBeNull();
  expect((await ask("say: a fair price", true)).text).toMatch(/"content":"a f"[\s\S]*"content":"ice"/);
  const stopped = await ask("say: It is legally binding.");
  expect(stopped.text).toContain("No offers here.");
  expect(stopped.headers.get("x-precept-principle")).toBe("no-commitments");
  // The input had said it: the route was not asked.
  expect(seen).toEqual(["say: <EMAIL_1> is free", "say: a fair price"]);
});

test("what the route itself says wrong is stopped", async () => {
  const app = new Hono();
  const guard = await guardOf(policy);
  const choices = [{ index: 0, message: { role: "assistant", content: "Legal? legally binding!" } }];
  app.post("/chat", guardRoute(guard), (c) => c.json({ choices }));
  app.post("/messages", guardRoute(guard, "messages"), (c) =>
    c.json({ type: "message", role: "assistant", content: [{ type: "text", text: "legally binding" }] }),
  );
  const body = JSON.stringify({ messages: [{ role: "user", content: "hi" }] });
  for (const path of ["/chat", "/messages"]) {
    const response = await app.request(path, { method: "POST", body });
    expect(await response.text()).toContain("No offers here.");
    expect(response.headers.get("x-precept-action")).toBe("block");
  }
});

test("the whole proxy is an app of Hono's, below any path", async () => {
  const { url, seen } = await startUpstream(saying("Fine."));
  const app = new Hono().route("/ai", proxyApp(await guardOf(policy), urlUpstream(url)));
  const body = JSON.stringify({ messages: [{ role: "user", content: "hi" }] });
  const response = await app.request("/ai/v1/chat/completions", { method: "POST", body });
  expect(await response.text()).toContain("Fine.");
  expect(seen[0]?.path).toBe("/v1/chat/completions");
});
