import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Interruption, PreceptError } from "../errors.ts";
import { asFileError, checkpointPlace, packageRoot, takeLock } from "../storage/index.ts";
import { defaultCacheFolder, RepositoryCache, type RepositoryFile } from "./cache.ts";
import { download } from "./download.ts";
import { isRepositoryId, parseRepository, type Repository, repositoryPath } from "./repository.ts";

/** How far a fetch is. */
export interface HubProgress {
  /** The file that is being fetched. */
  readonly file: string;
  /** Bytes of all wanted files that are here, and that there are. */
  readonly loaded: number;
  readonly total: number;
}

/** What to fetch, and where it goes. */
export interface HubOptions {
  /** A branch, tag or commit; default that of the id ("owner/name@revision"), else "main". */
  readonly revision?: string;
  /** Which of all files are wanted, by path; default what a model needs (`isModelFile`), or all data of a dataset. */
  readonly files?: (path: string, all: readonly string[]) => boolean;
  readonly progress?: (progress: HubProgress) => void;
  readonly signal?: AbortSignal | undefined;
  /** Default HF_HUB_CACHE, else HF_HOME/hub, else ~/.cache/huggingface/hub: shared with Python. */
  readonly cacheFolder?: string;
  /** Asks the hub whether a branch has moved; default false: what is here is taken. */
  readonly refresh?: boolean;
}

/** Configuration, tokenizer and safetensors at the top of a model's repository; no pickles, no other formats. */
export const isModelFile = (path: string): boolean =>
  /^[^/]+\.(json|jinja)$/.test(path) || /^(adapter_)?model[^/]*\.safetensors$/.test(path);

/** Tables and lines of text. */
export const isDatasetFile = (path: string): boolean => /\.(jsonl?|ndjson|csv|tsv|parquet|txt|md|gz|zst)$/.test(path);

const isCommit = (revision: string): boolean => /^[0-9a-f]{40}$/.test(revision);

/**
 * The files of a repository, fetched once: the folder of its snapshot in the cache. HF_ENDPOINT names another hub, HF_TOKEN
 * (from the environment only) opens private repositories. Every file's hash is checked; an interrupted download goes on
 * where it ended.
 * @throws PreceptError model-unknown, key-missing, key-rejected, quota-exhausted, endpoint-down, checkpoint-invalid,
 * interrupted, run-locked (another process fetches it), disk or permission.
 */
export async function fetchFromHub(id: string, options: HubOptions = {}): Promise<string> {
  const repository = parseRepository(id, options.revision);
  const { cacheFolder = defaultCacheFolder(), refresh = false } = options;
  const wanted = options.files ?? (repository.type === "model" ? isModelFile : isDatasetFile);
  const cache = new RepositoryCache(cacheFolder, repository);
  const known = isCommit(repository.revision) ? repository.revision : await cache.commitOf(repository.revision);
  if (known !== undefined && (!refresh || isCommit(repository.revision))) {
    if (await isHere(cache, known, wanted, isCommit(repository.revision))) return cache.snapshot(known);
  }
  try {
    await mkdir(cache.folder, { recursive: true });
  } catch (error) {
    throw asFileError(error, `Making ${cache.folder}`);
  }
  const lock = takeLock(cache.folder, `fetch ${id}`);
  try {
    return await fetchFiles(repository, cache, wanted, options);
  } catch (error) {
    throw asFileError(error, `Fetching ${id}`);
  } finally {
    lock.release();
  }
}

type Wanted = NonNullable<HubOptions["files"]>;

function selectFiles(files: readonly RepositoryFile[], wanted: Wanted): RepositoryFile[] {
  const all = files.map(({ path }) => path);
  return files.filter(({ path }) => wanted(path, all));
}

async function findAbsent(
  cache: RepositoryCache,
  commit: string,
  files: readonly RepositoryFile[],
): Promise<RepositoryFile[]> {
  const here = await Promise.all(files.map((file) => cache.has(commit, file)));
  return files.filter((_, index) => here[index] === false);
}

