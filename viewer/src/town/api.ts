/** Why the site did not do something: the words of its refusals, "not-kept" for its own failures, "offline" for no answer. */
export class SiteError extends Error {
  readonly code: string;
  readonly detail: string;

  constructor(code: string, detail = "") {
    super(code);
    this.code = code;
    this.detail = detail;
  }
}

/** Where tokens are kept, by address: a phone that comes back is the same voter. */
const places = { voter: "precept-voter", organiser: "precept-organiser" } as const;
type Role = keyof typeof places;

export const tokenOf = (role: Role): string | null => localStorage.getItem(places[role]);
export const keepToken = (role: Role, token: string): void => localStorage.setItem(places[role], token);
export const dropToken = (role: Role): void => localStorage.removeItem(places[role]);

/** Names one deed: posted twice, it counts once. */
export const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(12)), (it) => it.toString(16).padStart(2, "0")).join("");

const tries = 4;

/** Asks the site; a post that got no answer is sent again, under the same key. @throws SiteError */
export async function ask<T>(path: string, body?: unknown): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await askOnce<T>(path, body);
    } catch (error) {
      const isLost = error instanceof SiteError && (error.code === "offline" || error.code === "not-kept");
      if (!isLost || tried === tries) throw error;
      await new Promise((resolve) => setTimeout(resolve, 400 * 2 ** tried));
    }
  }
}

async function askOnce<T>(path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = body === undefined ? {} : { "content-type": "application/json" };
  const role: Role = path.startsWith("organiser/") ? "organiser" : "voter";
  const token = tokenOf(role);
  if (token !== null) headers[`x-precept-${role}`] = token;
  const init: RequestInit = { headers, method: body === undefined ? "GET" : "POST" };
  if (body !== undefined) init.body = JSON.stringify(body);
  let response: Response;
  try {
    response = await fetch(`/api/${path}`, init);
  } catch {
    throw new SiteError("offline");
  }
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok) return answer as T;
  const error = (answer as { error?: { code?: string; detail?: string } } | undefined)?.error;
  throw new SiteError(error?.code ?? "not-kept", error?.detail);
}
