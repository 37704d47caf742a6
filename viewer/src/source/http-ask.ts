import type { Failure } from "../../../src/view/source.ts";
import type { Ask } from "./asked-source.ts";
import { listenTo } from "./events.ts";
import { SourceError } from "./source-error.ts";

/** Asks the server of `precept view`, of the page's own origin; `tell` hears whether anybody answers. */
export function askServer(token: string | null, tell: (isGone: boolean) => void): Ask {
  const request = async (address: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.body === undefined ? {} : { "content-type": "application/json" });
    if (token !== null) headers.set("x-precept-token", token);
    const answer = await fetch(`/api/${address}`, { ...init, headers }).catch((cause: unknown) => {
      tell(true);
      throw new SourceError("gone", "The viewer was closed.", { cause });
    });
    tell(false);
    if (answer.ok) return answer;
    const failure = (await answer.json().catch(() => null)) as Failure | null;
    throw new SourceError(failure?.error.code ?? "failed", failure?.error.message ?? answer.statusText);
  };
  return {
    get: async (address) => (await request(address)).json(),
    send: async (method, address, body) => (await request(address, { method, body: JSON.stringify(body) })).json(),
    download: async (address) => (await request(address)).blob(),
    listen: (address, hear) => listenTo((signal) => request(address, { signal }), hear),
  };
}
