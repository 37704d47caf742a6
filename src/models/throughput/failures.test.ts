import { describe, expect, it } from "vitest";
import { PreceptError } from "../../errors.ts";
import { failureOf, HttpFailure, headersOf } from "./failures.ts";

const http = (status: number, body: string | object = "", headers = {}) =>
  failureOf(new HttpFailure(status, headers, typeof body === "string" ? body : JSON.stringify(body)), false);
const error = (message: string) => ({ error: { message } });

describe("what a status means", () => {
  it.each([
    [429, "", "limited"],
    [529, "", "limited"],
    [503, error("the engine is overloaded"), "limited"],
    [503, error("maintenance"), "passing"],
    [500, "", "passing"],
    [502, "", "passing"],
    [408, "", "passing"],
    [409, "", "passing"],
    [425, "", "passing"],
    [410, "", "fatal"],
    [426, "", "fatal"],
    [401, "", "fatal"],
    [404, error("maximum context length"), "fatal"],
    [413, "", "request"],
    [400, "", "request"],
    [422, "", "request"],
    [399, "", "passing"],
  ])("%i %j", (status, body, kind) => {
    expect(http(status, body).kind).toBe(kind);
  });

  it.each([
    [413, "", "context-overflow"],
    [400, error("This model's maximum context length is 8192 tokens"), "context-overflow"],
    [422, error("prompt is too long"), "context-overflow"],
    [400, error("violates our content policy"), "content-filter"],
    [422, error("violates our content policy"), "content-filter"],
    [400, error("unknown field"), "invalid"],
  ])("%i %j of a request", (status, body, outcome) => {
    expect(http(status, body)).toMatchObject({ kind: "request", outcome });
  });

  it.each([
    [402, ""],
    [400, error("Your credit balance is too low")],
    [429, error("You exceeded your current quota")],
    [503, error("rate limit: billing is not set up")],
  ])("%i %j wants payment", (status, body) => {
    expect(http(status, body)).toMatchObject({ kind: "fatal", status: 402 });
  });

  it("is told with the provider's words, on one line of 300 signs at most", () => {
    expect(http(404, error("no\n  such   model ")).reason).toBe("HTTP 404: no such model");
    expect(http(404, { detail: "elsewhere" }).reason).toBe("HTTP 404: elsewhere");
    expect(http(404, "plain ").reason).toBe("HTTP 404: plain");
    expect(http(404, "x".repeat(300)).reason).toBe(`HTTP 404: ${"x".repeat(300)}`);
    expect(http(404, "x".repeat(301)).reason).toBe(`HTTP 404: ${"x".repeat(300)} …`);
    expect(http(404).reason).toBe("HTTP 404: HTTP 404");
    expect(http(404, { message: "" }).reason).toBe("HTTP 404: HTTP 404");
  });

  it("waits for as long as the headers of a 429 say", () => {
    expect(http(429, "", { "retry-after": "3" })).toMatchObject({ kind: "limited", retryAfterMs: 3000 });
    expect(http(429)).toMatchObject({ kind: "limited", retryAfterMs: undefined });
  });
});

describe("what has no status", () => {
  const caused = (code: string): Error => new Error("fetch failed", { cause: Object.assign(new Error("x"), { code }) });

  it.each([
    ["ECONNREFUSED", true],
    ["ENOTFOUND", true],
    ["ECONNRESET", false],
    ["UND_ERR_SOCKET", false],
  ])("passes where the network failed with %s, and tells a connection that never was", (code, isConnection) => {
    const failure = failureOf(caused(code), false);
    expect(failure).toEqual({ kind: "passing", reason: `fetch failed (${code})`, isConnection, isHtml: false });
  });

  it("finds the code however deep it was wrapped, in lists of errors too", () => {
    const inner = Object.assign(new Error("x"), { code: "ECONNREFUSED" });
    const both = new Error("outer", { cause: new AggregateError([new Error("first"), inner]) });
    expect(failureOf(both, false)).toMatchObject({ isConnection: true });
    const endless = new Error("round");
    endless.cause = endless;
    expect(failureOf(endless, false)).toMatchObject({ kind: "passing", reason: "round" });
    const name = Object.assign(new Error("x"), { code: "some_code" });
    expect(failureOf(name, false)).toMatchObject({ reason: "x", isConnection: false });
  });

  it("is out of time, a page instead of JSON, our own error, or words", () => {
    expect(failureOf(new HttpFailure(401, {}, ""), true)).toMatchObject({
      kind: "passing",
      reason: "no answer in time",
    });
    expect(http(200, " <!DOCTYPE html><html>")).toMatchObject({ kind: "passing", isHtml: true });
    expect(http(200, "said <html>")).toMatchObject({ kind: "passing", isHtml: false });
    const own = new PreceptError("usage", { attempted: "Asking", found: "nothing" });
    expect(failureOf(own, false)).toMatchObject({ kind: "fatal", status: 0 });
    expect(failureOf("odd\nwords", false)).toMatchObject({ kind: "passing", reason: "odd words" });
  });

  it("is of the class that an error within HTTP 200 says, with both statuses", () => {
    const failure = http(200, { error: { message: "slow down", code: 429 } }, { "retry-after": "2" });
    expect(failure).toEqual({
      kind: "limited",
      reason: "an error 429 within HTTP 200: slow down",
      retryAfterMs: 2000,
    });
    expect(http(399, { error: { message: "slow down", code: 429 } })).toMatchObject({ kind: "limited" });
    expect(http(404, { error: { message: "slow down", code: 429 } })).toMatchObject({ kind: "fatal", status: 404 });
  });
});

it("headers are those of an answer, none for others", () => {
  expect(headersOf(new HttpFailure(429, { "retry-after": "1" }, ""))).toEqual({ "retry-after": "1" });
  for (const other of [undefined, null, "x", new Error("x"), { responseHeaders: "x" }, { responseHeaders: null }]) {
    expect(headersOf(other)).toEqual({});
  }
});
