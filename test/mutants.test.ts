import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { measureMutants } from "../benchmarks/mutants/measure.ts";
import { mutated, mutationsOf } from "../benchmarks/mutants/operators.ts";
import { drawSample, type Mutant, mutantsOf } from "../benchmarks/mutants/sample.ts";
import { repositoryPath } from "./support/documents.ts";

const textsOf = (text: string): string[] => mutationsOf("a.ts", text).map((mutation) => mutated(text, mutation));

describe("mutations", () => {
  test("of a guard: its negation, its loss, its boundary, its number, its statement", () => {
    expect(textsOf("if (a < 2) stop();")).toEqual([
      "if (false) stop();",
      "if (a <= 2) stop();",
      "if (a >= 2) stop();",
      "if (a < 3) stop();",
      "if (a < 1) stop();",
      "if (a < 2) ;",
    ]);
  });

  test.each([
    ["x = a ?? b;", ["x = (b);", "x = a || b;"]],
    ["x = a ?? 0;", ["x = (0);"]],
    ["x = a ?? [];", ["x = ([]);"]],
    ["const f = (): number => Math.min(a, b);", ["((Math.min(a, b)) + 1)", "Math.max(a, b)"]],
    ["const f = (): string => name;", ['const f = (): string => "";']],
    [
      "x = /^[^a]\\d*$/i.test(y);",
      ["/[^a]\\d*$/i", "/^[a]\\d*$/i", "/^[^a]\\D*$/i", "/^[^a]\\d+$/i", "/^[^a]\\d*/i", "/^[^a]\\d*$/"],
    ],
    ["x = list.filter(isNew);", ["x = list;"]],
    ["x = -y * 1.5;", ["+y", "-y / 1.5", "2.5", "0.5"]],
  ])("of %s", (text, parts) => {
    const found = textsOf(text);
    for (const part of parts)
      expect(
        found.some((other) => other.includes(part)),
        part,
      ).toBe(true);
  });

  test.each([
    'throw new RangeError("more than " + (n - 1) + "of 3");',
    "const one: 1 | 2 = given;",
    'const x = "a" + b;',
    "const name = list.toString();",
  ])("leave wording and types alone: %s", (text) => {
    expect(textsOf(text).filter((other) => other !== ";")).toEqual([]);
  });

  test("count offsets as JavaScript does, beyond signs outside the basic plane", () => {
    expect(textsOf('const x = a /* 😀é */ && "😀";')).toEqual(['const x = a /* 😀é */ || "😀";']);
  });
});

describe("a sample", () => {
  const mutants = ["a", "b", "c"].flatMap((room, index) =>
    Array.from({ length: 10 + 20 * index }, (_, n): Mutant => {
      return {
        id: `${room}${n}`,
        room,
        file: "f",
        line: n,
        before: "",
        operator: "",
        start: n,
        end: n,
        replacement: "",
      };
    }),
  );

  test("has as many mutants of every room, all of a room that has fewer, and follows its seed", () => {
    const counted = (seed: number): number[] =>
      ["a", "b", "c"].map((room) => drawSample(mutants, 60, seed).filter((mutant) => mutant.room === room).length);
    expect(counted(1)).toEqual([10, 25, 25]);
    expect(drawSample(mutants, 60, 1)).toEqual(drawSample(mutants.toReversed(), 60, 1).sort(byPlace));
    expect(drawSample(mutants, 60, 2)).not.toEqual(drawSample(mutants, 60, 1));
  });

  test("keeps its other mutants when one goes", () => {
    const drawn = drawSample(mutants, 60, 1);
    const [gone] = drawn;
    const without = drawSample(
      mutants.filter((mutant) => mutant !== gone),
      59,
      1,
    );
    expect(without).toEqual(drawn.slice(1));
  });
});

const byPlace = (a: Mutant, b: Mutant): number => mutantsPlace(a) - mutantsPlace(b);
const mutantsPlace = ({ room, start }: Mutant): number => 100 * "abc".indexOf(room) + start;

test("a mutant that a test notices is killed, another survives, an endless one times out; a second run goes on", async () => {
  const root = mkdtempSync(join(tmpdir(), "precept-mutants-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const source = `export function sumTo(n: number): number {
  let sum = 0;
  for (let k = 1; k <= n; k++) {
    sum += k;
  }
  return sum;
}
`;
  mkdirSync(join(root, "src"));
  writeFileSync(join(root, "src/sum.ts"), source);
  writeFileSync(
    join(root, "src/sum.test.ts"),
    `import { expect, test } from "vitest";\nimport { sumTo } from "./sum.ts";\ntest("one", () => expect(sumTo(1)).toBe(1));\n`,
  );
  writeFileSync(join(root, "package.json"), '{ "type": "module" }');
  writeFileSync(join(root, ".gitignore"), "results\n");
  writeFileSync(join(root, "vitest.config.ts"), 'export default { test: { include: ["src/**/*.test.ts"] } };\n');
  mkdirSync(join(root, "test"));
  symlinkSync(repositoryPath("node_modules"), join(root, "node_modules"), "dir");
  execFileSync("git", ["init", "--quiet"], { cwd: root });

  const rooms = { sums: { files: ["src/sum.ts"], tests: ["src/"] } };
  const mutants = mutantsOf(root, rooms).filter(({ before, replacement }) =>
    ["+= → -=", "0 → 1", "1 → 0", "++ → --"].includes(`${before} → ${replacement}`),
  );
  const run: string[] = [];
  const measure = (some: readonly Mutant[]): ReturnType<typeof measureMutants> =>
    measureMutants({
      root,
      folder: join(root, "results"),
      rooms,
      mutants: some,
      workers: 1,
      graceMs: 1000,
      onResult: ({ before }) => void run.push(before),
    });
  await measure(mutants.slice(0, 2));
  expect(run).toEqual(["0", "1"]);

  // A kill in the middle of a line: what was finished is not run again.
  appendFileSync(join(root, "results/results.jsonl"), '{"id":"');
  const results = await measure(mutants);
  expect(run).toEqual(["0", "1", "++", "+="]);
  const told = "src/sum.test.ts > one";
  expect(mutants.map(({ before, id }) => [before, results.get(id)?.outcome, results.get(id)?.by])).toEqual([
    ["0", "killed", told],
    ["1", "untyped", undefined],
    ["++", "timeout", "src/sum.test.ts"],
    ["+=", "killed", told],
  ]);

  // A better test: what it could tell otherwise is run again.
  appendFileSync(join(root, "src/sum.test.ts"), `test("three", () => expect(sumTo(3)).toBe(6));\n`);
  await measure(mutants.slice(1, 2));
  expect(run).toEqual(["0", "1", "++", "+=", "1"]);
  for (const folder of [root, join(root, "results/tree-0")]) {
    expect(readFileSync(join(folder, "src/sum.ts"), "utf8")).toBe(source);
  }
}, 300_000);
