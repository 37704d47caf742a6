import { PreceptError } from "../../errors.ts";

/** Whoever answers behind a guard. */
export interface Upstream {
  /** As audit lines call it. */
  readonly name: string;
  /** Sends a request on; its path holds /v1. @throws PreceptError upstream-failed when there is no answer. */
  fetch(request: Request): Promise<Response>;
}

/** What is said to one server and not to the next (RFC 9110 §7.6.1), and what the guard sets itself. */
const ownHeaders =
  /^(?:connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|host|content-length|accept-encoding|expect|x-precept-.*)$/i;

/**
 * A server that speaks OpenAI's or Anthropic's protocol; `url` stands for its /v1. With a key, that is sent in place of the client's;
 * it is read by the caller and kept nowhere else.
 */
export function urlUpstream(url: string, key?: string): Upstream {
  const base = parseUrl(url);
  return {
    name: `${base.origin}${base.pathname}`,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const target = `${base.origin}${base.pathname.replace(/\/$/, "")}${pathname.replace(/^.*?\/v1(?=\/|$)/, "")}${search}`;
      const headers = new Headers([...request.headers].filter(([name]) => !ownHeaders.test(name)));
      if (key !== undefined) {
        const isAnthropic = /\/v1\/messages(?:\/|$)/.test(pathname);
        headers.delete("authorization");
        headers.delete("x-api-key");
        headers.set(isAnthropic ? "x-api-key" : "authorization", isAnthropic ? key : `Bearer ${key}`);
      }
      const body = request.method === "GET" || request.method === "HEAD" ? null : await request.text();
      try {
        return await fetch(target, {
          method: request.method,
          headers,
          body,
          signal: request.signal,
          redirect: "manual",
        });
      } catch (cause) {
        throw upstreamFailed(`${base.origin}${base.pathname}`, cause);
      }
    },
  };
}

/** A whole answer as text. @throws PreceptError upstream-failed where it breaks off, or is not packed as it says. */
export async function readAnswer({ name }: Upstream, answer: Response): Promise<string> {
  try {
    return await answer.text();
  } catch (cause) {
    throw upstreamFailed(name, cause);
  }
}

/** The error of a server that gave no usable answer. */
export function upstreamFailed(name: string, cause: unknown, found = reasonOf(cause)): PreceptError {
  const remedy = "is it running, and is the address right?";
  return new PreceptError("upstream-failed", { attempted: `Asking ${name}`, found, remedy, cause });
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

function parseUrl(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed !== undefined && /^https?:$/.test(parsed.protocol) && parsed.username === "") return parsed;
  throw new PreceptError("usage", {
    attempted: "Reading --upstream",
    found: parsed === undefined || parsed.username === "" ? url : "an address with a user's name in it",
    expected: "the address of a server with its version, without user and password",
    remedy: "--upstream http://localhost:8000/v1",
  });
}
