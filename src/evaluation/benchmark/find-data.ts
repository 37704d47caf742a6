import { statSync } from "node:fs";
import { PreceptError } from "../../errors.ts";
import { findFiles, matchFiles } from "./files.ts";
import type { Benchmark, DataFile, Found } from "./types.ts";

/**
 * As `findFiles`; a file of any other name is taken for the one that is missing where its columns fit.
 * @throws PreceptError as `findFiles`; what is wrong with the columns of the one file that was given.
 */
export async function findData(benchmark: Benchmark, data: readonly string[]): Promise<Found> {
  const found = matchFiles(benchmark.files, data);
  const named = new Set(found.flat());
  const place = missingPlace(benchmark.files, found);
  const others = data.filter((path) => !named.has(path) && statSync(path).isFile());
  if (place === undefined || others.length === 0) return findFiles(benchmark, data);
  const take = (paths: readonly string[]): Found => found.map((own, at) => (at === place ? paths : own));
  const fitting: string[] = [];
  const faults: PreceptError[] = [];
  for (const path of others) {
    try {
      for await (const _ of benchmark.load(take([path]))) {
        fitting.push(path);
        break;
      }
    } catch (error) {
      if (!(error instanceof PreceptError)) throw error;
      faults.push(error);
    }
  }
  if (fitting.length > 0) return take(fitting);
  const [fault] = faults;
  if (fault !== undefined && others.length === 1) throw fault;
  return findFiles(benchmark, data);
}

/** The one file that must still be found; of files of which any will do, the first where there is none. */
function missingPlace(files: readonly DataFile[], found: Found): number | undefined {
  const [first, ...others] = files.flatMap(({ required }, at) => (required && found[at]?.length === 0 ? [at] : []));
  if (first !== undefined) return others.length === 0 ? first : undefined;
  return files.length > 0 && found.flat().length === 0 ? 0 : undefined;
}
