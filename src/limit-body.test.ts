import { Hono } from "hono";
import { expect, test } from "vitest";
import { limitBody } from "./limit-body.ts";

const app = new Hono();
app.post(
  "/",
  limitBody(8, (c) => c.text("too much", 413)),
  async (c) => c.text(await c.req.text()),
);
const send = async (body: string | ReadableStream, headers: Record<string, string>): Promise<[number, string]> => {
  const answer = await app.request("/", { method: "POST", body, headers, duplex: "half" } as RequestInit);
  return [answer.status, await answer.text()];
};
const inParts = (text: string): ReadableStream<Uint8Array> =>
  ReadableStream.from([...text].map((part) => new TextEncoder().encode(part)));

test("a declared length is taken at its word, and refused from the limit on", async () => {
  expect(await send("12345678", { "content-length": "8" })).toEqual([200, "12345678"]);
  expect(await send("123456789", { "content-length": "9" })).toEqual([413, "too much"]);
});

test("without a declared length the bytes are counted, and so they are where parts of unknown length come", async () => {
  expect(await send(inParts("12345678"), {})).toEqual([200, "12345678"]);
  expect(await send(inParts("123456789"), {})).toEqual([413, "too much"]);
  expect(await send(inParts("123456789"), { "content-length": "1", "transfer-encoding": "chunked" })).toEqual([
    413,
    "too much",
  ]);
});
