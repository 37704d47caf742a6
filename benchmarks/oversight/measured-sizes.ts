import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type SizeRecord, sizeFile } from "../../src/oversight/index.ts";

/** Sizes that are done, a line each: hours of training that another machine need not repeat. */
const kept = fileURLToPath(new URL("./measured-sizes.jsonl", import.meta.url));

const placeOf = ({ name, seed }: SizeRecord): string => `size-${name}-seed-${seed}`;

/** Puts what was measured before where a sweep finds it. */
export function layMeasuredSizes(folder: string): void {
  if (!existsSync(kept)) return;
  for (const line of readFileSync(kept, "utf8").trim().split("\n")) {
    const place = join(folder, placeOf(JSON.parse(line) as SizeRecord));
    if (existsSync(sizeFile(place))) continue;
    mkdirSync(place, { recursive: true });
    writeFileSync(sizeFile(place), `${line}\n`);
  }
}

export function keepMeasuredSizes(folder: string, sizes: readonly SizeRecord[]): void {
  const lines = sizes.map((size) => readFileSync(sizeFile(join(folder, placeOf(size))), "utf8").trim());
  writeFileSync(kept, `${lines.join("\n")}\n`);
}
