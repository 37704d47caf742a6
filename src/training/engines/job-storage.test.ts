import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { temporaryFolder } from "../local/tiny.test-support.ts";
import { FakeBucket } from "./fake-bucket.test-support.ts";
import { openStorage } from "./job-storage.ts";
import type { JobStorage } from "./storage.ts";

let bucket: FakeBucket;
let env: NodeJS.ProcessEnv;

beforeEach(async () => {
  bucket = new FakeBucket();
  env = { AWS_ENDPOINT_URL: await bucket.listen() };
  vi.stubEnv("AWS_ACCESS_KEY_ID", "own");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
  vi.stubEnv("AWS_MAX_ATTEMPTS", "1");
});
afterEach(() => {
  bucket.close();
  vi.unstubAllEnvs();
});

describe.each(["a folder", "a bucket"])("%s as a storage", (kind) => {
  const open = async (): Promise<JobStorage> =>
    await openStorage(kind === "a folder" ? join(await temporaryFolder(), "jobs") : "s3://bucket/jobs", env);

  it("has nothing at first", async () => {
    const storage = await open();
    expect(await storage.read("jobs/f/job.json")).toBeUndefined();
    expect(await storage.list("jobs/f/events-")).toEqual([]);
    expect(await storage.tree("jobs/f")).toEqual([]);
    await storage.remove("jobs/f/cancel");
  });

  it("lists by what a name begins with, and a folder with all below it", async () => {
    const storage = await open();
    const names = ["events-1.jsonl", "events-2.jsonl", "events-3.jsonl", "job.json", "deep/events-4.jsonl"];
    for (const name of names) await storage.write(`jobs/f/${name}`, name);
    await storage.write("jobs/g/events-1.jsonl", "");
    expect((await storage.list("jobs/f/events-")).sort()).toEqual(names.slice(0, 3).map((name) => `jobs/f/${name}`));
    expect((await storage.tree("jobs/f")).sort()).toEqual(names.map((name) => `jobs/f/${name}`).sort());
  });

  it("reads from a byte on, and behind the last nothing", async () => {
    const storage = await open();
    await storage.write("events", "0123");
    expect((await storage.read("events", 2))?.toString()).toBe("23");
    expect((await storage.read("events", 4))?.length).toBe(0);
    await storage.remove("events");
    expect(await storage.read("events")).toBeUndefined();
  });

  it("brings a file there and back", async () => {
    const [storage, here] = [await open(), await temporaryFolder()];
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7) % 256));
    writeFileSync(join(here, "model"), bytes);
    await storage.send(join(here, "model"), "models/m/model");
    await storage.fetch("models/m/model", join(here, "deep", "again"));
    expect(readFileSync(join(here, "deep", "again")).equals(bytes)).toBe(true);
  });

  it("names a file that is not there when it is fetched", async () => {
    const [storage, here] = [await open(), await temporaryFolder()];
    await expect(storage.fetch("models/none", join(here, "x"))).rejects.toMatchObject({
      name: "PreceptError",
      message: expect.stringContaining("none"),
    });
    expect(existsSync(join(here, "x"))).toBe(false);
  });
});

describe("a bucket", () => {
  it("says who may not, what is not there, and that a connection broke", async () => {
    const here = await temporaryFolder();
    const storage = await openStorage("s3://bucket/jobs", env);
    await storage.write("x", "0123");
    bucket.mode = "deny";
    await expect(storage.read("x")).rejects.toMatchObject({ code: "permission" });
    bucket.mode = "cut";
    await expect(storage.read("x")).rejects.toMatchObject({ code: "endpoint-down" });
    await expect(storage.fetch("x", join(here, "x"))).rejects.toMatchObject({ code: "endpoint-down" });
    bucket.mode = "plain";
    await expect(storage.fetch("none", join(here, "x"))).rejects.toMatchObject({ code: "run-invalid" });
    writeFileSync(join(here, "file"), "");
    await expect(storage.fetch("x", join(here, "file", "x"))).rejects.toMatchObject({
      message: expect.stringContaining("Writing"),
    });
    const other = await openStorage("s3://none", env);
    await expect(other.write("x", "")).rejects.toMatchObject({ code: "usage" });
  });
});