/** Whether all that is wanted of a commit is on this machine. What a branch lacked then may have been pushed since. */
async function isHere(cache: RepositoryCache, commit: string, wanted: Wanted, isFinal: boolean): Promise<boolean> {
  const files = await cache.files(commit);
  if (files === undefined) return false;
  try {
    return (await findAbsent(cache, commit, selectFiles(files, wanted))).length === 0;
  } catch (error) {
    if (!isFinal && error instanceof PreceptError && error.code === "input-invalid") return false;
    throw error;
  }
}

async function fetchFiles(
  repository: Repository,
  cache: RepositoryCache,
  wanted: Wanted,
  { progress, signal }: HubOptions,
): Promise<string> {
  const hub = new Hub(repository, signal);
  const commit = await hub.commit();
  const all = await hub.files(commit);
  const files = selectFiles(all, wanted);
  if (files.length === 0) {
    throw new PreceptError("model-unknown", {
      attempted: `Fetching ${hub.label}`,
      found: `none of its ${all.length} files is wanted`,
      expected: repository.type === "model" ? "config.json, safetensors and a tokenizer" : "tables or lines of text",
      remedy: "look whether the id is right; a model in pickles must be converted to safetensors first",
    });
  }
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const missing = await findAbsent(cache, commit, files);
  let done = total - missing.reduce((sum, { size }) => sum + size, 0);
  for (const file of missing) {
    const report = (bytes: number): void => progress?.({ file: file.path, loaded: done + bytes, total });
    const target = cache.blob(file);
    if (!existsSync(target)) {
      report(0);
      const refusalOf = (response: Response): PreceptError => hub.refusal(response.status, file.path);
      const url = hub.url(commit, file.path);
      await download({ url, file, target, fetch: hub.fetch, refusalOf, loaded: report, signal });
    }
    await cache.link(commit, file);
    report(file.size);
    done += file.size;
  }
  await cache.setFiles(commit, all);
  if (repository.revision !== commit) await cache.setCommit(repository.revision, commit);
  return cache.snapshot(commit);
}

/** What is asked of a hub about one repository, by @huggingface/hub, with errors for people. */
class Hub {
  readonly label: string;
  readonly fetch: typeof fetch;
  readonly #repository: Repository;
  readonly #endpoint: string;
  readonly #token: string | undefined;

