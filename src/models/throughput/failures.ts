import { PreceptError } from "../../errors.ts";
import type { Outcome } from "../../language-model.ts";
import { tryJson } from "../../storage/index.ts";
import { redact } from "../redact.ts";
import { errorIn, fieldOf } from "./error-body.ts";
import { type HeaderMap, retryAfterMs } from "./rate-headers.ts";

/** What went wrong with one attempt at one request, and so what to do. Nothing in it holds a key. */
export type Failure =
  /** Told to wait. */
  | { readonly kind: "limited"; readonly reason: string; readonly retryAfterMs: number | undefined }
  /** May pass: the network, a server's fault, an answer that is no answer. */
  | { readonly kind: "passing"; readonly reason: string; readonly isConnection: boolean; readonly isHtml: boolean }
  /** This request will never be answered, others may. */
  | { readonly kind: "request"; readonly reason: string; readonly outcome: Outcome }
  /** No request will be answered until a person does something. */
  | { readonly kind: "fatal"; readonly reason: string; readonly status: number };

/** An answer over HTTP that is none: our own requests throw it; the AI SDK's errors have the same fields. */
export class HttpFailure extends Error {
  readonly statusCode: number;
  readonly responseHeaders: HeaderMap;
  readonly responseBody: string;

  constructor(statusCode: number, responseHeaders: HeaderMap, responseBody: string) {
    super(`HTTP ${statusCode}`);
    this.name = "HttpFailure";
    this.statusCode = statusCode;
    this.responseHeaders = responseHeaders;
    this.responseBody = responseBody;
  }
}

const contextPhrases =
  /context[ _-]?(length|window|size)|maximum context|too many (input )?tokens|prompt is too long|exceeds? the (available )?context|exceed_context_size|input (is )?too long|max_model_len|reduce the length/i;
const filterPhrases = /content[ _-]?(filter|policy|management)|safety system|responsible ai/i;
const quotaPhrases = /insufficient_quota|exceeded your current quota|credit balance|billing|payment required/i;
const limitPhrases = /rate[ _-]?limit|overloaded/i;

/** What a thrown value means. @param isTimeout the attempt's own time was up, not the caller's patience. */
export function failureOf(error: unknown, isTimeout: boolean): Failure {
  if (isTimeout) return passingFailure("no answer in time");
  const sent = numberField(error, "statusCode");
  const body = stringField(error, "responseBody");
  const told = errorIn(tryJson(body));
  const said = redact(told?.message ?? (messageIn(body) || (error instanceof Error ? error.message : String(error))));
  // An error that comes with HTTP 200 is of the class that it says.
  const isInner = sent !== undefined && sent < 400;
  const status = isInner ? told?.status : sent;
  if (status === undefined || status < 400) return failureWithoutStatus(error, body, said);
  const reason = isInner
    ? `an error ${status} within HTTP ${sent}: ${shorten(said)}`
    : `HTTP ${status}: ${shorten(said)}`;
  if (status === 429 || status === 529 || (status === 503 && limitPhrases.test(body))) {
    if (quotaPhrases.test(body)) return { kind: "fatal", reason, status: 402 };
    return { kind: "limited", reason, retryAfterMs: retryAfterMs(headersOf(error)) };
  }
  if (status >= 500 || status === 408 || status === 409 || status === 425) return passingFailure(reason, false, false);
  if (status === 413 || ((status === 400 || status === 422) && contextPhrases.test(body))) {
    return { kind: "request", reason, outcome: "context-overflow" };
  }
  if (status === 402 || (status === 400 && quotaPhrases.test(body))) return { kind: "fatal", reason, status: 402 };
  if (status === 400 || status === 422) {
    return { kind: "request", reason, outcome: filterPhrases.test(body) ? "content-filter" : "invalid" };
  }
  return { kind: "fatal", reason, status };
}

function failureWithoutStatus(error: unknown, body: string, said: string): Failure {
  if (error instanceof PreceptError) return { kind: "fatal", reason: said, status: 0 };
  const codes = causesOf(error).map((cause) => stringField(cause, "code"));
  const code = codes.find((name) => /^(E[A-Z]+|UND_ERR_\w+)$/.test(name));
  if (code !== undefined)
    return passingFailure(`${said} (${code})`, /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH/.test(code));
  const isHtml = /^\s*<(!doctype|html|head|body)/i.test(body);
  if (isHtml) return passingFailure("an HTML page instead of JSON", false, true);
  return passingFailure(shorten(said));
}

function passingFailure(reason: string, isConnection = false, isHtml = false): Failure {
  return { kind: "passing", reason, isConnection, isHtml };
}

/** The error and what it was caused by, outermost first; the AI SDK wraps what fetch throws. */
function causesOf(error: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let at: unknown = error; at instanceof Error && chain.length < 8; at = at.cause) {
    chain.push(at);
    if (at instanceof AggregateError) chain.push(...at.errors);
  }
  return chain;
}

/** The message of a body that names no error: {message}, {detail}, else all of it. */
function messageIn(body: string): string {
  const parsed = tryJson(body);
  const found = [fieldOf(parsed, "message"), fieldOf(parsed, "detail")];
  return found.find((part): part is string => typeof part === "string") ?? body;
}

/** The headers of an error that came over HTTP; none for others. */
export function headersOf(error: unknown): HeaderMap {
  const headers = fieldOf(error, "responseHeaders");
  return typeof headers === "object" && headers !== null ? (headers as HeaderMap) : {};
}

function numberField(value: unknown, name: string): number | undefined {
  const found = fieldOf(value, name);
  return typeof found === "number" ? found : undefined;
}

function stringField(value: unknown, name: string): string {
  const found = fieldOf(value, name);
  return typeof found === "string" ? found : "";
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= 300 ? line : `${line.slice(0, 300)} …`;
}
