import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { methodOf } from "../method.ts";
import { loadConfig, loadedConfig } from "./config.ts";
import { defineConfig } from "./define-config.ts";
import { configJsonSchema } from "./schema.ts";
import { schemaPath } from "./write-schema.ts";

const whole = {
  constitution: "c.yaml",
  models: { initial: "vllm:Qwen/Qwen3-8B" },
  prompts: { redTeam: "red.jsonl" },
};

/** What is wrong with a configuration, a fault a line. */
function faults(value: unknown): string[] {
  try {
    loadedConfig(value, "/x/precept.config.ts");
    return [];
  } catch (error) {
    const [, ...lines] = String(error).split("\n");
    return [String(error).split("\n")[0] ?? "", ...lines].filter((line) => !line.startsWith("expected:"));
  }
}

describe("a configuration", () => {
  test("names all its faults at once, with their path and what may have been meant", () => {
    const found = faults({
      constitution: "c.yaml",
      modles: {},
      models: { inital: "x:y", feedback: { model: "openai:m", vote: 3 } },
      prompts: { redTeam: [{ file: "a", fromat: "csv" }], helpfull: "b" },
      selection: "randon",
      rounds: 99,
    });
    expect(found.join("\n")).toMatchInlineSnapshot(`
      "PreceptError: Reading the configuration /x/precept.config.ts: 8 faults
      models.initial: missing
      models.feedback.vote: unknown setting; did you mean votes?
      models.inital: unknown setting; did you mean initial?
      prompts.redTeam[0].fromat: unknown setting; did you mean format?
      prompts.helpfull: unknown setting; did you mean helpful?
      rounds: Too big: expected number to be <=16
      selection: "randon", expected one of random, all; did you mean random?
      modles: unknown setting; did you mean models?"
    `);
    expect(faults(whole)).toEqual([]);
    expect(faults(undefined).join()).toContain("the configuration: ");
  });

  test("says what has no use where nothing is revised or fine-tuned", () => {
    const none = { training: { slCai: "none" } };
    expect(faults({ ...whole, ...none })).toEqual([]);
    const found = faults({
      ...{ ...whole, rounds: 2, sftSource: "revisions", check: { inRun: true } },
      models: { initial: "openai:m", slCai: "openai:n", reviser: "openai:o" },
      training: { slCai: "none", preference: "none" },
    });
    expect(found.join("\n")).toMatchInlineSnapshot(`
      "PreceptError: Reading the configuration /x/precept.config.ts: 6 faults
      check.inRun: has nothing to compare where training.slCai is none and nothing is trained here
      sftSource: has no use with training.slCai: none, which revises nothing: leave it out
      rounds: has no use with training.slCai: none, which revises nothing: leave it out
      models.reviser: has no use with training.slCai: none, which revises nothing: leave it out
      training.slCai: none: the initial model answers what is compared; leave out models.slCai
      training.slCai: none, and preference "none": nothing is left to train"
    `);
    expect(faults({ constitution: "harbor", world: { name: "harbor" }, ...none }).join()).toContain(
      "training.slCai: is for models",
    );
  });

  test("says that settings of TRL need it", () => {
    const own = { ...whole, models: { initial: "local:model" } };
    const settings = { dtype: "bfloat16", rowsPerProcess: 4 };
    expect(faults({ ...own, training: { engine: "python", ...settings } })).toEqual([]);
    const found = faults({ ...own, training: { engine: "local", ...settings } }).join();
    expect(found).toContain('training.dtype: is of training by TRL: engine: "python" or "ray" beside it');
    expect(found).toContain("training.rowsPerProcess: is of training by TRL");
    expect(faults({ ...own, training: { engine: "python", dtype: "int8" } }).join()).toContain("training.dtype");
  });

  test("knows which objective of RL TRL has, in a world and for a model of one's own", () => {
    const world = { constitution: "harbor", world: { name: "harbor" } };
    const python = (rlCai?: object) => faults({ ...world, training: { engine: "python", rlCai } }).join();
    expect(python()).toContain('training.rlCai: is PPO, which TRL 1.16 does not have: rlCai.objective: "rloo"');
    expect(python({ objective: "ppo" })).toContain("is PPO");
    expect(python({ objective: "rloo", baseline: "group" })).toBe("");
    expect(python({ objective: "grpo", baseline: "value" })).toContain("training.rlCai.baseline: value is of ppo");
    expect(faults({ ...world, training: { engine: "none" } }).join()).toContain("training.engine: is for models");
    const own = { ...whole, models: { initial: "local:m" } };
    const preference = { engine: "python", preference: "preference-model" };
    expect(faults({ ...own, training: { ...preference, rlCai: { objective: "rloo" } } })).toEqual([]);
    expect(faults({ ...own, training: { ...preference, rlCai: {} } }).join()).toContain("is PPO");
    expect(faults({ ...own, training: { engine: "python" } })).toEqual([]);
  });

  test("takes models as objects, and names them", () => {
    const model = { specificationVersion: "v4", provider: "acme", modelId: "m1", doGenerate: async () => ({}) };
    const loaded = loadedConfig({ ...whole, models: { initial: model } }, "/x/precept.config.ts");
    expect(loaded.models.initial).toMatchObject({ name: "acme:m1", model });
  });

  test("is loaded as a program with types, wherever precept is installed", () => {
    const file = join(temporaryFolder(), "precept.config.ts");
    writeFileSync(
      file,
      `import { defineConfig } from "precept";
const rounds: number = 3;
export default defineConfig({ constitution: "c.yaml", models: { initial: "openai:m" }, prompts: { redTeam: "r.csv" }, rounds });
`,
    );
    // In a process of its own: the test runner loads modules in its own way.
    const program = `const { loadConfig } = await import(${JSON.stringify(new URL("./config.ts", import.meta.url).href)});
const said = await loadConfig(process.argv[1]).then(({ config }) => config, (error) => String(error));
console.log(JSON.stringify(said));`;
    const said = (): unknown =>
      JSON.parse(execFileSync(process.execPath, ["--input-type=module", "-e", program, file], { encoding: "utf8" }));
    expect(said()).toMatchObject({ rounds: 3 });
    writeFileSync(file, "export default {\n  models: { initial: 1 }\n  rounds: 2,\n};\n");
    expect(said()).toContain("line 3, SyntaxError");
    writeFileSync(file, "\nexport default { rounds: many };\n");
    expect(said()).toContain("line 2, ReferenceError: many is not defined");
  });

  test("is loaded as YAML, faults with their lines", async () => {
    const file = join(temporaryFolder(), "precept.config.yaml");
    writeFileSync(file, "constitution: c.yaml\nmodels:\n  initial: openai:m\nprompts:\n  redTeam: r.csv\nround: 2\n");
    await expect(loadConfig(file)).rejects.toThrow("line 6, round: unknown setting; did you mean rounds?");
    writeFileSync(file, readFileSync(file, "utf8").replace("round:", "rounds:"));
    expect((await loadConfig(file)).config.rounds).toBe(2);
  });

  test("has a published schema, which is up to date (node src/project/config/write-schema.ts)", () => {
    expect(JSON.parse(readFileSync(schemaPath, "utf8"))).toEqual(JSON.parse(JSON.stringify(configJsonSchema())));
  });

  test("means the paper's method unless it says otherwise", () => {
    const method = (changes: object) => methodOf(loadedConfig({ ...whole, ...changes }, "/x/c.ts")).options;
    expect(method({}).slCai).toMatchObject({ rounds: 4, selection: "random", revisions: "all" });
    expect(method({}).aiFeedback.labels).toMatchObject({
      principles: "random",
      chainOfThought: true,
      clamp: [0.4, 0.6],
    });
    expect(method({ format: "paper" }).aiFeedback.labels).toMatchObject({ chainOfThought: false, clamp: null });
    expect(method({ critiqued: "all" }).slCai.critiqued).toBe("all");
    expect(() => method({ critiqued: "all", helpfulSamples: 2 })).toThrow(/helpfulSamples: 2 with critiqued: all/);
    expect(method({ labels: "ensemble" }).aiFeedback.labels).toMatchObject({ principles: "all", clamp: null });
    expect(defineConfig(whole)).toBe(whole);
  });
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "precept-config-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}
