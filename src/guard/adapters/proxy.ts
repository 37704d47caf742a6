import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { PreceptError } from "../../errors.ts";
import { limitBody } from "../../limit-body.ts";
import { cannotListen } from "../../listening.ts";
import type { Guard } from "../guard.ts";
import { answerMessages } from "./anthropic.ts";
import { errorResponse } from "./http.ts";
import { answerChat } from "./openai.ts";
import { answerResponses } from "./responses.ts";
import type { Upstream } from "./upstream.ts";

export interface ProxyOptions {
  /** Default 127.0.0.1: this machine alone. */
  readonly host?: string | undefined;
  /** Default 8080; 0 takes a free one. */
  readonly port?: number | undefined;
  /** Told of failures that are the guard's own. */
  readonly onFailure?: ((error: unknown) => void) | undefined;
}

/** A guard in front of a model's server. */
export interface GuardProxy {
  readonly url: string;
  close(): Promise<void>;
}

const BODY_BYTES = 32 * 2 ** 20;

/** The routes, without a network. What a guard does not know it does not let through, unless it only observes. */
export function proxyApp(
  guard: Guard,
  upstream: Upstream,
  onFailure: (error: unknown) => void = () => undefined,
): Hono {
  const app = new Hono();
  app.onError((error) => {
    if (error instanceof PreceptError && error.code === "upstream-failed")
      return errorResponse(502, "upstream_failed", error.message);
    onFailure(error);
    return errorResponse(500, "guard_failed", "the guard failed, and delivers nothing that it has not checked");
  });
  app.get("/health", (c) => c.json({ status: "ok", constitution: guard.constitutionHash, policy: guard.policyHash }));
  const forward = (request: Request): Promise<Response> => upstream.fetch(request);
  app.get("/v1/models", (c) => forward(c.req.raw));
  app.get("/v1/models/*", (c) => forward(c.req.raw));
  const onError = () => errorResponse(413, "request_too_large", `a body of more than ${BODY_BYTES / 2 ** 20} MiB`);
  const limit = limitBody(BODY_BYTES, onError);
  app.post("/v1/chat/completions", limit, (c) => answerChat(guard, upstream, c.req.raw));
  app.post("/v1/messages", limit, (c) => answerMessages(guard, upstream, c.req.raw));
  app.post("/v1/responses", limit, (c) => answerResponses(guard, upstream, c.req.raw));
  app.notFound((c) => {
    if (!guard.isActing && c.req.path.startsWith("/v1/")) return forward(c.req.raw);
    return errorResponse(
      501,
      "not_guarded",
      `${c.req.method} ${c.req.path} is not known to the guard, so nothing is let through`,
    );
  });
  return app;
}

/** Listens until `close`. @throws PreceptError input-invalid when the port is taken or not ours. */
export async function startProxy(guard: Guard, upstream: Upstream, options: ProxyOptions = {}): Promise<GuardProxy> {
  const { host = "127.0.0.1", port = 8080, onFailure } = options;
  const server = createAdaptorServer({ fetch: proxyApp(guard, upstream, onFailure).fetch });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => reject(cannotListen(host, port, cause)));
    server.listen(port, host, () => resolve());
  });
  const { port: own } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${own}`,
    async close() {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      if ("closeIdleConnections" in server) server.closeIdleConnections();
      const cut = setTimeout(() => "closeAllConnections" in server && server.closeAllConnections(), 500);
      await closed;
      clearTimeout(cut);
    },
  };
}
