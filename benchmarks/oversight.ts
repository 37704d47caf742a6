/**
 * What oversight is worth; writes the tables of docs/oversight.md:
 *   node benchmarks/oversight.ts --part NAME [--run RUN] [--model GGUF] [--scratch DIR] [--count 200] [--seeds 3] [--far 1] [--arms 4] [--kept] [--write]
 * NAME is one of `parts`, RUN the folder of a demo. What was made, a smaller pre-training of harbor too, stays in --scratch, where the same command goes on.
 * "critique-model", "debate-model", "suites-model" and "organisms-model" are measured where they are asked for, of a real model: its GGUF file is --model, and PRECEPT_DATA has the passages.
 * --kept writes what "overoptimisation", "suites" and "organisms-model" have measured so far, and measures nothing.
 */
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeSection } from "./experiments/section.ts";
import { measureCritique } from "./oversight/critique.ts";
import { measureCritiqueModel } from "./oversight/critique-model.ts";
import { measureDebate } from "./oversight/debate.ts";
import { measureDebateModel } from "./oversight/debate-model.ts";
import { measureGate } from "./oversight/gate.ts";
import { measureOrganisms } from "./oversight/organisms.ts";
import { measureOrganismsUnderCai } from "./oversight/organisms-cai.ts";
import { measureOrganismsModel } from "./oversight/organisms-model.ts";
import { measureOveroptimisation } from "./oversight/overoptimisation.ts";
import { measureProcess } from "./oversight/process.ts";
import { measureScaling } from "./oversight/scaling.ts";
import { measureSuites } from "./oversight/suites.ts";
import { measureSuitesModel } from "./oversight/suites-model.ts";

const { values } = parseArgs({
  options: {
    part: { type: "string" },
    run: { type: "string", default: "models/harbor/checkpoint" },
    model: { type: "string" },
    scratch: { type: "string", default: join(tmpdir(), "precept-oversight") },
    count: { type: "string", default: "200" },
    seeds: { type: "string", default: "3" },
    kept: { type: "boolean", default: false },
    far: { type: "string", default: "1" },
    arms: { type: "string", default: "4" },
    write: { type: "boolean", default: false },
  },
});
const job = {
  ...values,
  count: Number(values.count),
  seeds: Number(values.seeds),
  far: Number(values.far),
  arms: Number(values.arms),
};

const parts = {
  critique: measureCritique,
  "critique-model": measureCritiqueModel,
  debate: measureDebate,
  "debate-model": measureDebateModel,
  gate: measureGate,
  process: measureProcess,
  organisms: measureOrganisms,
  "organisms-cai": measureOrganismsUnderCai,
  "organisms-model": measureOrganismsModel,
  suites: measureSuites,
  "suites-model": measureSuitesModel,
  scaling: measureScaling,
  overoptimisation: measureOveroptimisation,
} as const;

/** What else was asked for; where things lie on this machine says nothing to others. */
const places = ["--part", "--scratch", "--model"];
const given = process.argv
  .slice(2)
  .filter((word, index, all) => word.startsWith("--") || !places.includes(all[index - 1] ?? ""))
  .filter((word) => !places.includes(word) && word !== "--write")
  .map((word) => ` ${word}`)
  .join("");

for (const [name, measure] of Object.entries(parts)) {
  if (values.part === undefined ? name.endsWith("-model") : values.part !== name) continue;
  const load = loadavg()[0]?.toFixed(1);
  const text = `${await measure(job)}\n\n${availableParallelism()} cores at a load of ${load} before; \`node benchmarks/oversight.ts --part ${name}${given} --write\`.`;
  if (values.write) writeSection(`oversight ${name}`, text, "docs/oversight.md");
  process.stdout.write(`${text}\n`);
}
