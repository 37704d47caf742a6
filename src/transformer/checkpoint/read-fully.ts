import type { FileHandle } from "node:fs/promises";
import { damagedFile } from "./safetensors-header.ts";

/** More than this at once, and some systems read nothing. */
const CHUNK_BYTES = 2 ** 26;

/** Fills `target` from a place in a file. @throws PreceptError checkpoint-invalid when the file ends before. */
export async function readFully(file: FileHandle, target: Uint8Array, position: number, path: string): Promise<void> {
  for (let done = 0; done < target.length; ) {
    const { bytesRead } = await file.read(target, done, Math.min(CHUNK_BYTES, target.length - done), position + done);
    if (bytesRead === 0) throw damagedFile(path, `an end after ${position + done} bytes`, "a file that is not cut off");
    done += bytesRead;
  }
}
