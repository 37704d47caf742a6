import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import {
  createGuard,
  type Guard,
  type GuardObserved,
  type GuardOptions,
  parsePolicy,
  startProxy,
  urlUpstream,
} from "./index.ts";

/** What a fake model's server was sent. */
export interface Seen {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export type Reply = (seen: Seen, response: ServerResponse) => void | Promise<void>;

/** A server on loopback, closed when the test ends. */
export async function startUpstream(reply: Reply): Promise<{ readonly url: string; readonly seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const one = { path: request.url ?? "", headers: request.headers, body: Buffer.concat(parts).toString("utf8") };
    seen.push(one);
    await reply(one, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, seen };
}

/** Answers a chat with this text: whole, or in pieces of `size` characters. */
export const saying =
  (text: string, size = 3): Reply =>
  ({ body }, response) => {
    const head = { id: "chatcmpl-1", created: 1, model: "fake" };
    if (JSON.parse(body).stream !== true) {
      const message = { role: "assistant", content: text };
      const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
      const choices = [{ index: 0, message, finish_reason: "stop" }];
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ ...head, object: "chat.completion", choices, usage }));
      return;
    }
    response.setHeader("content-type", "text/event-stream");
    const send = (delta: unknown, reason: string | null): void => {
      const choices = [{ index: 0, delta, finish_reason: reason }];
      response.write(`data: ${JSON.stringify({ ...head, object: "chat.completion.chunk", choices })}\n\n`);
    };
    send({ role: "assistant", content: "" }, null);
    for (let at = 0; at < text.length; at += size) send({ content: text.slice(at, at + size) }, null);
    send({}, "stop");
    response.end("data: [DONE]\n\n");
  };

const principles = `principles:
  - { id: no-commitments, text: The assistant makes no binding offers. }
  - { id: privacy, text: The assistant keeps personal data to itself. }
`;

/** A guard over two principles, "no-commitments" and "privacy", by a policy without its first line. */
export async function guardOf(
  policy: string,
  onEvent?: (event: GuardObserved) => void,
  options: GuardOptions = {},
): Promise<Guard> {
  const { mkdtempSync, writeFileSync, rmSync } = await import("node:fs");
  const folder = mkdtempSync("/tmp/precept-guard-");
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(`${folder}/constitution.yaml`, principles);
  const loaded = await parsePolicy(`constitution: ./constitution.yaml\n${policy}`, { file: "guard.yaml", folder });
  return createGuard(loaded, { onEvent, ...options });
}

/** A guard before a fake server. */
export async function startGuarded(
  guard: Guard,
  reply: Reply,
): Promise<{ readonly url: string; readonly seen: Seen[] }> {
  const upstream = await startUpstream(reply);
  const proxy = await startProxy(guard, urlUpstream(upstream.url), { port: 0 });
  onTestFinished(() => proxy.close());
  return { url: `${proxy.url}/v1`, seen: upstream.seen };
}
