import { request } from "node:http";
import { expect, test } from "vitest";
import { guardOf, saying, startGuarded } from "./fake-upstream.test-support.ts";
import { type AuditLog, createGuard } from "./index.ts";

const policy = `rules: [{ id: words, principle: no-commitments, pattern: "legally binding", stage: [input, output] }]\n`;
const body = (content: string, stream = false): string =>
  JSON.stringify({ model: "fake", stream, messages: [{ role: "user", content }] });

async function post(url: string, text: string, signal?: AbortSignal): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return fetch(`${url}/chat/completions`, { method: "POST", headers, body: text, signal: signal ?? null });
}

test.each([true, false])("a client that leaves ends the model's answer too: stream %s", async (isStream) => {
  let isAsked: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    isAsked = resolve;
  });
  let isLeft: () => void = () => undefined;
  const left = new Promise<void>((resolve) => {
    isLeft = resolve;
  });
  const { url } = await startGuarded(await guardOf(policy), (_, response) => {
    response.on("close", isLeft);
    if (isStream) {
      response.setHeader("content-type", "text/event-stream");
      response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: "For ever and " } }] })}\n\n`);
    }
    isAsked();
  });
  const leaving = new AbortController();
  const answer = post(url, body("hello", isStream), leaving.signal).then((response) => response.text());
  await asked;
  leaving.abort();
  await expect(answer).rejects.toThrow();
  await left;
});

test("a body of more than 32 MiB is refused before it is read by anybody", async () => {
  const { url, seen } = await startGuarded(await guardOf(policy), saying("fine"));
  const sent = body("a".repeat(32 * 2 ** 20));
  const status = await new Promise((resolve, reject) => {
    const asked = request(`${url}/chat/completions`, { method: "POST" }, ({ statusCode }) => resolve(statusCode));
    // The rest is not taken any more once it is refused.
    asked.on("error", (error: NodeJS.ErrnoException) => (error.code === "EPIPE" ? undefined : reject(error)));
    asked.setHeader("content-length", Buffer.byteLength(sent));
    asked.end(sent);
  });
  expect(status).toBe(413);
  expect(seen).toEqual([]);
});

test("a model's answer that is not packed as it says delivers nothing", async () => {
  const { url } = await startGuarded(await guardOf(policy), (_, response) => {
    response.setHeader("content-type", "application/json");
    response.setHeader("content-encoding", "gzip");
    response.end(JSON.stringify({ choices: [{ index: 0, message: { role: "assistant", content: "plain" } }] }));
  });
  const response = await post(url, body("hello"));
  expect(response.status).toBe(502);
  const text = await response.text();
  expect(text).toContain("upstream_failed");
  expect(text).not.toContain("plain");
});

test("a request of 200,000 words is judged to its end, or refused as longer than can be checked", async () => {
  const long = `${"word ".repeat(200_000)}legally binding`;
  const checked = await startGuarded(await guardOf(`${policy}limits: { maxCharacters: 2000000 }\n`), saying("fine"));
  const judged = await post(checked.url, body(long));
  expect(judged.headers.get("x-precept-principle")).toBe("no-commitments");
  const limited = await startGuarded(await guardOf(policy), saying("fine"));
  const refused = await post(limited.url, body(long));
  expect(await refused.text()).toContain("longer than can be checked");
  expect([checked.seen, limited.seen]).toEqual([[], []]);
});

test("where the audit file cannot be written, nothing is delivered, and a stream ends with an error", async () => {
  const full = Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
  const audit: AuditLog = {
    append() {
      throw full;
    },
    close: () => undefined,
  };
  const { loaded } = await guardOf(policy);
  const { url } = await startGuarded(createGuard(loaded, { audit }), saying("Nothing is told of this."));
  for (const isStream of [false, true]) {
    const response = await post(url, body("hello", isStream));
    const text = await response.text();
    expect(text).not.toContain("Nothing is told");
    expect(text).toMatch(/guard_failed|"error"/);
  }
});
