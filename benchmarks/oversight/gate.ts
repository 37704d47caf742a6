import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../../src/storage/index.ts";
import { gateCases } from "./gate-cases.ts";

const program = join(packageRoot, "bin", "precept.js");

/** What the gate says of crafted policies and runs, beside what it must say. */
export async function measureGate(): Promise<string> {
  const rows: string[] = [];
  let right = 0;
  for (const { name, craft, code, says } of gateCases) {
    const folder = mkdtempSync(join(tmpdir(), "precept-gate-"));
    try {
      const [run, policy] = [join(folder, "run"), join(folder, "scaling-policy.yaml")];
      mkdirSync(run);
      const gate = async () => spawnSync(process.execPath, [program, "gate", policy, run], { encoding: "utf8" });
      await craft({ run, policy, gate });
      const found = await gate();
      const isSaid = says.test(`${found.stdout}${found.stderr}`);
      if (found.status === code && isSaid) right += 1;
      rows.push(`| ${name} | ${code} | ${found.status} | ${isSaid ? "yes" : "no"} |`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  return [
    "| crafted case | exit code due | found | says why |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
    `Right in code and message: ${right} of ${gateCases.length}.`,
  ].join("\n");
}
