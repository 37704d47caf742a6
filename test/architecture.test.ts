import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { circles, forbidden, importsOf, type SourceFile, wrongImports } from "./architecture.ts";
import { longParameterLists, namesThatAreNoVerbs } from "./architecture-functions.ts";
import {
  cliAsLibrary,
  cliWithLogic,
  foreignReexports,
  hiddenRooms,
  linesWith,
  longFiles,
  medianLines,
  rateWithoutPer,
  specCitation,
  undefinedSpread,
} from "./architecture-rules.ts";

/** How many offenders there may still be: these numbers only fall. */
const ratchets = {
  foreignReexports: 0,
  longParameterLists: 0,
  longFiles: 0,
  medianLines: 100,
  specCitations: 0,
  ratesWithoutPer: 0,
  undefinedSpreads: 6,
  namesThatAreNoVerbs: 0,
  hiddenRooms: 0,
  cliWithLogic: 0,
  cliAsLibrary: 0,
} as const;

const root = new URL("../", import.meta.url).pathname;

function sources(folder: string, isWanted: (path: string) => boolean): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name).replaceAll("\\", "/"))
    .filter((path) => /\.tsx?$/.test(path) && !path.includes("node_modules/") && isWanted(path))
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
    const others = ["test", "benchmarks", "viewer/src"].flatMap((folder) => sources(folder, () => true));
    expect(circles([...shipped, ...others])).toEqual([]);
  });

  test("keeps its rules in the sources", () => {
    expect(forbidden(shipped)).toEqual([]);
  });

  test("keeps its rules in tests and benchmarks", () => {
    const others = [
      ...sources("src", (path) => /\.test(-support)?\.ts$/.test(path)),
      ...sources("test", (path) => !path.includes("architecture")),
      ...sources("benchmarks", () => true),
      ...sources("viewer/src", () => true),
    ];
    expect(forbidden(others)).toEqual([]);
  });
});

