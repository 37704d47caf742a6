/**
 * What training by another engine is worth; writes the tables of docs/scale.md:
 *   node benchmarks/scale.ts RUN [--part parity] [--rows 400] [--seed 1] [--scratch DIR] [--write]
 *   node benchmarks/scale.ts RUN RUN … --part harbor [--write]
 *   node benchmarks/scale.ts --part ray [--write]
 *   node benchmarks/scale.ts --part setup [--scratch DIR] [--write]
 *   node benchmarks/scale.ts --part fleet [--calls 100000] [--prompts 1000000] [--scratch DIR] [--write]
 * RUN is the folder of a demo, whose revisions and comparisons are trained on. PRECEPT_PYTHON, else the environment of
 * `precept python setup`, has TRL. What was trained stays in --scratch, where the same command finds it. The part setup fetches
 * gigabytes, and so runs where it is named alone. The part harbor compares finished runs: precept demo --objective rloo [--engine python].
 */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findPython } from "../src/training/engines/index.ts";
import { writeSection } from "./experiments/section.ts";
import { measureFleet } from "./scale/fleet.ts";
import { compareRuns } from "./scale/harbor.ts";
import { measureParity } from "./scale/parity.ts";
import { measureRecovery } from "./scale/ray.ts";
import { measureSetup } from "./scale/setup.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    part: { type: "string" },
    rows: { type: "string", default: "400" },
    seed: { type: "string", default: "1" },
    calls: { type: "string", default: "100000" },
    prompts: { type: "string", default: "1000000" },
    scratch: { type: "string" },
    write: { type: "boolean", default: false },
  },
});
const scratch = values.scratch ?? mkdtempSync(join(tmpdir(), "precept-scale-"));

function say(name: string, text: string): void {
  if (values.write) writeSection(`scale ${name}`, text, "docs/scale.md");
  process.stdout.write(`${text}\n`);
}

if (values.part === "setup") {
  say("setup", `${await measureSetup({ scratch })}\n\n\`node benchmarks/scale.ts --part setup --write\`.`);
  process.exit(0);
}
if (values.part === "ray") {
  const { path } = await findPython(undefined);
  say("ray", `${await measureRecovery(path)}\n\n\`node benchmarks/scale.ts --part ray --write\`.`);
  process.exit(0);
}
if (values.part === "harbor") {
  say("harbor", `${await compareRuns(positionals)}\n\n\`node benchmarks/scale.ts RUN … --part harbor --write\`.`);
  process.exit(0);
}
if (values.part === "fleet") {
  const { calls, prompts } = values;
  const text = await measureFleet({ scratch, calls: Number(calls), prompts: Number(prompts) });
  say("fleet", `${text}\n\n\`node benchmarks/scale.ts --part fleet --calls ${calls} --prompts ${prompts} --write\`.`);
  process.exit(0);
}
const [run] = positionals;
if (run === undefined) throw new Error("which run? node benchmarks/scale.ts RUN");
const job = { run, rows: Number(values.rows), seed: Number(values.seed), scratch };

const parts = { parity: measureParity } as const;

for (const [name, measure] of Object.entries(parts)) {
  if (values.part !== undefined && values.part !== name) continue;
  const command = `node benchmarks/scale.ts RUN --part ${name} --rows ${job.rows} --seed ${job.seed} --write`;
  say(name, `${await measure(job)}\n\n\`${command}\`.`);
}
