import { existsSync } from "node:fs";
import { join } from "node:path";
import { PreceptError } from "../../errors.ts";
import { type Check, isEqual, type VerifiedTable, verifications } from "../../evaluation/benchmarks/verify/index.ts";
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
  if (!existsSync(data)) {
    throw new PreceptError("usage", {
      attempted: "Verifying scorers against published figures",
      found: `no data at ${data}`,
      expected: "a folder with bbq/, bbq-unifiedqa-golden/, xstest-human-labels/, jailbreakbench-behaviors/",
      remedy: "give --data DIR, or set PRECEPT_DATA; docs/evaluation.md says where the files come from",
    });
  }
  const page = pageOf(this.process.stdout, this.env);
  const tables: VerifiedTable[] = [];
  for (const name of names.length === 0 ? Object.keys(verifications) : names) {
    const verify = Object.hasOwn(verifications, name) ? verifications[name] : undefined;
    if (verify === undefined) throw unknown(name);
    const verified = await verify(data);
    tables.push(verified);
    if (!flags.json) print(this, `${show(verified, flags.all, page)}\n`);
  }
  const wrong = tables.flatMap(({ checks }) => checks.filter((check) => !isEqual(check)));
  if (flags.json) printJson(this, { data, tables, mismatches: wrong.length });
  if (wrong.length === 0) return;
  throw new PreceptError("gate-tripped", {
    attempted: "Verifying scorers against published figures",
    found: `${wrong.length} that differ, first ${wrong[0]?.name}`,
    expected: "every figure within its tolerance",
    remedy: "check that the data are the versions that docs/evaluation.md names",
  });
}

function unknown(name: string): PreceptError {
  return new PreceptError("usage", {
    attempted: "Verifying scorers against published figures",
    found: `"${name}"`,
    expected: `names of ${Object.keys(verifications).join(", ")}`,
  });
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