describe("the house no longer has more than it had of", () => {
  const all = sources("src", () => true);
  const shipped = all.filter(({ path }) => !/\.test(-support)?\.ts$/.test(path));
  const outside = ["benchmarks", "examples"].flatMap((folder) => sources(folder, () => true));
  const { exports } = z
    .object({ exports: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync(join(root, "package.json"), "utf8")));
  const prose = ["docs", "models", "constitutions", "."].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => /\.(md|yaml)$/.test(name))
      .map((name) => ({ path: join(folder, name), text: readFileSync(join(root, folder, name), "utf8") })),
  );
  const others = sources("test", (path) => !path.includes("architecture"));

  test.each<[keyof typeof ratchets, readonly string[]]>([
    ["foreignReexports", foreignReexports(shipped)],
    ["longParameterLists", longParameterLists(all)],
    ["longFiles", longFiles(all)],
    ["specCitations", linesWith([...all, ...outside, ...others, ...prose], specCitation)],
    ["ratesWithoutPer", linesWith([...all, ...outside, ...others], rateWithoutPer)],
    ["undefinedSpreads", linesWith(all, undefinedSpread)],
    ["namesThatAreNoVerbs", namesThatAreNoVerbs(shipped)],
    ["hiddenRooms", hiddenRooms(shipped, Object.keys(exports))],
    ["cliWithLogic", cliWithLogic(shipped)],
    ["cliAsLibrary", cliAsLibrary([...shipped, ...outside])],
  ])("%s", (name, offenders) => {
    if (offenders.length <= ratchets[name]) return;
    expect.fail(`${offenders.length} where ${ratchets[name]} may be:\n${offenders.join("\n")}`);
  });

  test("lines in the median file", () => {
    expect(medianLines(shipped)).toBeLessThanOrEqual(ratchets.medianLines);
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

  test.each([
    ["function f(a: A, b: B, c = 1, { d, e }: D, [g]: G, ...h: H[]) {}", "f takes 6"],
    [
      "export const f = async (a: Map<A, B>, b: (x: X, y: Y) => Z, c: C, d: D, e: E, f: F): Promise<void> => {};",
      "f takes 6",
    ],
    ["class C { async *m(a: A, b: B, c: C, d: D, e: E, f: F) {} }", "m takes 6"],
    ["interface I { m(a: A, b: B, c: C, d: D, e: E, f: F): void }", "m takes 6"],
    ["const o = { m(a: A, b: B, c: C, d: D, e: E, f: F) {} };", "m takes 6"],
  ])("more than five parameters: %s", (text, fault) => {
    expect(longParameterLists(at("src/runs/x.ts", text))).toEqual([expect.stringContaining(fault)]);
  });

  test("no more than five where the commas are of something else", () => {
    const text =
      "function f(a: Map<A, B>, b: { c: C; d: D }, e = g(1, 2, 3), h: (i: I, j: J) => K) {} f(1, 2, 3, 4, 5, 6);";
    expect(longParameterLists(at("src/runs/x.ts", text))).toEqual([]);
  });

  test.each([
    "function asked() {}",
    "const torn = () => 1;",
    "class C { #x = 1; private placed(): void {} }",
    "function unchosen() {}",
    "const lockedBy = async (x: X) => x;",
    "function optionNamed(name: string) {}",
    "function outer() { const largest = (x: X) => x; }",
    "interface I { sampled(n: number): void }",
  ])("a name that is no verb: %s", (text) => {
    expect(namesThatAreNoVerbs(at("src/runs/x.ts", text))).toHaveLength(1);
  });

  test("verbs, projections, questions, values and callbacks' fields are called as they may be", () => {
    const text =
      "function embed() {} function isNamed() {} const checkInterrupted = () => 1; function pairedDifference() {} " +
      "function cachedAttention() {} const asked = 1; class C { get closed() { return 1; } } function seedOf() {}";
    expect(namesThatAreNoVerbs(at("src/runs/x.ts", text))).toEqual([]);
  });

  test("a door that hands on another room's files", () => {
    const text =
      'export { a } from "./a.ts";\nexport * from "../runs/index.ts";\nexport type { E } from "../errors.ts";';
    expect(foreignReexports(at("src/stages/index.ts", text))).toEqual([
      "src/stages/index.ts hands on src/runs/index.ts",
    ]);
  });

  test("long files, and the median", () => {
    const files = [1, 2, 351].map((lines) => ({ path: `src/${lines}.ts`, text: "x\n".repeat(lines) }));
    expect(longFiles(files)).toEqual(["src/351.ts: 351 lines"]);
    expect(medianLines(files)).toBe(2);
  });

  test.each([
    ["// as in spec/evals.md A.0", specCitation, 1],
    ["// ../shared/spec/evals.md", specCitation, 1],
    ["// https://webassembly.github.io/spec/core/binary/", specCitation, 0],
    ["f({ ...(a === undefined ? {} : { a }) })", undefinedSpread, 1],
    ["f({ a })", undefinedSpread, 0],
    ["/** Natural logs, one a token. */", rateWithoutPer, 1],
    ['"in dollars a million tokens"', rateWithoutPer, 1],
    ["// one per token, as a step of a row", rateWithoutPer, 0],
  ])("lines: %s", (text, pattern, count) => {
    expect(linesWith(at("src/runs/x.ts", text), pattern)).toHaveLength(count);
  });

  test("rooms that a program cannot reach", () => {
    const text =
      'import { a } from "../../hidden/index.ts";\nimport { b } from "../../models/local/index.ts";\nimport { c } from "../x.ts";';
    expect(hiddenRooms(at("src/cli/commands/x.ts", text), ["./models/local"])).toEqual([
      "src/cli/commands/x.ts imports src/hidden/index.ts, which package.json does not export",
    ]);
  });

  test.each(["node:fs", "node:fs/promises", "node:crypto", "node:child_process"])(
    "a command that imports %s",
    (name) => {
      expect(cliWithLogic(at("src/cli/commands/x.ts", `import { x } from "${name}";`))).toHaveLength(1);
      expect(cliWithLogic(at("src/storage/x.ts", `import { x } from "${name}";`))).toEqual([]);
    },
  );

  test.each(["benchmarks/engine/x.ts", "examples/x.ts", "src/report/x.ts"])("the command line used by %s", (path) => {
    const specifier = path.startsWith("src") ? "../cli/x.ts" : "../src/cli/x.ts";
    expect(cliAsLibrary(at(path, `import { x } from "${specifier}";`))).toHaveLength(1);
    expect(cliAsLibrary(at("src/cli/y.ts", 'import { x } from "../cli/x.ts";'))).toEqual([]);
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
