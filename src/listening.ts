import { errnoOf, PreceptError } from "./errors.ts";

const loopback: ReadonlySet<string> = new Set(["127.0.0.1", "::1", "localhost"]);

/** Whether a server on this host is reachable from this machine alone. */
export const isLoopback = (host: string): boolean => loopback.has(host);

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program has this port",
  EACCES: "this port needs more rights",
  EADDRNOTAVAIL: "this machine has no such address",
  ENOTFOUND: "no such host",
};

/** The error of a server that could not begin to listen. */
export function cannotListen(host: string, port: number, cause: Error): PreceptError {
  return new PreceptError("input-invalid", {
    attempted: `Listening on ${host}:${port}`,
    found: reasons[errnoOf(cause) ?? ""] ?? cause.message,
    remedy: "give another --port or --host",
    cause,
  });
}
