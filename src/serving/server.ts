import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { type Context, Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { z } from "zod";
import { limitBody } from "../limit-body.ts";
import { cannotListen } from "../listening.ts";
import { Admission } from "./admission.ts";
import { type Answer, answerStream, answerWhole } from "./answers.ts";
import { answerChat } from "./chat-completions.ts";
import { ApiError, asApiError, chatRequest, completionRequest, parseBody, tokenizeRequest } from "./protocol.ts";
import { loadAdapterAt, loadAdapterRequest, unloadAdapterAt, unloadAdapterRequest } from "./runtime-adapters.ts";
import type { ServedModel } from "./served-model.ts";
import { answerCompletion } from "./text-completions.ts";
import { answerTokenize } from "./tokenize.ts";

export interface ServeOptions {
  /** Default 127.0.0.1: this machine alone. */
  readonly host?: string;
  /** Default 8000; 0 takes a free one. */
  readonly port?: number;
  /** Sequences that are answered or wait at once; more are turned away with 429. Default 256. */
  readonly maxSequences?: number | undefined;
  /** How long a shutdown waits for what is being answered; milliseconds. Default 30,000. */
  readonly grace?: number;
  /** Told of failures that are the server's own. */
  readonly onFailure?: (error: unknown) => void;
}

export interface Server {
  readonly url: string;
  /** Turns new requests away, lets the running ones end within the grace, and closes the model. */
  close(): Promise<void>;
}

const BODY_BYTES = 32 * 2 ** 20;

/** The routes, without a network. */
export function serverApp(model: ServedModel, admission: Admission, onFailure: (error: unknown) => void): Hono {
  const app = new Hono();
  const started = seconds();
  const listNames = (): string[] => [model.name, ...model.adapters];
  const fail = (c: Context, error: unknown): Response => {
    const answer = asApiError(error);
    if (answer.status === 500) onFailure(error);
    return c.json(answer.body, answer.status as ContentfulStatusCode, { ...answer.headers });
  };
  app.onError((error, c) => fail(c, error));
  app.notFound((c) => fail(c, new ApiError(404, `no ${c.req.method} ${c.req.path} here`, { code: "unknown_url" })));

  app.get("/health", async (c) => {
    const occupancy = await model.occupancy();
    const status = admission.isClosed ? "stopping" : "ok";
    return c.json({ status, model: model.name, ...occupancy, limit: admission.limit }, admission.isClosed ? 503 : 200);
  });
  const describeModel = (id: string) => ({ id, object: "model", created: started, owned_by: "precept" });
  app.get("/v1/models", (c) => c.json({ object: "list", data: listNames().map(describeModel) }));
  app.get("/v1/models/:id", (c) => {
    const id = c.req.param("id");
    if (!listNames().includes(id))
      throw new ApiError(404, `no model ${id}`, { code: "model_not_found", param: "model" });
    return c.json(describeModel(id));
  });

  const onError = (c: Context): Response =>
    fail(c, new ApiError(413, `a body of more than ${BODY_BYTES / 2 ** 20} MiB`));
  const limit = limitBody(BODY_BYTES, onError);
  const post = <T>(
    path: string,
    prefix: string,
    schema: z.ZodType<T>,
    answerOf: (model: ServedModel, body: T, id: string, created: number) => Answer,
  ): void => {
    app.post(path, limit, async (c) => {
      const body = parseBody(schema, await readJson(c));
      const answer = answerOf(model, body, `${prefix}-${crypto.randomUUID().replaceAll("-", "")}`, seconds());
      const leave = admission.enter(answer.choices.length);
      const { signal } = c.req.raw;
      if (answer.isStream) {
        const headers = { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" };
        const onEnd = (error?: unknown): void => {
          leave();
          if (error !== undefined && asApiError(error).status === 500) onFailure(error);
        };
        return new Response(answerStream(answer, signal, onEnd), { headers });
      }
      try {
        return c.json(await answerWhole(answer, signal));
      } finally {
        leave();
      }
    });
    app.all(path, (c) => fail(c, new ApiError(405, `${c.req.method} ${path}: use POST`)));
  };
  app.post("/tokenize", limit, async (c) => {
    const body = parseBody(tokenizeRequest, await readJson(c));
    const leave = admission.enter(1);
    try {
      return c.json(answerTokenize(model, body));
    } finally {
      leave();
    }
  });
  if (model.loadAdapter !== undefined) {
    app.post("/v1/load_lora_adapter", limit, async (c) =>
      c.text(await loadAdapterAt(model, parseBody(loadAdapterRequest, await readJson(c)))),
    );
    app.post("/v1/unload_lora_adapter", limit, async (c) =>
      c.text(await unloadAdapterAt(model, parseBody(unloadAdapterRequest, await readJson(c)))),
    );
  }
  post("/v1/chat/completions", "chatcmpl", chatRequest, answerChat);
  post("/v1/completions", "cmpl", completionRequest, answerCompletion);
  return app;
}

/** A model's answers to requests of OpenAI's protocol, in this process and without a port. */
export function servedFetch(model: ServedModel): (request: Request) => Promise<Response> {
  const app = serverApp(model, new Admission(256), () => undefined);
  return async (request) => app.fetch(request);
}

async function readJson(c: Context): Promise<unknown> {
  try {
    return await c.req.json();
  } catch (error) {
    throw new ApiError(400, `the body is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const seconds = (): number => Math.floor(Date.now() / 1000);

/**
 * Serves a model over HTTP until `close`. @throws PreceptError input-invalid when the port is taken or not ours; the model
 * is closed then too.
 */
export async function startServer(model: ServedModel, options: ServeOptions = {}): Promise<Server> {
  const { host = "127.0.0.1", port = 8000, maxSequences = 256, grace = 30_000, onFailure = () => undefined } = options;
  const admission = new Admission(maxSequences);
  const server = createAdaptorServer({ fetch: serverApp(model, admission, onFailure).fetch });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => reject(cannotListen(host, port, cause)));
    server.listen(port, host, () => resolve());
  }).catch(async (error: unknown) => {
    await model.close();
    throw error;
  });
  const { port: own } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${own}`,
    async close() {
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, grace);
      });
      await Promise.race([admission.close(), patience]);
      clearTimeout(timer);
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      if ("closeIdleConnections" in server) server.closeIdleConnections();
      // Answers that are being written get a moment; whoever is still there then is cut off.
      const cut = setTimeout(() => "closeAllConnections" in server && server.closeAllConnections(), 500);
      await closed;
      clearTimeout(cut);
      await model.close();
    },
  };
}
