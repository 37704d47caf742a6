import type { MiddlewareHandler } from "hono";
import type { Guard } from "../guard.ts";
import { answerMessages } from "./anthropic.ts";
import { answerChat } from "./openai.ts";
import { answerResponses } from "./responses.ts";
import type { Upstream } from "./upstream.ts";

const protocols = { chat: answerChat, messages: answerMessages, responses: answerResponses } as const;

/**
 * The guard as a middleware of Hono, around a route that answers itself: `app.post("/v1/chat/completions", guardRoute(guard), handler)`.
 * The handler reads the request with what is masked taken out, and is not called where the input is stopped. `protocol`: OpenAI's
 * chat completions or responses, or Anthropic's messages.
 */
export function guardRoute(guard: Guard, protocol: keyof typeof protocols = "chat"): MiddlewareHandler {
  return async (context, next) => {
    const { req } = context;
    const upstream: Upstream = {
      name: req.path,
      async fetch(request) {
        // What was read before the guard is not what the handler is to read.
        req.bodyCache = {};
        req.raw = request;
        await next();
        return context.res;
      },
    };
    const { method, signal, headers } = req.raw;
    const given = new Request(req.url, { method, headers, signal, body: await req.text() });
    const answer = await protocols[protocol](guard, upstream, given);
    // Headers of the handler's answer belong to another text.
    context.res = undefined;
    context.res = answer;
  };
}
