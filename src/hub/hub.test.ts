import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LoopbackHub, type LoopbackHubOptions } from "../../test/support/loopback-hub.ts";
import { type ErrorCode, PreceptError } from "../errors.ts";
import { rng } from "../rng.ts";
import { fetchFromHub, type HubProgress, resolveModelFolder } from "./index.ts";

const random = rng(1, "hub");
const weights = Uint8Array.from({ length: 300_000 }, () => random.integer(256));
const files = {
  "config.json": '{"model_type":"llama"}',
  "tokenizer.json": "{}",
  "empty.json": "",
  "model.safetensors": weights,
  "pytorch_model.bin": "pickle",
  "onnx/model.onnx": "other",
};
const wanted = ["config.json", "empty.json", "model.safetensors", "tokenizer.json"];

let cacheFolder = "";
let hub: LoopbackHub | undefined;
const start = async (options: Partial<LoopbackHubOptions> = {}): Promise<LoopbackHub> => {
  hub = new LoopbackHub({ files, large: ["model.safetensors"], ...options });
  vi.stubEnv("HF_ENDPOINT", await hub.start());
  return hub;
};
beforeEach(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), "precept-hub-"));
  vi.stubEnv("HF_TOKEN", "");
});
afterEach(async () => {
  await hub?.stop();
  hub = undefined;
  vi.unstubAllEnvs();
  await rm(cacheFolder, { recursive: true, force: true });
});

const fails = async (body: Promise<unknown>): Promise<[ErrorCode | undefined, string]> => {
  const error = await body.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PreceptError);
  return error instanceof PreceptError ? [error.code, error.message] : [undefined, ""];
};

