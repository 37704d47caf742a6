import { dirname, join } from "node:path/posix";
import { everybodyMayImport, importsOf, roomOf, type SourceFile } from "./architecture.ts";

/** What a room's door hands on of other rooms: each room is its own public surface. The package's own door hands on all. */
export function foreignReexports(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ path }) => path.endsWith("/index.ts") && path !== "src/index.ts")
    .flatMap(({ path, text }) =>
      [...text.matchAll(/^export\s[^;]*?\sfrom\s+"(\.[^"]+)"/gm)]
        .map(([, specifier = ""]) => join(dirname(path), specifier))
        .filter((target) => roomOf(target) !== roomOf(path) && !everybodyMayImport.includes(roomOf(target)))
        .map((target) => `${path} hands on ${target}`),
    );
}

/** Files of more than `limit` lines. */
export function longFiles(files: readonly SourceFile[], limit = 350): string[] {
  return files.filter((file) => linesOf(file) > limit).map((file) => `${file.path}: ${linesOf(file)} lines`);
}

/** The median number of lines of a file; of an even number of files, the lower one of the two in the middle. */
export function medianLines(files: readonly SourceFile[]): number {
  return files.map(linesOf).sort((a, b) => a - b)[Math.floor((files.length - 1) / 2)] ?? 0;
}

/** Lines that match, each with its file: `countable` patterns of what the house no longer writes. */
export function linesWith(files: readonly SourceFile[], pattern: RegExp): string[] {
  return files.flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  );
}

/** A specification that no clone has; web addresses that hold the word are none. */
export const specCitation = /(?<![\w/.-])(?:\.\.\/)*(?:shared\/)?spec\/[\w-]+\.md/;

/** A field that is spread in where it is there, instead of being given as it is. */
export const undefinedSpread = /=== undefined \? \{\} :/;

/** A rate said as "tokens a step" instead of "tokens per step". */
export const rateWithoutPer =
  /(?<!\w)(?:one|two|dollars|tokens|calls|rows|bytes|lines?|ms|µs|principle|[KMG]i?B) an? (?:million tokens|response token|token|step|second|item|row|line|principle|pair|call|layer|round|record|parameter|sequence|batch|thread|option|label|rater|stage|sample)\b/;

/** Rooms that the command line imports and that a program cannot: `exported` are the keys of package.json's exports. */
export function hiddenRooms(files: readonly SourceFile[], exported: readonly string[]): string[] {
  return files.filter(isCli).flatMap(({ path, text }) =>
    importsOf(text)
      .filter(({ specifier }) => specifier.startsWith("."))
      .map(({ specifier }) => join(dirname(path), specifier))
      .filter((target) => !["cli", ...everybodyMayImport].includes(roomOf(target)))
      .filter((target) => !exported.includes(target.replace(/^src\//, "./").replace(/\/index\.ts$/, "")))
      .map((target) => `${path} imports ${target}, which package.json does not export`),
  );
}

/** Files of the command line that read and write, hash, or start processes themselves. */
export function cliWithLogic(files: readonly SourceFile[]): string[] {
  return importers(files.filter(isCli), /^node:(?:fs|fs\/promises|crypto|child_process)$/);
}

/** Whatever is no command and imports from the command line. */
export function cliAsLibrary(files: readonly SourceFile[]): string[] {
  return importers(
    files.filter((file) => !isCli(file)),
    /\/src\/cli\/|^(?:\.\.\/)+cli\//,
  );
}

function importers(files: readonly SourceFile[], specifiers: RegExp): string[] {
  return files.flatMap(({ path, text }) =>
    importsOf(text)
      .filter(({ specifier }) => specifiers.test(specifier))
      .map(({ specifier }) => `${path} imports ${specifier}`),
  );
}

function isCli({ path }: SourceFile): boolean {
  return path.startsWith("src/cli/");
}

function linesOf({ text }: SourceFile): number {
  return text.split("\n").length - 1;
}
