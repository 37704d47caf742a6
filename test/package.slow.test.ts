import { execFileSync, execSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { spawnModelServer } from "./support/model-server/process.ts";

const root = new URL("../", import.meta.url).pathname;
let folder: string;

/** Runs in the empty folder that the tarball is installed in. */
const run = (file: string, ...args: string[]): string =>
  execFileSync(file, args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

describe("the packed package, installed in an empty folder without the engine", () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "precept-package-"));
    const packed = execFileSync("npm", ["pack", "--json", "--pack-destination", folder], {
      cwd: root,
      encoding: "utf8",
    });
    const tarball = /"filename":\s*"([^"]+\.tgz)"/.exec(packed)?.[1];
    if (tarball === undefined) throw new Error(`npm pack named no tarball:\n${packed}`);
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
    run("npm", "install", "--no-audit", "--no-fund", join(folder, tarball));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("holds what it needs and nothing else", () => {
    const packages = run("npm", "ls", "--all", "--parseable").trim().split("\n").slice(1);
    expect(packages.join("\n")).not.toMatch(/onnxruntime|koffi|vega|gpt-tokenizer/);
    expect(packages.length).toBeLessThanOrEqual(60);
    const kilobytes = Number.parseInt(run("du", "-sk", "node_modules"), 10);
    expect(kilobytes / 1024).toBeLessThanOrEqual(130);
    const scripts = packages.flatMap((path) => {
      const manifest = JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
      return Object.keys(manifest.scripts ?? {}).filter((name) => /^(?:pre|post)?install$/.test(name));
    });
    expect(scripts).toEqual([]);
    const files = execFileSync("find", [join(folder, "node_modules/precept"), "-type", "f"], { encoding: "utf8" });
    const workers = ["tensor/worker", "transformer/inference/inference-worker"];
    const decoding = ["transformer/decode/decode-worker", "transformer/decode/batch-worker"];
    for (const needed of [
      ...["cli/main", ...workers, ...decoding].map((module) => `dist/${module}.js`),
      ...["harbor.yaml", "project/constitution.yaml", "project/red-team.jsonl"].map((file) => `constitutions/${file}`),
      ...["config", "constitution"].map((name) => `schemas/precept.${name}.schema.json`),
      ...["precept_job/run.py", "requirements-train.txt"].map((file) => `python/${file}`),
      ...["templates/throughput.yaml", "deploy/slurm/ray.sbatch", "deploy/kubernetes/vllm.yaml"],
      "dist/town/index.html",
      "dist/viewer/index.html",
    ]) {
      expect(files).toContain(`/node_modules/precept/${needed}\n`);
    }
    expect(files).toContain("/model.safetensors");
    expect(files.replaceAll(/.*\/templates\/.*\.ts$/gm, "")).not.toMatch(/\.test\.|\/test\/|(?<!\.d)\.ts$/m);
  });

  test("is a library with types", () => {
    writeFileSync(
      join(folder, "library.ts"),
      `import { parseConstitution } from "precept/constitution";
import { wilson } from "precept/statistics";
import { Run } from "precept/runs";
import { Transformer } from "precept/transformer";
import { LocalTrainer } from "precept/training/local";
const rate: number = wilson(1, 10).estimate;
console.log(JSON.stringify([typeof parseConstitution, rate, typeof Run.open, typeof Transformer.load, typeof LocalTrainer]));
`,
    );
    const tsc = join(root, "node_modules/.bin/tsc");
    const types = ["--typeRoots", join(root, "node_modules/@types"), "--types", "node"];
    run(tsc, "--noEmit", "--strict", "--module", "nodenext", "--target", "es2024", ...types, "library.ts");
    expect(JSON.parse(run(process.execPath, "library.ts"))).toEqual([
      "function",
      0.1,
      "function",
      "function",
      "function",
    ]);
  });

  test("every subpath of the exports map can be imported", () => {
    const { exports }: { exports: Record<string, string> } = JSON.parse(
      readFileSync(join(root, "package.json"), "utf8"),
    );
    const names = Object.keys(exports)
      .filter((key) => !key.endsWith(".json"))
      .map((key) => key.replace(/^\./, "precept"));
    writeFileSync(join(folder, "all.js"), names.map((name) => `await import("${name}");`).join("\n"));
    run(process.execPath, "all.js");
  });

  test("takes a newcomer with a base URL from init to exported data and a check within five minutes", async () => {
    const server = await spawnModelServer();
    try {
      const program = join(folder, "node_modules/.bin/precept");
      const started = performance.now();
      const cwd = {
        cwd: folder,
        encoding: "utf8",
        env: { ...process.env, PRECEPT_CACHE: join(folder, "cache") },
      } as const;
      execFileSync(program, ["init", "--yes", "--model", server.url], cwd);
      const plan: unknown = JSON.parse(execFileSync(program, ["plan", "--json"], cwd));
      expect(plan).toMatchObject({ plan: { prompts: 36 } });
      const made: { run: string } = JSON.parse(execFileSync(program, ["run", "--json", "--out", "runs/first"], cwd));
      expect(made).toMatchObject({ run: "runs/first", exported: { sft: expect.any(Number) } });
      for (const target of ["trl", "openai", "together", "axolotl", "parquet"]) {
        execFileSync(program, ["export", made.run, "--to", target], cwd);
      }
      const checked: unknown = JSON.parse(execFileSync(program, ["check", "--items", "4", "--json"], cwd));
      expect(checked).toMatchObject({ subjects: [{ summary: { benchmark: "check" } }] });
      expect((performance.now() - started) / 60_000).toBeLessThan(5);
      const rows = readFileSync(join(folder, "runs/first/datasets/openai/sft.jsonl"), "utf8").trim().split("\n");
      expect(rows.length).toBeGreaterThan(36);
      expect(JSON.parse(rows[0] ?? "").messages.at(-1).role).toBe("assistant");
      expect(readFileSync(join(folder, "runs/first/datasets/parquet/README.md"), "utf8")).toContain("sft.parquet");
    } finally {
      await server.stop();
    }
  });

  test("says how to add the engine, and with it runs precept demo --preset smoke", () => {
    const program = join(folder, "node_modules/.bin/precept");
    const { status, stderr } = spawnSync(program, ["demo", "--preset", "smoke"], { cwd: folder, encoding: "utf8" });
    expect(status).toBe(1);
    const [advice = "", command = ""] = /try +(npm install .*)/.exec(stderr) ?? [];
    expect(advice, stderr).not.toBe("");
    execSync(`${command} --no-audit --no-fund`, { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
    const summary: unknown = JSON.parse(
      run(program, "demo", "--preset", "smoke", "--json", "--out", join(folder, "run")),
    );
    expect(summary).toMatchObject({ checkpoints: { initial: {}, "sl-cai": {}, "rl-cai": {} } });
    expect(readFileSync(join(folder, "run", "report.html"), "utf8")).toContain("<html");
  });
});
