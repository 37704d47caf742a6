import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { circles, forbidden, importsOf, type SourceFile, wrongImports } from "./architecture.ts";

const root = new URL("../", import.meta.url).pathname;

function sources(folder: string, isWanted: (path: string) => boolean): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name).replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".ts") && !path.includes("node_modules/") && isWanted(path))
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

describe("the house", () => {
  const shipped = sources("src", (path) => !/\.test(-support)?\.ts$/.test(path));

  test("has the rooms of the design", () => {
    expect(shipped.length).toBeGreaterThan(50);
  });

  test("is built from the bottom up", () => {
    expect(wrongImports(shipped)).toEqual([]);
  });

  test("has no circles of imports, types included", () => {
    expect(circles(shipped)).toEqual([]);
  });

  test("keeps its rules in the sources", () => {
    expect(forbidden(shipped)).toEqual([]);
  });

  test("keeps its rules in tests and benchmarks", () => {
    const others = [
      ...sources("src", (path) => /\.test(-support)?\.ts$/.test(path)),
      ...sources("test", (path) => !path.includes("architecture")),
      ...sources("benchmarks", () => true),
    ];
    expect(forbidden(others)).toEqual([]);
  });
});

describe("the checker finds", () => {
  const at = (path: string, text: string): SourceFile[] => [{ path, text }];

  test.each([
    [
      "src/feedback/critique.ts",
      'import { oracle } from "../worlds/harbor/oracle.ts";',
      "feedback may not import worlds",
    ],
    [
      "src/stages/rl-cai.ts",
      'import type { Oracle } from "../worlds/harbor/oracle.ts";',
      "stages may not import worlds",
    ],
    ["src/training/ppo.ts", 'export { gold } from "../worlds/harbor/oracle.ts";', "training may not import worlds"],
    ["src/stages/demo.ts", 'const w = await import("../worlds/harbor/index.ts");', "stages may not import worlds"],
    [
      "src/feedback/x.ts",
      'new Worker(new URL("../worlds/harbor/w.ts", import.meta.url))',
      "feedback may not import worlds",
    ],
    ["src/worlds/harbor/x.ts", 'import { critique } from "../../feedback/index.ts";', "worlds may not import feedback"],
    [
      "src/worlds/harbor/x.ts",
      'import { type A, b } from "../../evaluation/index.ts";',
      "worlds may not import evaluation",
    ],
    ["src/training/trainer.ts", 'import { graph } from "../tensor/index.ts";', "training may not import tensor"],
    [
      "src/tensor/graph.ts",
      'import { Transformer } from "../transformer/index.ts";',
      "tensor may not import transformer",
    ],
    ["src/attic/x.ts", "export const x = 1;", "mayImport does not know"],
  ])("a wrong import planted in %s", (path, text, fault) => {
    expect(wrongImports(at(path, text))).toEqual([expect.stringContaining(fault)]);
  });

  test.each([
    ["src/worlds/harbor/x.ts", 'import type { FeedbackTemplates } from "../../feedback/index.ts";'],
    ["src/worlds/harbor/x.ts", 'import { type Suite } from "../../evaluation/index.ts";'],
    ["src/training/local/x.ts", 'import { Transformer } from "../../transformer/index.ts";'],
    ["src/models/local/x.ts", 'import { Transformer } from "../../transformer/index.ts";'],
    ["src/feedback/x.ts", 'import { PreceptError } from "../errors.ts";\nimport { rng } from "../rng.ts";'],
    ["src/feedback/x.ts", '// import { oracle } from "../worlds/harbor/oracle.ts";'],
    ["src/cli/demo.ts", 'import { harbor } from "../worlds/harbor/index.ts";'],
  ])("nothing wrong in %s", (path, text) => {
    expect(wrongImports(at(path, text))).toEqual([]);
  });

  test.each([
    ["const x: any = 1;", "the type any"],
    ["const x = y as any;", "the type any"],
    ["const x: Record<string, any> = {};", "the type any"],
    ["// @ts-expect-error later", "a suppression"],
    ["// biome-ignore lint: later", "a suppression"],
    ["export default 1;", "a default export"],
    ["export { x as default };", "a default export"],
    ["const x = Math.random();", "Math.random"],
  ])("%s", (text, fault) => {
    expect(forbidden(at("src/runs/x.ts", text))).toEqual([expect.stringContaining(fault)]);
  });

  test("a door that was gone past", () => {
    const faults = wrongImports(at("src/stages/x.ts", 'import { run } from "../runs/run.ts";'));
    expect(faults).toEqual([expect.stringContaining("entered through its index.ts")]);
  });

  test("circles, of types as well", () => {
    const files = [
      { path: "src/a.ts", text: 'import { b } from "./b.ts";' },
      { path: "src/b.ts", text: 'import type { C } from "./c.ts";' },
      { path: "src/c.ts", text: 'export * from "./a.ts";' },
      { path: "src/d.ts", text: 'import { a } from "./a.ts";' },
    ];
    expect(circles(files)).toEqual([["src/a.ts", "src/b.ts", "src/c.ts"]]);
  });

  test("files named for nothing", () => {
    expect(forbidden(at("src/runs/utils.ts", ""))).toEqual(["src/runs/utils.ts: a file named for nothing"]);
  });

  test.each(["// any of them", 'const x = "any";', "AbortSignal.any([a, b])", "const x = `Math.random()`;"])(
    "nothing in %s",
    (text) => {
      expect(forbidden(at("src/runs/x.ts", text))).toEqual([]);
    },
  );

  test("imports over several lines, and types among them", () => {
    const text = 'import {\n  type A,\n  b,\n} from "./a.ts";\nimport type { C } from "./c.ts";\nimport "./d.ts";';
    expect(importsOf(text)).toEqual([
      { specifier: "./a.ts", isTypeOnly: false },
      { specifier: "./c.ts", isTypeOnly: true },
      { specifier: "./d.ts", isTypeOnly: false },
    ]);
  });
});
