import { createRequire } from "node:module";
import { join } from "node:path";
import { PreceptError } from "./errors.ts";

/** Why a package is no dependency, and how to add it. */
export interface OptionalPackage {
  readonly name: string;
  /** What is being done that needs it. */
  readonly attempted: string;
  readonly expected: string;
  /** The command that adds it. */
  readonly remedy: string;
}

/**
 * Where Node finds a module of an optional package: beside precept, else from the working directory, whose project may have
 * it while precept stands elsewhere, as under npx. Undefined where it is not installed.
 */
export function resolveOptional(specifier: string): string | undefined {
  for (const place of [import.meta.url, join(process.cwd(), "package.json")]) {
    try {
      return createRequire(place).resolve(specifier);
    } catch {
      // Asked at the next place.
    }
  }
  return undefined;
}

/** As `resolveOptional`. @throws PreceptError package-missing */
export function resolvePackage(specifier: string, { name, ...details }: OptionalPackage): string {
  const path = resolveOptional(specifier);
  if (path === undefined) throw new PreceptError("package-missing", { found: `no package ${name}`, ...details });
  return path;
}