describe("fetchFromHub", () => {
  it("fetches what a model needs, once, with progress", async () => {
    const { requests, commit } = await start();
    const seen: HubProgress[] = [];
    const folder = await fetchFromHub("owner/tiny", { cacheFolder, progress: (progress) => seen.push(progress) });
    expect((await readdir(folder)).sort()).toEqual(wanted);
    expect(new Uint8Array(await readFile(join(folder, "model.safetensors")))).toEqual(weights);
    expect(await readFile(join(folder, "empty.json"), "utf8")).toBe("");
    expect(folder).toBe(join(cacheFolder, "models--owner--tiny", "snapshots", commit));
    const total = seen[0]?.total ?? 0;
    expect(total).toBeGreaterThan(300_000);
    expect(seen.at(-1)).toMatchObject({ loaded: total, total });
    expect(seen.every(({ loaded }, i) => loaded >= (seen[i - 1]?.loaded ?? 0))).toBe(true);
    const asked = requests.length;
    expect(await fetchFromHub("owner/tiny", { cacheFolder })).toBe(folder);
    expect(requests).toHaveLength(asked);
    // Asked anew, it finds that nothing has changed, and fetches nothing.
    await fetchFromHub("owner/tiny", { cacheFolder, refresh: true });
    expect(requests.slice(asked).filter((request) => request.includes("resolve"))).toEqual([]);
    // Another selection of the same commit needs only what is not here.
    await fetchFromHub("owner/tiny@v1", { cacheFolder, files: (path) => path.endsWith(".onnx") });
    expect(requests.at(-1)).toMatch(/resolve\/.*onnx\/model\.onnx/);
    expect(await readFile(join(folder, "onnx", "model.onnx"), "utf8")).toBe("other");
  });

  it("fetches datasets", async () => {
    const repository = "datasets/owner/rows";
    await start({ repository, files: { "data/a.jsonl": '{"x":1}\n', "loader.py": "import os" }, large: [] });
    const folder = await fetchFromHub(repository, { cacheFolder });
    expect(folder).toContain("datasets--owner--rows");
    expect(await readdir(folder)).toEqual(["data"]);
    expect(await readFile(join(folder, "data", "a.jsonl"), "utf8")).toBe('{"x":1}\n');
  });

  it("goes on where the connection was cut", async () => {
    // The files come in the order of their names: config.json, empty.json never asks, then the weights.
    const { requests } = await start({ cuts: [1e9, 100_000, 0, 50_000] });
    const folder = await fetchFromHub("owner/tiny", { cacheFolder });
    expect(new Uint8Array(await readFile(join(folder, "model.safetensors")))).toEqual(weights);
    const ranges = requests
      .filter((request) => /model\.safetensors/.test(request))
      .map((request) => request.split(" ")[2]);
    expect(ranges[0]).toBeUndefined();
    // What was under way when a connection is cut may be lost, never what had come before.
    const starts = ranges.slice(1).map((range) => Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1]));
    expect(starts).toHaveLength(3);
    expect(starts[0]).toBeGreaterThan(0);
    expect(starts[0]).toBeLessThanOrEqual(100_000);
    expect(starts[1]).toBe(starts[0]);
    expect(starts[2]).toBeGreaterThan(starts[0] ?? 0);
  });

  it("goes on where an earlier call gave up", async () => {
    const { requests } = await start({ cuts: [1e9, 70_000, 0, 0, 0, 0] });
    const [code, message] = await fails(fetchFromHub("owner/tiny", { cacheFolder }));
    expect(code).toBe("endpoint-down");
    const have = /: (\d+) of 300000 bytes/.exec(message)?.[1];
    expect(Number(have)).toBeGreaterThan(0);
    expect(await fetchFromHub("owner/tiny", { cacheFolder })).toContain("snapshots");
    expect(requests.filter((request) => request.endsWith(`bytes=${have}-`)).length).toBeGreaterThan(4);
  }, 30_000);

  it("refuses files with another hash, and keeps nothing of them", async () => {
    for (const name of ["model.safetensors", "config.json"]) {
      await start({ tampered: new Set([name]) });
      const [code, message] = await fails(fetchFromHub("owner/tiny", { cacheFolder }));
      expect(code).toBe("checkpoint-invalid");
      expect(message).toMatch(
        name === "config.json" ? /Checking .*config\.json: git / : /Checking .*model\.safetensors: sha256 /,
      );
      const blobs = await readdir(join(cacheFolder, "models--owner--tiny", "blobs"));
      expect(blobs.filter((blob) => blob.endsWith(".incomplete"))).toEqual([]);
      await hub?.stop();
      await rm(join(cacheFolder, "models--owner--tiny"), { recursive: true });
    }
  });

  it("says what is unknown, private or out of reach", async () => {
    await start({ token: "secret-token" });
    expect(await fails(fetchFromHub("owner/tiny", { cacheFolder }))).toEqual([
      "key-missing",
      expect.stringMatching(/status 401.*\n.*HF_TOKEN/),
    ]);
    vi.stubEnv("HF_TOKEN", "wrong");
    const [code, message] = await fails(fetchFromHub("owner/tiny", { cacheFolder }));
    expect(code).toBe("key-rejected");
    expect(message).not.toContain("wrong");
    vi.stubEnv("HF_TOKEN", "secret-token");
    expect((await fails(fetchFromHub("owner/absent", { cacheFolder })))[0]).toBe("model-unknown");
    expect((await fails(fetchFromHub("owner/tiny@absent", { cacheFolder })))[0]).toBe("model-unknown");
    expect((await fails(fetchFromHub("owner/tiny", { cacheFolder, files: () => false })))[0]).toBe("model-unknown");
    for (const id of ["", "../../etc/passwd", "a/b/c", "owner/..", "https://hub/owner/tiny"])
      expect((await fails(fetchFromHub(id, { cacheFolder })))[0]).toBe("input-invalid");
    await fetchFromHub("owner/tiny", { cacheFolder });
    expect(hub?.leaked).toEqual([]);
    await hub?.stop();
    expect((await fails(fetchFromHub("owner/other", { cacheFolder })))[0]).toBe("endpoint-down");
    // What is here needs no hub.
    expect(await fetchFromHub("owner/tiny", { cacheFolder })).toContain("snapshots");
  });

  it("refuses a hub that names files outside of the repository", async () => {
    await start({ files: { ...files, "../../escape.json": "{}" } });
    expect((await fails(fetchFromHub("owner/tiny", { cacheFolder })))[1]).toMatch(/escape\.json/);
  });

  it("ends when it is cancelled", async () => {
    await start();
    const controller = new AbortController();
    const progress = ({ loaded }: HubProgress): void => (loaded > 50 ? controller.abort() : undefined);
    expect((await fails(fetchFromHub("owner/tiny", { cacheFolder, progress, signal: controller.signal })))[0]).toBe(
      "interrupted",
    );
    expect(await fetchFromHub("owner/tiny", { cacheFolder })).toContain("snapshots");
  });
});

describe("resolveModelFolder", () => {
  it("takes a folder as it is, an id from the hub, and nothing else", async () => {
    await start();
    await writeFile(join(cacheFolder, "config.json"), "{}");
    expect(await resolveModelFolder(cacheFolder)).toBe(cacheFolder);
    expect(await resolveModelFolder("owner/tiny", { cacheFolder })).toContain("models--owner--tiny");
    for (const wrong of ["./runs/nowhere", "/nowhere", "nowhere", "datasets/owner/rows"])
      expect((await fails(resolveModelFolder(wrong, { cacheFolder })))[0]).toBe("checkpoint-missing");
  });

  it("names the package's own model where somebody follows a document from a folder elsewhere", async () => {
    const here = process.cwd();
    process.chdir(cacheFolder);
    try {
      await expect(resolveModelFolder("models/harbor/checkpoint")).rejects.toMatchObject({
        details: { remedy: expect.stringMatching(/^\/.*models\/harbor\/checkpoint, which came with Precept$/) },
      });
    } finally {
      process.chdir(here);
    }
  });
});