  constructor(repository: Repository, signal: AbortSignal | undefined) {
    this.#repository = repository;
    this.#endpoint = (process.env["HF_ENDPOINT"] || "https://huggingface.co").replace(/\/+$/, "");
    this.#token = process.env["HF_TOKEN"] || undefined;
    this.label = `${repositoryPath(repository)} from ${this.#endpoint}`;
    const origin = new URL(this.#endpoint).origin;
    this.fetch = (input, init = {}) => {
      const url = new URL(input instanceof Request ? input.url : input);
      const headers = new Headers(init.headers);
      // The token is for the hub alone; on a redirect to another host fetch itself drops it.
      if (this.#token !== undefined && url.origin === origin) headers.set("Authorization", `Bearer ${this.#token}`);
      return fetch(url, { ...init, headers, signal: init.signal ?? signal ?? null });
    };
  }

  url(commit: string, path: string): string {
    const file = path.split("/").map(encodeURIComponent).join("/");
    return `${this.#endpoint}/${repositoryPath(this.#repository)}/resolve/${commit}/${file}`;
  }

  /** The commit that the revision is now. */
  async commit(): Promise<string> {
    const { name, type, revision } = this.#repository;
    const { modelInfo, datasetInfo } = await import("@huggingface/hub");
    const common = { name, revision, hubUrl: this.#endpoint, fetch: this.fetch, additionalFields: ["sha" as const] };
    const { sha } = await this.#ask(() => (type === "model" ? modelInfo(common) : datasetInfo(common)));
    if (typeof sha === "string" && isCommit(sha)) return sha;
    throw this.#nonsenseError(`the commit ${JSON.stringify(sha)}`);
  }

  async files(commit: string): Promise<RepositoryFile[]> {
    const { listFiles } = await import("@huggingface/hub");
    const repo = repositoryPath(this.#repository);
    const files: RepositoryFile[] = [];
    await this.#ask(async () => {
      const entries = listFiles({ repo, revision: commit, recursive: true, hubUrl: this.#endpoint, fetch: this.fetch });
      for await (const { type, path, size, oid, lfs } of entries) {
        if (type !== "file") continue;
        const isSafe = path.split("/").every((name) => name !== "" && name !== "." && name !== "..");
        const hex = lfs?.oid ?? oid ?? "";
        if (!isSafe || path.includes("\\") || !/^[0-9a-f]{40,64}$/.test(hex) || !Number.isSafeInteger(size))
          throw this.#nonsenseError(`the file ${JSON.stringify(path)}`);
        files.push({ path, size: lfs?.size ?? size, hash: { algorithm: lfs === undefined ? "git" : "sha256", hex } });
      }
    });
    return files;
  }

  /** What an answer's status means to a person. */
  refusal(status: number, path?: string): PreceptError {
    const attempted = `Fetching ${path === undefined ? "" : `${path} of `}${this.label}`;
    const hasToken = this.#token !== undefined;
    if (status === 401 || status === 403) {
      return new PreceptError(hasToken ? "key-rejected" : "key-missing", {
        attempted,
        found: `status ${status}: ${hasToken ? "HF_TOKEN does not open it" : "it is private or gated, or does not exist"}`,
        remedy: hasToken ? "accept its conditions on the hub, or use another token" : "put a token into HF_TOKEN",
      });
    }
    if (status === 404) {
      return new PreceptError("model-unknown", {
        attempted,
        found: `no such repository, revision ${this.#repository.revision} or file`,
        remedy: "check the id and the revision; for a private one, put a token into HF_TOKEN",
      });
    }
    if (status === 429) {
      return new PreceptError("quota-exhausted", {
        attempted,
        found: "too many requests (status 429)",
        remedy: "wait some minutes, then give the same command again",
      });
    }
    return new PreceptError("endpoint-down", {
      attempted,
      found: `status ${status}`,
      remedy: "try again later, or set HF_ENDPOINT to another hub",
    });
  }

  #nonsenseError(found: string): PreceptError {
    return new PreceptError("endpoint-down", {
      attempted: `Asking for ${this.label}`,
      found,
      expected: "a hub's answer",
    });
  }

  async #ask<T>(question: () => Promise<T>): Promise<T> {
    const { HubApiError } = await import("@huggingface/hub");
    try {
      return await question();
    } catch (error) {
      if (error instanceof PreceptError) throw error;
      if (error instanceof HubApiError) throw this.refusal(error.statusCode);
      if (error instanceof Error && error.name === "AbortError") throw new Interruption(`Asking for ${this.label}`);
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : undefined;
      throw new PreceptError("endpoint-down", {
        attempted: `Asking for ${this.label}`,
        found: cause ?? (error instanceof Error ? error.message : String(error)),
        remedy: "check the network, or set HF_ENDPOINT to a hub that can be reached",
        cause: error,
      });
    }
  }
}

/** A local folder or file as it is, or a model of the hub, fetched once. @throws PreceptError as `fetchFromHub`, or checkpoint-missing. */
export async function resolveModelFolder(idOrFolder: string, options: HubOptions = {}): Promise<string> {
  const place = checkpointPlace(idOrFolder);
  if (existsSync(place) || existsSync(`${place}.previous`)) return place;
  const isFile = idOrFolder.endsWith(".gguf");
  const isId = !isFile && isRepositoryId(idOrFolder) && idOrFolder.includes("/") && !idOrFolder.startsWith("datasets/");
  if (isId) return fetchFromHub(idOrFolder, options);
  const own = join(packageRoot, idOrFolder);
  throw new PreceptError("checkpoint-missing", {
    attempted: `Looking for the model ${idOrFolder}`,
    found: isFile ? "no such file" : "no such folder, and no id of a hub's model",
    expected: "a folder with config.json and safetensors, a GGUF file, or owner/name",
    remedy: idOrFolder.startsWith("models/") && existsSync(own) ? `${own}, which came with Precept` : "check the path",
  });
}
