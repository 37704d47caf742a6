import { readFile, realpath } from "node:fs/promises";
import { extname, join, sep } from "node:path";
import { errnoOf } from "../../errors.ts";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".woff2": "font/woff2",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".txt": "text/plain; charset=utf-8",
};

export interface Asset {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: string;
  /** Names of files under assets/ carry a hash of their content. */
  readonly caching: string;
}

/** A file of the pages, index.html for "/"; undefined for any other path, links out of the folder among them. */
export async function readAsset(folder: string, path: string): Promise<Asset | undefined> {
  try {
    const root = await realpath(folder);
    const file = await realpath(join(root, path === "/" ? "index.html" : decodeURIComponent(path)));
    const type = types[extname(file)];
    if (!file.startsWith(root + sep) || type === undefined) return undefined;
    const caching = path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
    return { bytes: new Uint8Array(await readFile(file)), type, caching };
  } catch (error) {
    if (errnoOf(error) !== undefined || error instanceof URIError) return undefined;
    throw error;
  }
}
