import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { errnoOf, PreceptError, readPathFault } from "../errors.ts";
import { findNearest } from "../nearest.ts";
import { decodeText, TextFault } from "../storage/index.ts";
import type { Constitution } from "./constitution.ts";
import { ConstitutionInvalid, type Fault } from "./issues.ts";
import { type ParsedConstitution, type ParseOptions, parseWithPositions } from "./parse.ts";

const FOLDER = fileURLToPath(new URL("../../constitutions/", import.meta.url));

/** Far above any constitution (the 2026 document has 0.2 MB), far below what a parser chokes on. */
export const LARGEST_FILE = 4_000_000;

/** The names of the constitutions that come with Precept, such as "harbor". */
export async function bundledConstitutions(): Promise<string[]> {
  const names = await readdir(FOLDER);
  return names
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => name.slice(0, -".yaml".length))
    .sort();
}

/**
 * Reads a constitution by the path of its file or by the name of one that comes with Precept.
 * @throws ConstitutionInvalid for a faulty file; PreceptError "input-invalid" or "permission" for one that cannot be read.
 */
export async function loadConstitution(
  nameOrPath: string,
  options: Omit<ParseOptions, "file"> = {},
): Promise<Constitution> {
  return (await loadWithPositions(nameOrPath, options)).constitution;
}

/** As `loadConstitution`, and says where everything stands and how the file is called in messages. */
export async function loadWithPositions(
  nameOrPath: string,
  options: Omit<ParseOptions, "file"> = {},
): Promise<ParsedConstitution & { readonly file: string }> {
  const bundled = /^[a-z0-9][a-z0-9-]*$/.test(nameOrPath) && (await bundledConstitutions()).includes(nameOrPath);
  const path = bundled ? `${FOLDER}${nameOrPath}.yaml` : nameOrPath;
  const file = bundled ? `constitutions/${nameOrPath}.yaml` : nameOrPath;
  const text = decode(await bytesOf(path, nameOrPath), file);
  return { ...parseWithPositions(text, { ...options, file }), file };
}

/** The text of a file to import. @throws as `loadConstitution`. */
export async function readTextFile(path: string): Promise<string> {
  return decode(await bytesOf(path, path), path);
}

async function bytesOf(path: string, given: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const code = errnoOf(cause);
    const attempted = `Reading the constitution ${given}`;
    if (code === "EACCES" || code === "EPERM") {
      throw new PreceptError("permission", {
        attempted,
        found: "no permission to read it",
        remedy: `chmod +r ${given}`,
        cause,
      });
    }
    const names = await bundledConstitutions();
    const close = findNearest(given.replace(/\.ya?ml$/, ""), names);
    const expected = `the path of a YAML file, or one of ${names.join(", ")}`;
    const fault = readPathFault(cause);
    throw new PreceptError(fault === undefined ? "input-invalid" : "usage", {
      attempted,
      found: fault ?? String(cause),
      expected,
      remedy: close.length === 0 ? undefined : `did you mean ${close.join(" or ")}?`,
      cause,
    });
  }
}

function decode(bytes: Buffer, file: string): string {
  const refuse = (fault: Fault, line?: number): never => {
    const at = line === undefined ? { file, path: [] } : { file, line, column: 1, path: [] };
    throw new ConstitutionInvalid(`Reading the constitution ${file}`, [{ ...fault, ...at }]);
  };
  if (bytes.length > LARGEST_FILE) return refuse({ code: "too-large", size: bytes.length, limit: LARGEST_FILE });
  try {
    return decodeText(bytes, file);
  } catch (error) {
    if (!(error instanceof TextFault)) throw error;
    return refuse({ code: "encoding", found: error.details.found }, error.line);
  }
}
