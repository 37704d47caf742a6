import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { SourceFile } from "typescript/unstable/ast";
import { API, type Checker, type Project, SymbolFlags, type Symbol as TypeSymbol } from "typescript/unstable/sync";
import { type Group, groupOf, signaturesOf } from "./signatures.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** What one name of an entry is: one or more declarations, and what its doc comment says. */
export interface Exported {
  readonly name: string;
  readonly group: Group;
  /** From the repository root. */
  readonly file: string;
  readonly signatures: readonly string[];
  readonly comment: string;
  readonly tags: readonly { readonly name: string; readonly text: string }[];
}

/** A public entry of the package. */
export interface Entry {
  /** As it is imported: "precept/models". */
  readonly name: string;
  readonly comment: string;
  readonly exported: readonly Exported[];
}

/** The public entries that package.json names, with their names in order. Reads the sources by TypeScript's own API. */
export function readEntries(): Entry[] {
  const { name: packageName, exports } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as {
    name: string;
    exports: Record<string, string>;
  };
  const api = new API({ cwd: root });
  try {
    const [project] = api.updateSnapshot({ openProjects: ["benchmarks/api-docs/tsconfig.json"] }).getProjects();
    if (project === undefined) throw new Error("TypeScript found no project in benchmarks/api-docs/tsconfig.json");
    return Object.entries(exports).flatMap(([path, built]) => {
      if (!built.endsWith(".js")) return [];
      const source = built.replace("./dist/", "src/").replace(/\.js$/, ".ts");
      const file = project.program.getSourceFile(`${root}${source}`);
      if (file === undefined) throw new Error(`package.json exports ${path}, and there is no ${source}`);
      return [
        { name: path.replace(/^\./, packageName), comment: fileComment(file), exported: readExports(file, project) },
      ];
    });
  } finally {
    api.close();
  }
}

/** The doc comment at the very beginning of a file, which speaks of the whole. */
function fileComment({ text }: SourceFile): string {
  const [, body = ""] = /^\/\*\*([\s\S]*?)\*\//.exec(text) ?? [];
  return body.replaceAll(/^\s*\*? ?/gm, "").trim();
}

function readExports(file: SourceFile, project: Project): Exported[] {
  const { checker } = project;
  const module = checker.getSymbolAtLocation(file);
  if (module === undefined) return [];
  return checker
    .getExportsOfModule(module)
    .map((symbol) => describe(symbol, project))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function describe(symbol: TypeSymbol, project: Project): Exported {
  const { checker } = project;
  const target = (symbol.flags & SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol);
  const nodes = target.declarations.flatMap((handle) => handle.resolve(project) ?? []);
  const [first] = nodes;
  if (first === undefined) throw new Error(`${symbol.name} is exported, and its declaration was not found`);
  return {
    name: symbol.name,
    group: groupOf(first),
    file: relative(root, first.getSourceFile().fileName).replaceAll("\\", "/"),
    signatures: signaturesOf(symbol.name, nodes, checker),
    ...documentation(target, checker),
  };
}

function documentation(symbol: TypeSymbol, checker: Checker): Pick<Exported, "comment" | "tags"> {
  const tags = checker.getJsDocTagsOfSymbol(symbol).map(({ name, text = "" }) => ({ name, text }));
  return { comment: checker.getDocumentationCommentOfSymbol(symbol), tags };
}
