import { createHash } from "node:crypto";
import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { manifestSchema } from "../../src/runs/index.ts";
import { writeAll } from "../../src/storage/index.ts";

/** A run whose SL-CAI has so many records: those of harbor's again and again, each time under other prompts. */
export function makeLargeRun(
  harbor: string,
  folder: string,
  records: number,
): { readonly records: number; readonly bytes: number } {
  const lines = readFileSync(join(harbor, "sl-cai", "records.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.includes('"source":"replay"'));
  const copies = Math.ceil(records / lines.length);
  mkdirSync(join(folder, "sl-cai"), { recursive: true });
  const file = openSync(join(folder, "sl-cai", "records.jsonl"), "w");
  const sha256 = createHash("sha256");
  let bytes = 0;
  for (let copy = 0; copy < copies; copy++) {
    const prefix = `"$1${String(copy).padStart(4, "0")}-sl-cai-`;
    const text = Buffer.from(lines.map((line) => `${line.replace(/"(sl-cai\/)?sl-cai-/gu, prefix)}\n`).join(""));
    writeAll(file, text);
    sha256.update(text);
    bytes += text.length;
  }
  fsyncSync(file);
  closeSync(file);
  for (const name of ["constitution.json", "summary.json"]) {
    if (existsSync(join(harbor, name))) copyFileSync(join(harbor, name), join(folder, name));
  }
  const manifest = manifestSchema.parse(JSON.parse(readFileSync(join(harbor, "manifest.json"), "utf8")));
  const entry = manifest.stages["sl-cai"];
  if (entry === undefined) throw new Error(`${harbor} has no stage sl-cai`);
  const stages = { "sl-cai": { ...entry, records: { records: sha256.digest("hex") }, checkpoints: [] } };
  const of = `${basename(harbor)}, ${copies} times`;
  writeFileSync(join(folder, "manifest.json"), JSON.stringify({ ...manifest, of, stages }, null, 2));
  return { records: copies * lines.length, bytes };
}
