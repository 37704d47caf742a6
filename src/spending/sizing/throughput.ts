import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { asFileError, packageRoot } from "../../storage/index.ts";

const positive = z.number().positive();
const factor = z.number().min(1).describe("How far off a figure may be, as a factor either way; 1 is measured");
const source = z.string().min(1);

const generation = z.strictObject({
  weights: positive,
  bytes: positive.describe("Of one weight"),
  out: positive.describe("Tokens written a second by one GPU"),
  in: positive.describe("Tokens read a second by one GPU, those of the prefix cache left out"),
  within: factor,
  source,
});

const gpu = z.strictObject({
  memoryGB: positive,
  teraflops: positive,
  price: positive.describe("Dollars an hour"),
  priceWithin: factor,
  source,
  generation: z.array(generation).min(1),
});

/** What a sizing reckons with: every figure has a source, and says how sure it is. */
export const throughputSchema = z.strictObject({
  version: z.literal(1),
  asOf: z.iso.date(),
  gpus: z.record(z.string().min(1), gpu),
  training: z.strictObject({ utilisation: positive.max(1), within: factor, source }),
  rlBusy: z.strictObject({ low: positive.max(1), high: positive.max(1), source }),
  client: z.strictObject({ callsPerSecond: positive, within: factor, source }),
  records: z.strictObject({ bytes: positive, mostBytes: positive, source }),
  storage: z.strictObject({ bytesPerSecond: positive, mostSeconds: positive, source }),
  network: z.strictObject({ bytesPerSecond: positive, source }),
  usableMemory: z.strictObject({ share: positive.max(1), source }),
});

export type Throughput = z.infer<typeof throughputSchema>;
export type Gpu = Throughput["gpus"][string];

/** The figures that come with Precept: assumed, until somebody measures them. */
export const usualThroughput = join(packageRoot, "templates", "throughput.yaml");

/** Reads a file of figures, YAML or JSON. @throws PreceptError config-invalid. */
export function readThroughput(path: string = usualThroughput): Throughput {
  const attempted = `Reading ${path}`;
  const remedy = `take ${usualThroughput} as the form`;
  let value: unknown;
  try {
    value = parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && typeof error.code === "string" && /^E[A-Z]+$/.test(error.code))
      throw asFileError(error, attempted);
    const found = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    throw new PreceptError("config-invalid", { attempted, found, expected: "YAML or JSON", remedy, cause: error });
  }
  const read = throughputSchema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const found = `${issue?.path.join(".") ?? "the file"}: ${issue?.message ?? "not as expected"}`;
  throw new PreceptError("config-invalid", {
    attempted,
    found,
    expected: "figures of throughput, each with a source",
    remedy,
  });
}

/** Tokens a second of one GPU, and how sure that is. */
export interface GenerationRate {
  readonly out: number;
  readonly in: number;
  readonly within: number;
  readonly bytes: number;
}

/**
 * What one GPU generates with a model of so many weights: between two figures on the line through them, both in logarithms;
 * below the least on the same line; above the greatest as many times slower as the model is larger. Outside it is less sure, by
 * the fourth root of how far: so that a larger model never takes less, at the least or at the most.
 */
export function generationRate({ generation: figures }: Gpu, weights: number): GenerationRate {
  const sorted = figures.toSorted((a, b) => a.weights - b.weights);
  const first = sorted[0];
  const last = sorted.at(-1);
  if (first === undefined || last === undefined) throw new RangeError("a GPU without a figure");
  const outside = Math.max(first.weights / weights, weights / last.weights, 1);
  const at = sorted.findIndex((figure) => figure.weights >= weights);
  const above = at === -1 ? undefined : sorted[Math.max(at, sorted.length > 1 ? 1 : 0)];
  const below = above === undefined ? last : (sorted[sorted.indexOf(above) - 1] ?? above);
  const rate = (key: "out" | "in"): number => {
    const slope =
      above === undefined || above === below
        ? 1
        : Math.log(below[key] / above[key]) / Math.log(above.weights / below.weights);
    return below[key] * (below.weights / weights) ** slope;
  };
  const nearest = above !== undefined && above.weights === weights ? above : below;
  const within = Math.max(below.within, (above ?? below).within) * outside ** 0.25;
  return { out: rate("out"), in: rate("in"), within, bytes: nearest.bytes };
}

/** GPUs as a person writes them: "8xH100". @throws PreceptError usage, with those that are known. */
export function parseGpus(text: string, { gpus }: Throughput): { readonly count: number; readonly name: string } {
  const found = /^(?:(\d{1,6})\s*[x×*]\s*)?([A-Za-z][\w.-]*)$/u.exec(text.trim());
  const count = Number(found?.[1] ?? 1);
  const name = Object.keys(gpus).find((known) => known.toLowerCase() === found?.[2]?.toLowerCase());
  if (found !== null && count > 0 && name !== undefined) return { count, name };
  const known = Object.keys(gpus).join(", ");
  throw new PreceptError("usage", {
    attempted: `Reading --gpus ${text}`,
    found: found === null || count === 0 ? `"${text}"` : `the GPU ${found[2]}, of which no figures are known`,
    expected: `a number and a GPU, as in 8xH100; known: ${known}`,
    remedy: `to add one, copy ${usualThroughput}, write its figures into the copy, and give it: --throughput FILE`,
  });
}
