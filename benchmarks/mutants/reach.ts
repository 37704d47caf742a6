import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { dirname, join as joinPosix } from "node:path/posix";
import { importsOf } from "../../test/architecture.ts";

/** Every quick test file of a tree: what `npm test` runs. */
function testFiles(paths: readonly string[]): string[] {
  return paths.filter((path) => path.endsWith(".test.ts") && !path.endsWith(".slow.test.ts"));
}

function sourcesOf(root: string): string[] {
  return ["src", "test"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => `${folder}/${name.replaceAll("\\", "/")}`),
  );
}

/**
 * The test files that reach each source file through imports of values, nearest first: by the number of imports between,
 * then by how much of the path they share, then by name.
 */
export function reachingTests(root: string): (file: string) => string[] {
  const paths = sourcesOf(root);
  const importers = new Map<string, string[]>();
  for (const path of paths) {
    for (const { specifier, isTypeOnly } of importsOf(readFileSync(join(root, path), "utf8"))) {
      if (isTypeOnly || !specifier.startsWith(".")) continue;
      const target = joinPosix(dirname(path), specifier);
      importers.set(target, [...(importers.get(target) ?? []), path]);
    }
  }
  const tests = new Set(testFiles(paths));
  return (file) => {
    const hops = new Map([[file, 0]]);
    for (const [path, distance] of hops) {
      for (const importer of importers.get(path) ?? []) if (!hops.has(importer)) hops.set(importer, distance + 1);
    }
    const rank = (test: string): number => (hops.get(test) ?? 0) - sharedParts(file, test) / 100;
    return [...hops.keys()].filter((path) => tests.has(path)).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  };
}

function sharedParts(a: string, b: string): number {
  const [parts, others] = [a.split("/"), b.split("/")];
  const differs = parts.findIndex((part, index) => part !== others[index]);
  return differs < 0 ? parts.length : differs;
}
