import { createReadStream, existsSync, readdirSync } from "node:fs";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { errnoOf, PreceptError } from "../../errors.ts";
import { checkpointPlace } from "../../storage/index.ts";

const previousOf = (folder: string): string => `${resolve(folder)}.previous`;

/**
 * Puts a folder of these files in the place of whatever stands there. A process that dies at any moment leaves the old
 * folder or the new one: both are whole, and between the two renames the old one is found as `NAME.previous`.
 * @throws PreceptError disk or permission.
 */
export async function replaceFolder(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array | Iterable<Uint8Array>>>,
): Promise<void> {
  const target = resolve(folder);
  const temporary = `${target}.writing`;
  const previous = previousOf(folder);
  try {
    await mkdir(dirname(target), { recursive: true });
    if (existsSync(target)) await rm(previous, { recursive: true, force: true });
    await rm(temporary, { recursive: true, force: true });
    await mkdir(temporary);
    for (const [name, content] of Object.entries(files)) {
      const file = await open(join(temporary, name), "w");
      try {
        const isWhole = typeof content === "string" || content instanceof Uint8Array;
        for (const piece of isWhole ? [content] : content) await file.writeFile(piece);
        await file.sync();
      } finally {
        await file.close();
      }
    }
    if (existsSync(target)) await rename(target, previous);
    await rename(temporary, target);
    await rm(previous, { recursive: true, force: true });
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    throw asDiskError(error, `Writing ${folder}`);
  }
}

/**
 * The folder with the model: itself, what a training job, a stage or a training run in it wrote, or that of "RUN@STAGE".
 * @throws PreceptError checkpoint-missing for a run whose stages wrote models of their own, or a stage that wrote none.
 */
export function modelFolder(place: string): string {
  const folder = checkpointPlace(place);
  const holds = (place: string): boolean =>
    ["config.json", "adapter_config.json"].some((name) => existsSync(join(place, name)));
  const places = [folder, join(folder, "checkpoint"), join(folder, "train", "checkpoint")];
  const found = places.find(holds);
  if (found !== undefined || !existsSync(join(folder, "manifest.json"))) return found ?? folder;
  const ofStages = readdirSync(folder)
    .filter((stage) => holds(join(folder, stage, "checkpoint")))
    .map((stage) => `${folder}@${stage}`);
  throw new PreceptError("checkpoint-missing", {
    attempted: `Looking for the model in ${folder}`,
    found: ofStages.length === 0 ? "a run without a checkpoint" : "a run whose stages have checkpoints of their own",
    expected: "the folder of one checkpoint",
    remedy: ofStages.length === 0 ? `precept show ${folder} says what there is` : ofStages.join(" or "),
  });
}

/** Where a folder that `replaceFolder` keeps stands now. */
export const currentFolder = (folder: string): string =>
  !existsSync(folder) && existsSync(previousOf(folder)) ? previousOf(folder) : folder;

/** One file of a folder that `replaceFolder` keeps. @throws PreceptError checkpoint-missing, permission or disk. */
export async function readFolderFile(folder: string, name: string): Promise<Buffer> {
  try {
    return await readFile(join(currentFolder(folder), name));
  } catch (error) {
    throw asDiskError(error, `Reading ${join(folder, name)}`);
  }
}

export const hasFolderFile = (folder: string, name: string): boolean => existsSync(join(currentFolder(folder), name));

/** The bytes of one file, piece by piece. @throws PreceptError as `readFolderFile` does. */
export async function openFolderFile(
  folder: string,
  name: string,
): Promise<{ readonly size: number; readonly chunks: AsyncIterable<Buffer> }> {
  const path = join(currentFolder(folder), name);
  try {
    const { size } = await stat(path);
    return { size, chunks: createReadStream(path, { highWaterMark: 2 ** 20 }) };
  } catch (error) {
    throw asDiskError(error, `Reading ${join(folder, name)}`);
  }
}

/** A PreceptError for the errors of a file system that a person can do something about; others as they are. */
export function asDiskError(error: unknown, attempted: string): unknown {
  const errno = errnoOf(error);
  const found = error instanceof Error ? error.message : String(error);
  switch (errno) {
    case "ENOENT":
    case "ENOTDIR":
    case "EISDIR":
      return new PreceptError("checkpoint-missing", {
        attempted,
        found: "no such file",
        remedy: "check the path",
        cause: error,
      });
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new PreceptError("permission", {
        attempted,
        found,
        remedy: "give another folder, or change its permissions",
        cause: error,
      });
    case "ENOSPC":
    case "EDQUOT":
      return new PreceptError("disk", {
        attempted,
        found,
        remedy: "free some space, then give the same command again",
        cause: error,
      });
    default:
      return error;
  }
}
