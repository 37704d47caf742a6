import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../test/cli.ts";
import { preceptHere } from "./in-process.test-support.ts";

/** A project whose models are servers that nobody asks. */
function writeProject(model: string): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "constitution.yaml"), "name: t\nprinciples:\n  - id: calm\n    text: Be calm.\n");
  const prompts = Array.from({ length: 12 }, (_, i) => JSON.stringify({ prompt: `Open door ${i}?` }));
  writeFileSync(join(folder, "red.jsonl"), prompts.join("\n"));
  const config = join(folder, "precept.config.yaml");
  writeFileSync(
    config,
    `constitution: constitution.yaml\nmodels: { initial: "${model}" }\nprompts: { redTeam: red.jsonl }\nrounds: 2\n`,
  );
  return config;
}
const server = (name: string): string => `vllm:${name}@http://localhost:9`;

describe("precept plan --gpus", () => {
  test("sizes a project on a page of 80 columns that is the same twice, and asks nobody", async () => {
    const args = [
      "plan",
      "--config",
      writeProject(server("Qwen2.5-7B-Instruct")),
      "--engine",
      "ray",
      "--gpus",
      "8xH100",
    ];
    const { code, stdout, stderr } = await preceptHere(args);
    expect([code, stderr]).toEqual([0, ""]);
    expect(Math.max(...stdout.split("\n").map((line) => [...line].length))).toBeLessThanOrEqual(80);
    expect(stdout).toContain("8 × H100, models of 7B weights, all weights trained");
    expect(stdout).toMatch(/red-team prompts +12 +182,831 +§3\.2/);
    // All revisions of two rounds.
    expect(stdout).toMatch(/SL-CAI sequences +24 +1,001,916/);
    expect(stdout).toContain("What gives out first: memory");
    expect((await preceptHere(args)).stdout).toBe(stdout);
  });

  test("gives the same as JSON, and half of the hours on twice the GPUs", async () => {
    const config = writeProject(server("bot"));
    const sized = async (gpus: string) => {
      const flags = ["--gpus", gpus, "--parameters", "8B", "--lora", "16", "--json"];
      return JSON.parse((await preceptHere(["plan", "--config", config, ...flags])).stdout).sizing;
    };
    const [one, two] = [await sized("8xH100"), await sized("16xH100")];
    expect(one.model).toMatchObject({ weights: 8e9, rank: 16 });
    expect(two.total.gpuHours).toEqual(one.total.gpuHours);
    expect(two.total.hours.high).toBeCloseTo(one.total.hours.high / 2, 12);
  });

  test("sizes the paper's pipeline without a project", async () => {
    const { code, stdout } = await preceptHere(["plan", "--paper"]);
    expect(code).toBe(0);
    expect(Math.max(...stdout.split("\n").map((line) => [...line].length))).toBeLessThanOrEqual(80);
    expect(stdout).toMatch(/GPU-hours: 8B +70B/);
    const json = JSON.parse(
      (await preceptHere(["plan", "--paper", "--gpus", "4xA100", "--parameters", "8B", "--json"])).stdout,
    );
    expect(json.map(({ cluster, model }: { cluster: object; model: object }) => ({ ...cluster, ...model }))).toEqual([
      { gpu: "A100", gpus: 4, weights: 8e9 },
    ]);
  });

  test.each([
    [["--gpus", "8xB300"], /B300[\s\S]*known: H100, H200, A100[\s\S]*--throughput FILE/],
    [["--gpus", "many H100"], /8xH100/],
    [["--engine", "ray"], /--engine without --gpus/],
    [["--gpus", "8xH100"], /models\.initial vllm:bot[\s\S]*--parameters 8B/],
    [["--gpus", "8xH100", "--parameters", "big"], /"big"[\s\S]*135M, 8B, 70B/],
    [["--gpus", "8xH100", "--parameters", "8B", "--throughput", "none.yaml"], /none\.yaml/],
  ])("%j is a clear error", async (flags, message) => {
    const { code, stderr } = await preceptHere(["plan", "--config", writeProject(server("bot")), ...flags]);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});
