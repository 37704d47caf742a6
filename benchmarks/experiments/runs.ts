import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseSummary, type Summary } from "../../src/evaluation/summary.ts";
import type { HarborConfig } from "../../src/project/harbor/presets.ts";

/** One run of an experiment: flags of `precept demo`, or a whole configuration for `precept run`. */
export interface Variant {
  readonly name: string;
  readonly flags: readonly string[];
  readonly config?: HarborConfig;
  /** A variant with the same first stages: its run is copied, so that stages with the same inputs are not run again. */
  readonly base?: string;
}

export interface RunOptions {
  readonly root: string;
  readonly preset: string;
  /** Runs at a time; with more than one, each gets one thread. */
  readonly parallel: number;
}

export interface VariantResult {
  readonly variant: Variant;
  readonly command: string;
  readonly summary: Summary;
}

/** A question put to harbor: the runs that answer it, and how their results are shown. */
export interface Experiment {
  readonly name: string;
  readonly title: string;
  readonly question: string;
  readonly variants: readonly Variant[];
  /** Unless the command names another. Default "control". */
  readonly preset?: string;
  render(results: readonly VariantResult[]): string;
}

export function commandOf({ name, flags, config }: Variant, preset: string): string {
  if (config !== undefined) return `npx precept run --config ${preset}-${name}.yaml`;
  const own = flags.map((flag) => (flag.includes(" ") ? JSON.stringify(flag) : flag));
  return ["npx precept demo", ...(preset === "demo" ? [] : ["--preset", preset]), ...own].join(" ");
}

function runOne(variant: Variant, { root, preset, parallel }: RunOptions): Promise<void> {
  const folder = join(root, `${preset}-${variant.name}`);
  const base = join(root, `${preset}-${variant.base}`);
  if (variant.base !== undefined && existsSync(join(base, "summary.json")) && !existsSync(folder)) {
    cpSync(base, folder, { recursive: true });
    rmSync(join(folder, "summary.json"));
  }
  const command =
    variant.config === undefined
      ? ["demo", "--preset", preset, ...variant.flags]
      : ["run", "--config", writeConfig(variant.config, `${folder}.yaml`)];
  const args = ["bin/precept.js", ...command, "--out", folder, "--json"];
  const env = parallel > 1 ? { ...process.env, PRECEPT_THREADS: "1" } : process.env;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { env, stdio: ["ignore", "ignore", "pipe"] });
    let errors = "";
    child.stderr.on("data", (chunk: Buffer) => {
      errors += chunk.toString();
    });
    child.on("exit", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${variant.name} ended with ${code}\n${errors.slice(-2000)}`));
    });
  });
}

/** JSON is YAML. */
function writeConfig(config: HarborConfig, path: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(config, undefined, 2)}\n`);
  return path;
}

/** Runs the variants (finished ones end at once, others resume) and reads their summaries, in the order of the variants. */
export async function runVariants(variants: readonly Variant[], options: RunOptions): Promise<VariantResult[]> {
  const waiting = [...variants];
  const worker = async (): Promise<void> => {
    for (let variant = waiting.shift(); variant !== undefined; variant = waiting.shift()) {
      const started = Date.now();
      await runOne(variant, options);
      console.error(`${variant.name}: ${((Date.now() - started) / 60_000).toFixed(1)} min, ${waiting.length} to go`);
    }
  };
  await Promise.all(Array.from({ length: options.parallel }, worker));
  return variants.map((variant) => {
    const file = join(options.root, `${options.preset}-${variant.name}`, "summary.json");
    if (!existsSync(file)) throw new Error(`${file} is missing`);
    const summary = parseSummary(JSON.parse(readFileSync(file, "utf8")), file);
    return { variant, command: commandOf(variant, options.preset), summary };
  });
}
