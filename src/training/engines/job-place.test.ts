import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../local/tiny.test-support.ts";
import { JobPlace } from "./job-place.ts";
import type { JobStorage } from "./storage.ts";

/** A bucket: its keys may have any parts. */
const bucketOf = (files: Readonly<Record<string, string>>): JobStorage => ({
  url: "s3://bucket",
  list: async (prefix) => Object.keys(files).filter((name) => name.startsWith(prefix)),
  tree: async (folder) => Object.keys(files).filter((name) => name.startsWith(`${folder}/`)),
  read: async (name) => (files[name] === undefined ? undefined : Buffer.from(files[name])),
  fetch: async (name, file) => {
    const { mkdir } = await import("node:fs/promises");
    await mkdir(join(file, ".."), { recursive: true });
    writeFileSync(file, files[name] ?? "");
  },
  write: async () => undefined,
  send: async () => undefined,
  remove: async () => undefined,
});

describe("JobPlace", () => {
  it.each([
    "checkpoint/../../../evil.txt",
    "checkpoint/a//evil.txt",
    "checkpoint/..\\evil.txt",
    "checkpoint/./evil.txt",
  ])("writes nothing outside of the run for a file named %s", async (name) => {
    const outer = await temporaryFolder();
    const storage = bucketOf({ "jobs/f/result.json": '{"fingerprint":"f"}', [`jobs/f/${name}`]: "evil" });
    const place = new JobPlace(storage, join(outer, "a", "job"), "f");
    await expect(place.fetchResult()).rejects.toMatchObject({ code: "run-invalid" });
    expect(existsSync(join(outer, "evil.txt"))).toBe(false);
    expect(existsSync(join(outer, "a"))).toBe(false);
  });
});
