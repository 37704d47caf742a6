import { registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { PreceptError } from "../../errors.ts";
import { packageRoot } from "../../storage/index.ts";

/** This package itself, from its sources and compiled alike. */
const ownIndex: string = import.meta.resolve(`../index.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`);

/**
 * The default export of a configuration written as a program. Node strips its types; "precept" means this package also
 * where it is not installed beside the file, as under npx, and the file is a module whatever its folder's package.json says.
 * @throws PreceptError config-invalid when it cannot be loaded or exports nothing by default.
 */
export async function importConfig(file: string): Promise<unknown> {
  const url = pathToFileURL(file).href;
  const hooks = registerHooks({
    resolve: (specifier, context, next) => {
      if (specifier === url) return { url, format: formatOf(file), shortCircuit: true };
      if (specifier === "precept") return { url: ownIndex, shortCircuit: true };
      if (!specifier.startsWith("precept/")) return next(specifier, context);
      return next(specifier, { ...context, parentURL: pathToFileURL(join(packageRoot, "package.json")).href });
    },
  });
  try {
    const module: unknown = await import(url);
    if (typeof module === "object" && module !== null && "default" in module) return module.default;
  } catch (error) {
    if (error instanceof PreceptError) throw error;
    throw new PreceptError("config-invalid", {
      attempted: `Loading the configuration ${file}`,
      found: error instanceof Error ? `${lineIn(error, file)}${error.name}: ${error.message}` : String(error),
      expected: "a module that Node can run (types are stripped; enums and namespaces are not possible)",
      cause: error,
    });
  } finally {
    hooks.deregister();
  }
  throw new PreceptError("config-invalid", {
    attempted: `Loading the configuration ${file}`,
    found: "no default export",
    expected: "export default defineConfig({ … })",
  });
}

/** "line 5, " where the stack of an error names a line of the file. */
function lineIn({ stack = "" }: Error, file: string): string {
  const at = stack.indexOf(`${file}:`);
  const line = at < 0 ? undefined : /^\d+/.exec(stack.slice(at + file.length + 1))?.[0];
  return line === undefined ? "" : `line ${line}, `;
}

function formatOf(file: string): string {
  if (/\.cjs$/.test(file)) return "commonjs";
  if (/\.cts$/.test(file)) return "commonjs-typescript";
  return /ts$/.test(file) ? "module-typescript" : "module";
}
