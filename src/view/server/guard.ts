import { createHash, timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { contentPolicy, trustedTypes } from "../../report/index.ts";
import type { Failure } from "../source.ts";

/** The header that carries the token; no cookie does, so that no other page can send it. */
export const tokenHeader = "x-precept-token";

const policy = contentPolicy({
  ...{ "script-src": "'self'", "style-src": "'self'", "font-src": "'self'", "img-src": "'self' data:" },
  ...{ "connect-src": "'self'", "frame-ancestors": "'none'", ...trustedTypes },
});

export interface GuardOptions {
  readonly token: string;
  /** Names of hosts besides this machine's own, as `--allow-host` gives them. */
  readonly hosts: readonly string[];
}

const own: readonly string[] = ["localhost", "127.0.0.1", "::1"];

/**
 * Turns away what does not come from the page that was opened: a foreign Host is DNS rebinding, a foreign Origin or fetch site another
 * page, a request for data without the token another user of the machine. Before any routing.
 */
export function guard({ token, hosts }: GuardOptions): MiddlewareHandler {
  const known = new Set([...own, ...hosts.map((host) => host.toLowerCase())]);
  return async (c, next) => {
    const why =
      refusalOf(c.req.raw.headers, known, c.req.path) ??
      (isData(c.req.path) ? refusalOfToken(c.req.header(tokenHeader), token) : undefined);
    if (why === undefined) await next();
    else c.res = Response.json({ error: { code: "forbidden", message: why } } satisfies Failure, { status: 403 });
    c.res.headers.set("content-security-policy", policy);
    c.res.headers.set("x-content-type-options", "nosniff");
    c.res.headers.set("referrer-policy", "no-referrer");
    c.res.headers.set("cross-origin-opener-policy", "same-origin");
    c.res.headers.set("cross-origin-resource-policy", "same-origin");
  };
}

const isData = (path: string): boolean => path === "/api" || path.startsWith("/api/");

/** Somebody goes to the page itself, as from the file that opens it: nothing is asked, and nobody else sees what comes. */
function isVisit(headers: Headers, path: string): boolean {
  return path === "/" && headers.get("sec-fetch-mode") === "navigate" && headers.get("sec-fetch-dest") === "document";
}

function refusalOf(headers: Headers, known: ReadonlySet<string>, path: string): string | undefined {
  if (!known.has(hostNameOf(`http://${headers.get("host") ?? ""}`))) {
    return "This host is not known here. `precept view --allow-host NAME` lets it in.";
  }
  const origin = headers.get("origin");
  if (origin !== null && !known.has(hostNameOf(origin))) return "Another page may not ask here.";
  const site = headers.get("sec-fetch-site");
  const isOwn = site === null || site === "same-origin" || site === "none";
  if (!isOwn && !isVisit(headers, path)) return "Another page may not ask here.";
  return undefined;
}

function refusalOfToken(sent: string | undefined, token: string): string | undefined {
  return sent !== undefined && isSame(sent, token) ? undefined : "Open the link that `precept view` printed.";
}

/** Without the port, any of which a tunnel may take; "" for what is no address. */
function hostNameOf(address: string): string {
  return URL.canParse(address) ? new URL(address).hostname.replace(/^\[|\]$/gu, "").toLowerCase() : "";
}

/** In a time that does not tell how much of it fits; the hashes are equally long whatever was sent. */
function isSame(sent: string, token: string): boolean {
  const [a, b] = [sent, token].map((text) => createHash("sha256").update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}
