import { readFile, realpath } from "node:fs/promises";
import { extname, join, sep } from "node:path";
import { errnoOf } from "../../errors.ts";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
};

/** A file of the pages; index.html for "/" and "/organiser". Undefined for any other path, links out of the folder among them. */
export async function readPage(
  folder: string,
  path: string,
): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly type: string; readonly caching: string } | undefined> {
  try {
    const root = await realpath(folder);
    const isDocument = path === "/" || path === "/organiser";
    const file = await realpath(join(root, isDocument ? "index.html" : decodeURIComponent(path)));
    const type = types[extname(file)];
    if (!file.startsWith(root + sep) || type === undefined) return undefined;
    // Names of files under assets/ carry a hash of their content.
    const caching = path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
    return { bytes: new Uint8Array(await readFile(file)), type, caching };
  } catch (error) {
    if (errnoOf(error) !== undefined || error instanceof URIError) return undefined;
    throw error;
  }
}
