export type HeaderMap = Readonly<Record<string, string | undefined>>;

/** One of the provider's meters: requests or tokens. */
export interface Meter {
  readonly limit: number;
  readonly remaining: number;
  /** Until the meter is full again. */
  readonly resetMs: number;
}

/** No header makes anything wait longer, whatever it says. */
export const longestWaitMs = 24 * 3_600_000;

/** How long a 429 asks to wait: retry-after-ms, else retry-after (RFC 9110 §10.2.3), as `readWait` reads them. */
export function retryAfterMs(headers: HeaderMap, now = Date.now()): number | undefined {
  return readWait(headers["retry-after-ms"], now, 1) ?? readWait(headers["retry-after"], now);
}

/**
 * x-ratelimit-{limit,remaining,reset}-{requests,tokens} (OpenAI, Groq), anthropic-ratelimit-{requests,tokens}-…, and the ones
 * that name no kind (OpenRouter, GitHub), which count requests.
 */
export function meters(
  headers: HeaderMap,
  now = Date.now(),
): { readonly requests?: Meter | undefined; readonly tokens?: Meter | undefined } {
  const requests = meter(headers, "requests", now);
  const tokens = meter(headers, "tokens", now);
  return { requests, tokens };
}

function meter(headers: HeaderMap, what: "requests" | "tokens", now: number): Meter | undefined {
  const read = (part: string): string | undefined =>
    headers[`x-ratelimit-${part}-${what}`] ??
    headers[`anthropic-ratelimit-${what}-${part}`] ??
    (what === "requests" ? (headers[`x-ratelimit-${part}`] ?? headers[`ratelimit-${part}`]) : undefined);
  const limit = Number(read("limit"));
  const remaining = Number(read("remaining") || Number.NaN);
  const resetMs = readWait(read("reset"), now);
  if (!(limit > 0) || !(remaining >= 0) || resetMs === undefined) return undefined;
  return { limit, remaining, resetMs };
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const duration = /(\d+(?:\.\d+)?)\s*(milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|h|days?|d)/giu;

/**
 * Milliseconds to wait: "1.5" in units of `unitMs`, "120ms", "1m30s", "PT1M30S", an HTTP or ISO date, or a moment as the
 * seconds, milli-, micro- or nanoseconds since 1970, which no wait is long enough to be taken for. What has passed is 0, and
 * nothing is more than `longestWaitMs`. Undefined for what is none of these.
 */
export function readWait(text: string | undefined, now: number, unitMs = 1000): number | undefined {
  const said = text?.trim() ?? "";
  const wait = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/iu.test(said)
    ? waitOfNumber(Number(said), now, unitMs)
    : (waitOfDuration(said) ?? waitOfDate(said, now));
  return wait === undefined ? undefined : Math.min(longestWaitMs, Math.max(0, wait));
}

function waitOfNumber(value: number, now: number, unitMs: number): number {
  const momentMs = [1e18, 1e15, 1e12, 1e9].findIndex((least) => value >= least);
  if (momentMs < 0) return value * unitMs;
  return value * ([1e-6, 1e-3, 1, 1000][momentMs] ?? 1) - now;
}

function waitOfDuration(text: string): number | undefined {
  const plain = text.replace(/^P(?=.*\d)T?/iu, "").replace(/(?<=D)T/iu, "");
  const parts = [...plain.matchAll(duration)];
  if (parts.length === 0 || plain.replace(duration, "").replace(/[\s,]|and/giu, "") !== "") return undefined;
  return parts.reduce((sum, [, amount, unit = ""]) => {
    const name = unit.toLowerCase();
    return sum + Number(amount) * (units[/^mil|^ms$/u.test(name) ? "ms" : (name[0] ?? "")] ?? 0);
  }, 0);
}

/** V8 takes almost anything for a date: only what has a year and its separators is one. */
function waitOfDate(text: string, now: number): number | undefined {
  const date = /\d{4}/u.test(text) && /[\s:-]/u.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : date - now;
}
