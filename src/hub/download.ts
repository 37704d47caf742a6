import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { PreceptError, throwIfInterrupted } from "../errors.ts";
import type { RepositoryFile } from "./cache.ts";

/** Attempts in a row that bring nothing, and milliseconds before the second one; each later one waits twice as long. */
const ATTEMPTS = 5;
const FIRST_WAIT = 250;
/** A connection that says nothing for so long is given up, in milliseconds. */
const SILENCE = 60_000;

/** One file to fetch, and whom to tell. */
export interface DownloadOptions {
  readonly url: string;
  readonly file: RepositoryFile;
  /** Where the whole file goes; what there is of it meanwhile stands at `TARGET.incomplete`. */
  readonly target: string;
  readonly fetch: typeof fetch;
  /** Turns an answer that is none into an error for people. */
  readonly refusalOf: (response: Response) => PreceptError;
  /** Bytes of this file that are here. */
  readonly loaded: (bytes: number) => void;
  readonly signal: AbortSignal | undefined;
}

/**
 * Fetches one file, going on where an earlier attempt ended, and checks its hash before it takes its name.
 * @throws PreceptError endpoint-down, checkpoint-invalid for a wrong hash, interrupted, or as `refusalOf` says.
 */
export async function download(options: DownloadOptions): Promise<void> {
  const { url, file, target, signal } = options;
  const partial = `${target}.incomplete`;
  await mkdir(dirname(target), { recursive: true });
  let have = await sizeOf(partial);
  if (file.size === 0 || have > file.size) {
    await writeFile(partial, "");
    have = 0;
  }
  for (let failures = 0; have < file.size; ) {
    const before = have;
    let failure: unknown;
    try {
      await fetchRest(options, partial, have);
    } catch (error) {
      if (error instanceof PreceptError) throw error;
      failure = error;
    }
    have = await sizeOf(partial);
    throwIfInterrupted(signal, `Fetching ${url}`, `stopped after ${have} of ${file.size} bytes`);
    if (have >= file.size) break;
    failures = have > before ? 1 : failures + 1;
    if (failures >= ATTEMPTS) {
      throw new PreceptError("endpoint-down", {
        attempted: `Fetching ${url}`,
        found: `${have} of ${file.size} bytes; then ${failure instanceof Error ? failure.message : "the connection ended"}`,
        remedy: "the same command continues where it stopped",
        cause: failure,
      });
    }
    await wait(FIRST_WAIT * 2 ** (failures - 1));
  }
  await verify(partial, file, url);
  await rename(partial, target);
}

const sizeOf = async (path: string): Promise<number> => (await stat(path).catch(() => undefined))?.size ?? 0;

async function fetchRest(options: DownloadOptions, partial: string, have: number): Promise<void> {
  const { url, file, loaded, refusalOf, signal } = options;
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(new Error("no answer for a minute")), SILENCE);
  const signals = signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal]);
  const handle = await open(partial, "a");
  try {
    const headers: Record<string, string> = have > 0 ? { Range: `bytes=${have}-` } : {};
    const response = await options.fetch(url, { headers, signal: signals });
    if (response.status === 416) {
      await handle.truncate(0);
      return;
    }
    if (response.status >= 500) throw new Error(`status ${response.status}`);
    if (!response.ok || response.body === null) throw refusalOf(response);
    let at = have;
    if (have > 0 && response.status !== 206) {
      await handle.truncate(0);
      at = 0;
    }
    for await (const chunk of response.body) {
      timer.refresh();
      at += chunk.length;
      if (at > file.size) {
        await handle.truncate(0);
        throw wrongFileError(url, `more than ${file.size} bytes`, `${file.size}, as the hub lists it`);
      }
      await handle.writeFile(chunk);
      loaded(at);
    }
  } finally {
    clearTimeout(timer);
    await handle.close();
  }
}

/** @throws PreceptError checkpoint-invalid, and the file is gone: it would only be wrong again. */
async function verify(path: string, { size, hash }: RepositoryFile, url: string): Promise<void> {
  const sum: Hash = createHash(hash.algorithm === "sha256" ? "sha256" : "sha1");
  if (hash.algorithm === "git") sum.update(`blob ${size}\u0000`);
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) sum.update(chunk);
  const found = sum.digest("hex");
  if (found === hash.hex) return;
  await rm(path, { force: true });
  throw wrongFileError(url, `${hash.algorithm} ${found}`, hash.hex);
}

const wrongFileError = (url: string, found: string, expected: string): PreceptError =>
  new PreceptError("checkpoint-invalid", {
    attempted: `Checking what came from ${url}`,
    found,
    expected,
    remedy: "give the same command again; if it stays so, the hub or something before it changes files",
  });
