import { rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { temporaryFolder } from "../local/tiny.test-support.ts";
import { FakeRay } from "./fake-ray.test-support.ts";
import { RayJobs } from "./ray-http.ts";
import { packJobCode } from "./ray-package.ts";

describe("RayJobs at the door", () => {
  let ray: FakeRay;
  let address: string;
  let env: Record<string, string>;

  beforeEach(async () => {
    ray = new FakeRay();
    address = await ray.listen();
    env = { HOME: await temporaryFolder() };
  });
  afterEach(() => ray.close());

  const open = (more: Partial<Parameters<typeof RayJobs.open>[0]> = {}): Promise<RayJobs> =>
    RayJobs.open({ address, env, ...more });

  it("finds the token as Ray does, and tells a missing one from a wrong one", async () => {
    ray.token = "right-token";
    await expect(open()).rejects.toMatchObject({ code: "key-missing", message: expect.stringContaining("401") });
    await expect(open({ env: { ...env, RAY_AUTH_TOKEN: "wrong-token" } })).rejects.toMatchObject({
      code: "key-rejected",
      message: expect.stringContaining("403"),
    });
    const path = join(await temporaryFolder(), "token");
    writeFileSync(path, "right-token\n");
    await open({ env: { ...env, RAY_AUTH_TOKEN_PATH: path } });
    rmSync(path);
  });

  it("sends no token in the clear to another machine, unless it is told", async () => {
    ray.token = "right-token";
    const elsewhere = { address: address.replace("127.0.0.1", "0.0.0.0"), env: { RAY_AUTH_TOKEN: "right-token" } };
    await expect(open(elsewhere)).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining("in the clear"),
    });
    expect(ray.requests).toHaveLength(1);
    await open({ ...elsewhere, allowOpen: true });
  });

  it("refuses a password in an address, and does not repeat it", async () => {
    for (const one of [address.replace("//", "//user:hunter22@"), `${address}/?token=hunter22`])
      await expect(open({ address: one })).rejects.toMatchObject({
        code: "usage",
        message: expect.not.stringContaining("hunter22"),
      });
    expect(ray.requests).toEqual([]);
  });

  it("sends no token to whoever asks for none", async () => {
    const seen: unknown[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end(JSON.stringify({ ray_version: "2.60.0" }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await open({ address: `http://127.0.0.1:${port}`, env: { RAY_AUTH_TOKEN: "secret-token" } });
    expect(seen).toEqual([undefined]);
    server.close();
  });

  it("refuses a cluster elsewhere that is open to anybody, unless it is told", async () => {
    // Loopback by a name that does not say so.
    const elsewhere = address.replace("127.0.0.1", "0.0.0.0");
    await expect(open({ address: elsewhere })).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining("asks nobody for a token"),
    });
    await open({ address: elsewhere, allowOpen: true });
  });

  it("knows HTML, a Ray Client address and a dead host for what they are", async () => {
    ray.instead.set("GET /api/version", { status: 200, text: "<!doctype html><title>Sign in</title>" });
    await expect(open()).rejects.toMatchObject({ code: "usage", message: expect.stringContaining("HTML") });
    await expect(open({ address: "ray://127.0.0.1:10001" })).rejects.toMatchObject({
      message: expect.stringContaining("Ray Client"),
    });
    ray.close();
    await expect(open()).rejects.toMatchObject({ code: "endpoint-down" });
  });

  it("shows the last line of a traceback alone", async () => {
    const jobs = await open();
    ray.instead.set("POST", {
      status: 400,
      text: "Traceback (most recent call last):\n  x\nTypeError: no entrypoint\n",
    });
    const submission = { id: "a", entrypoint: "", package: packJobCode(), variables: {}, metadata: {} };
    await expect(jobs.submit(submission)).rejects.toThrow(/: 400: TypeError: no entrypoint\n/);
  });
});
