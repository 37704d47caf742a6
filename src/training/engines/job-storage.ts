import { createReadStream, existsSync } from "node:fs";
import { copyFile, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { PreceptError } from "../../errors.ts";
import { asFileError, writeWhole } from "../../storage/index.ts";
import { openBucket } from "./s3-storage.ts";
import type { JobStorage } from "./storage.ts";

/** @throws PreceptError usage for another kind of place; package-missing without the client of S3. */
export async function openStorage(place: string, env: NodeJS.ProcessEnv = process.env): Promise<JobStorage> {
  const authority = /^[a-z][\w+.-]*:\/\/([^/]*)/i.exec(place)?.[1] ?? "";
  // Arrow's form for keys: it would be repeated in errors, and told to the cluster.
  if (authority.includes("@") || /^[a-z]+:\/\/.*[?#]/i.test(place)) {
    throw new PreceptError("usage", {
      attempted: "Opening the storage",
      found: `${place.split("://")[0]}:// with a key, a ? or a # in it`,
      expected: "s3://BUCKET/FOLDER alone",
      remedy: "keys and AWS_ENDPOINT_URL go into the environment of each side",
    });
  }
  if (/^(s3|gs):\/\//.test(place)) return await openBucket(place, env);
  if (place.startsWith("file://")) return new FolderStorage(fileURLToPath(place));
  if (!/^[a-z][\w+.-]+:\/\//i.test(place)) return new FolderStorage(place);
  throw new PreceptError("usage", {
    attempted: `Opening the storage ${place}`,
    found: `an address that begins with ${place.split("://")[0]}://`,
    expected: "a folder that the cluster sees under the same path, s3://BUCKET/FOLDER or gs://BUCKET/FOLDER",
  });
}

/** A folder that both sides see under the same path. */
class FolderStorage implements JobStorage {
  readonly url: string;

  constructor(folder: string) {
    this.url = resolve(folder);
  }

  list(prefix: string): Promise<string[]> {
    return this.#try(`Reading ${this.url}`, async () => {
      const folder = dirname(join(this.url, `${prefix}x`));
      if (!existsSync(folder)) return [];
      const names = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isFile());
      const own = prefix.slice(0, prefix.lastIndexOf("/") + 1);
      return names.map(({ name }) => `${own}${name}`).filter((name) => name.startsWith(prefix));
    });
  }

  tree(folder: string): Promise<string[]> {
    return this.#try(`Reading ${this.url}`, async () => {
      const place = join(this.url, folder);
      if (!existsSync(place)) return [];
      const entries = await readdir(place, { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) =>
          join(entry.parentPath, entry.name)
            .slice(this.url.length + 1)
            .replaceAll("\\", "/"),
        );
    });
  }

  read(name: string, from = 0): Promise<Buffer | undefined> {
    const path = join(this.url, name);
    return this.#try(`Reading ${path}`, async () => {
      if (!existsSync(path)) return undefined;
      const parts: Buffer[] = [];
      for await (const part of createReadStream(path, { start: from })) parts.push(part as Buffer);
      return Buffer.concat(parts);
    });
  }

  write(name: string, content: string): Promise<void> {
    const path = join(this.url, name);
    return this.#try(`Writing ${path}`, async () => {
      await mkdir(dirname(path), { recursive: true });
      writeWhole(path, content);
    });
  }

  send(file: string, name: string): Promise<void> {
    const path = join(this.url, name);
    return this.#try(`Writing ${path}`, () => copyWhole(file, path));
  }

  fetch(name: string, file: string): Promise<void> {
    return this.#try(`Writing ${file}`, () => copyWhole(join(this.url, name), file));
  }

  async remove(name: string): Promise<void> {
    await this.#try(`Removing ${name}`, () => rm(join(this.url, name), { force: true }));
  }

  async #try<T>(attempted: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw asFileError(error, attempted);
    }
  }
}

async function copyWhole(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const temporary = `${to}.tmp`;
  await copyFile(from, temporary);
  const file = await open(temporary, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, to);
}
