import { copyFile, mkdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join, relative } from "node:path";
import { z } from "zod";
import type { Repository } from "./repository.ts";

/** A file of a repository, and how to know it: sha256 of its bytes (large files), or git's sha1 of them as a blob. */
export interface RepositoryFile {
  readonly path: string;
  readonly size: number;
  readonly hash: { readonly algorithm: "sha256" | "git"; readonly hex: string };
}

const listing = z.array(
  z.object({
    path: z.string(),
    size: z.int().nonnegative(),
    hash: z.object({ algorithm: z.enum(["sha256", "git"]), hex: z.string() }),
  }),
);

/** The cache that Hugging Face's own tools share: HF_HUB_CACHE, else HF_HOME/hub, else ~/.cache/huggingface/hub. */
export function defaultCacheFolder(): string {
  const { HF_HUB_CACHE: cache, HF_HOME: home, XDG_CACHE_HOME: base = join(homedir(), ".cache") } = process.env;
  return cache ?? join(home ?? join(base, "huggingface"), "hub");
}

/** One repository's folder in the cache, laid out as huggingface_hub does: blobs by hash, snapshots by commit, refs by name. */
export class RepositoryCache {
  readonly folder: string;

  constructor(cacheFolder: string, { type, name }: Repository) {
    this.folder = join(cacheFolder, [`${type}s`, ...name.split("/")].join("--"));
  }

  snapshot(commit: string): string {
    return join(this.folder, "snapshots", commit);
  }

  blob({ hash }: RepositoryFile): string {
    return join(this.folder, "blobs", hash.hex);
  }

  /** The commit that a branch or tag was when it was last fetched. */
  async commitOf(revision: string): Promise<string | undefined> {
    const text = await readFile(join(this.folder, "refs", revision), "utf8").catch(() => undefined);
    return text?.trim();
  }

  async setCommit(revision: string, commit: string): Promise<void> {
    const path = join(this.folder, "refs", revision);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, commit);
  }

  /** All files of a commit as the hub listed them; undefined when it has not been asked. */
  async files(commit: string): Promise<readonly RepositoryFile[] | undefined> {
    try {
      return listing.parse(JSON.parse(await readFile(this.#listingPath(commit), "utf8")));
    } catch {
      return undefined;
    }
  }

  async setFiles(commit: string, files: readonly RepositoryFile[]): Promise<void> {
    await mkdir(dirname(this.#listingPath(commit)), { recursive: true });
    await writeFile(this.#listingPath(commit), `${JSON.stringify(files, null, 1)}\n`);
  }

  async has(commit: string, file: RepositoryFile): Promise<boolean> {
    const found = await stat(join(this.snapshot(commit), file.path)).catch(() => undefined);
    return found?.size === file.size;
  }

  /** Puts a blob into a snapshot: a relative link, or a copy where links are not allowed. */
  async link(commit: string, file: RepositoryFile): Promise<void> {
    const path = join(this.snapshot(commit), file.path);
    await mkdir(dirname(path), { recursive: true });
    await rm(path, { force: true });
    await symlink(relative(dirname(path), this.blob(file)), path).catch(() => copyFile(this.blob(file), path));
  }

  #listingPath(commit: string): string {
    return join(this.folder, "precept", `${commit}.json`);
  }
}
