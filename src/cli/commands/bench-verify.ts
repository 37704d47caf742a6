import { join } from "node:path";
import {
  type Check,
  isEqual,
  mismatchesIn,
  refuseMismatches,
  type VerifiedTable,
  verifyScorers,
} from "../../evaluation/benchmarks/verify/index.ts";
import { packageRoot } from "../../storage/index.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { type Page, pageOf, table } from "../layout.ts";

export interface BenchVerifyFlags {
  readonly data?: string;
  readonly all: boolean;
  readonly json: boolean;
}

/** precept bench verify: published figures scored again, published beside ours; a mismatch trips the gate. */
export async function benchVerify(this: CliContext, flags: BenchVerifyFlags, ...names: string[]): Promise<void> {
  const data = flags.data ?? this.env["PRECEPT_DATA"] ?? join(packageRoot, "..", "shared", "data");
  const page = pageOf(this.process.stdout, this.env);
  const tables: VerifiedTable[] = [];
  for await (const verified of verifyScorers(data, names)) {
    tables.push(verified);
    if (!flags.json) print(this, `${show(verified, flags.all, page)}\n`);
  }
  if (flags.json) printJson(this, { data, tables, mismatches: mismatchesIn(tables).length });
  refuseMismatches(tables);
}

/** Every figure with --all; else those that differ, and how many are equal. */
function show({ id, title, source, checks, notes = [] }: VerifiedTable, all: boolean, page: Page): string {
  const equal = checks.filter(isEqual).length;
  const shown = all ? checks : checks.filter((check) => !isEqual(check));
  const head = ["", "published", "ours", "within", "n", ""].map((cell) => page.paint("dim", cell));
  const rows = shown.map((check) => [
    check.name,
    figure(check.published, check),
    figure(check.ours, check),
    String(check.tolerance),
    String(check.n ?? ""),
    isEqual(check) ? "equal" : page.paint("yellow", "DIFFERS"),
  ]);
  return [
    `${page.paint("bold", id)} ${page.paint("dim", `${title} — ${source}`)}`,
    `   ${equal} of ${checks.length} figures equal`,
    ...(rows.length === 0 ? [] : [table([head, ...rows], "lrrrrl")]),
    ...notes.map((note) => page.paint("dim", `   ${note}`)),
  ].join("\n");
}

function figure(value: number, { tolerance }: Check): string {
  return value.toFixed(tolerance < 0.01 && tolerance > 0 ? 3 : 2);
}
