import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A command line as a document shows it, and where. */
export interface ShownLine {
  readonly line: string;
  /** file:line */
  readonly place: string;
}

export const repositoryPath = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const command = /^(?:npx precept|npm |[A-Z_]+=|export |echo .*\| npx precept)/;
const shell = new Set(["", "sh", "bash", "console"]);

/** The command lines of a document's code blocks, fenced or indented, in order, without their comments. */
export function readCommandLines(document: string): ShownLine[] {
  const found: ShownLine[] = [];
  let fence: string | undefined;
  for (const [index, text] of readFileSync(repositoryPath(document), "utf8").split("\n").entries()) {
    const [, language] = /^```(\S*)/.exec(text) ?? [];
    if (language !== undefined) {
      fence = fence === undefined ? language : undefined;
      continue;
    }
    const isCode = fence === undefined ? text.startsWith("    ") : shell.has(fence);
    const line = text.trim().replace(/\s+#\s.*$/, "");
    if (isCode && command.test(line)) found.push({ line, place: `${document}:${index + 1}` });
  }
  return found;
}

/** The code blocks of a document whose fence says this. */
export function readBlock(document: string, fence: string): string[] {
  const text = readFileSync(repositoryPath(document), "utf8");
  return [...text.matchAll(/^```([^\n]*)\n([\s\S]*?)^```/gm)].flatMap(([, head, body = ""]) =>
    head === fence ? [body] : [],
  );
}

export const same = Symbol("as it is shown");

/** What runs in a line's place, or why nothing does. */
export type Entry =
  | typeof same
  | string
  | ((line: string) => string)
  | { readonly skip: string }
  | { readonly serve: string; readonly port: number };

/** The entry of every line. @throws Error that names the lines which no entry covers, and the entries which no line needs. */
export function entriesFor(
  lines: readonly ShownLine[],
  entries: readonly (readonly [string | RegExp, Entry])[],
): { readonly line: string; readonly entry: Entry }[] {
  const fits = (pattern: string | RegExp, line: string): boolean =>
    typeof pattern === "string" ? pattern === line : pattern.test(line);
  const found = lines.map(({ line }) => entries.find(([pattern]) => fits(pattern, line))?.[1]);
  const faults = [
    ...lines.flatMap(({ line, place }, index) =>
      found[index] === undefined ? [`no entry covers ${place}: ${line}`] : [],
    ),
    ...entries.flatMap(([pattern]) => (lines.some(({ line }) => fits(pattern, line)) ? [] : [`no line is ${pattern}`])),
  ];
  if (faults.length > 0) throw new Error(faults.join("\n"));
  return lines.map(({ line }, index) => ({ line, entry: found[index] ?? same }));
}
