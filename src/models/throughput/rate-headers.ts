export type HeaderMap = Readonly<Record<string, string | undefined>>;

/** One of the provider's meters: requests or tokens. */
export interface Meter {
  readonly limit: number;
  readonly remaining: number;
  /** Until the meter is full again. */
  readonly resetMs: number;
}

/** How long a 429 asks to wait: retry-after-ms, else retry-after in seconds or as a date (RFC 9110 §10.2.3). */
export function retryAfterMs(headers: HeaderMap, now = Date.now()): number | undefined {
  const milliseconds = Number(headers["retry-after-ms"]);
  if (headers["retry-after-ms"] !== undefined && Number.isFinite(milliseconds)) return Math.max(0, milliseconds);
  const text = headers["retry-after"];
  if (text === undefined || text === "") return undefined;
  const seconds = Number(text);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** x-ratelimit-{limit,remaining,reset}-{requests,tokens} (OpenAI, Groq) and anthropic-ratelimit-{requests,tokens}-…. */
export function meters(
  headers: HeaderMap,
  now = Date.now(),
): { readonly requests?: Meter | undefined; readonly tokens?: Meter | undefined } {
  const requests = meter(headers, "requests", now);
  const tokens = meter(headers, "tokens", now);
  return { requests, tokens };
}

function meter(headers: HeaderMap, what: string, now: number): Meter | undefined {
  const read = (part: string): string | undefined =>
    headers[`x-ratelimit-${part}-${what}`] ?? headers[`anthropic-ratelimit-${what}-${part}`];
  const limit = Number(read("limit"));
  const remaining = Number(read("remaining"));
  const resetMs = resetIn(read("reset"), now);
  if (!(limit > 0) || !(remaining >= 0) || resetMs === undefined) return undefined;
  return { limit, remaining, resetMs };
}

/** "1s", "6m0s", "120ms", a number of seconds, or a date. */
function resetIn(text: string | undefined, now: number): number | undefined {
  if (text === undefined || text === "") return undefined;
  const seconds = Number(text);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  if (/^(\d+(\.\d+)?(ms|h|m|s))+$/.test(text)) {
    const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
    let sum = 0;
    for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)) {
      sum += Number(amount) * (units[unit ?? ""] ?? 0);
    }
    return sum;
  }
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
