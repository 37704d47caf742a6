/** One of the systems that `benchmarks/guard.ts` compares, in a process of its own: KIND [UPSTREAM]; prints its address. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { createGuard, parsePolicy, startProxy, urlUpstream } from "../../src/guard/index.ts";

const [kind = "", upstream = ""] = process.argv.slice(2);

/** Answers with what the last message holds in base64, so that it is no input to a guard, whole or in 60 pieces. */
function startModel(): void {
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    // Others ask what models there are before they begin.
    if (request.method !== "POST") {
      response.end(JSON.stringify({ object: "list", data: [{ id: "fake", object: "model" }] }));
      return;
    }
    const { messages, stream } = JSON.parse(Buffer.concat(parts).toString("utf8"));
    const text: string = Buffer.from(messages.at(-1).content, "base64").toString("utf8");
    const head = { id: "chatcmpl-1", created: 1, model: "fake" };
    if (stream !== true) {
      const choices = [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }];
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ ...head, object: "chat.completion", choices }));
      return;
    }
    response.setHeader("content-type", "text/event-stream");
    const send = (delta: unknown, reason: string | null): void => {
      const choices = [{ index: 0, delta, finish_reason: reason }];
      response.write(`data: ${JSON.stringify({ ...head, object: "chat.completion.chunk", choices })}\n\n`);
    };
    const size = Math.ceil(text.length / 60);
    for (let at = 0; at < text.length; at += size) send({ content: text.slice(at, at + size) }, null);
    send({}, "stop");
    response.end("data: [DONE]\n\n");
  });
  server.listen(0, "127.0.0.1", () => tellUrl(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`));
}

/** The same framework and the same client, and no check. */
function startPlain(): void {
  const app = new Hono();
  const { fetch } = urlUpstream(upstream);
  app.all("*", (c) => fetch(c.req.raw));
  const server = createAdaptorServer({ fetch: app.fetch });
  server.listen(0, "127.0.0.1", () => tellUrl(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`));
}

async function startGuard(): Promise<void> {
  const policy = `constitution: harbor
rules: [{ id: words, principle: PRINCIPLE, pattern: "legally binding|no takesies", flags: i, stage: [input, output] }]`;
  const { loadConstitution } = await import("../../src/constitution/index.ts");
  const id = (await loadConstitution("harbor")).principles[0]?.id ?? "";
  const loaded = await parsePolicy(policy.replace("PRINCIPLE", id), { file: "guard.yaml", folder: "." });
  const proxy = await startProxy(createGuard(loaded), urlUpstream(upstream), { port: 0 });
  tellUrl(`${proxy.url}/v1`);
}

function tellUrl(url: string): void {
  process.stdout.write(`${url}\n`);
  process.on("message", () => process.send?.({ bytes: process.memoryUsage().rss }));
}

if (kind === "model") startModel();
else if (kind === "plain") startPlain();
else await startGuard();
