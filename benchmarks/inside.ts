/**
 * What features and probes of a run on harbor are worth; writes the tables of docs/inside.md:
 *   node benchmarks/inside.ts RUN [--part dictionaries|seeds|frontier|steering|probes|peer|requests] [--scratch DIR] [--rows 524288] [--passes 4] [--learned 2000000]
 *     [--seeds 3] [--layers 0,1,2,3] [--requests 420] [--items 1400] [--texts 1600] [--sizes 256,512,1024,2048] [--ks 4,8,12,24] [--write]
 * RUN is the folder of a demo. Without --part all are measured but "peer", our learning beside SAELens's, which PRECEPT_PYTHON has, and
 * "requests", probes of a real model: for that RUN is its checkpoint or GGUF file, and PRECEPT_DATA, else ../shared/data, has the requests. Dictionaries stay in --scratch, where the same command finds them.
 */
import { mkdtempSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeSection } from "./experiments/section.ts";
import { measureDictionaries } from "./inside/dictionaries.ts";
import { measureFrontier } from "./inside/frontier.ts";
import { measurePeer } from "./inside/peer.ts";
import { measureProbes } from "./inside/probes.ts";
import { measureRequests } from "./inside/requests.ts";
import { measureSeeds } from "./inside/seeds.ts";
import { measureSteering } from "./inside/steering.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    part: { type: "string" },
    scratch: { type: "string" },
    rows: { type: "string", default: "524288" },
    passes: { type: "string", default: "4" },
    learned: { type: "string", default: "2000000" },
    seeds: { type: "string", default: "3" },
    layers: { type: "string", default: "0,1,2,3" },
    requests: { type: "string", default: "420" },
    items: { type: "string", default: "1400" },
    texts: { type: "string", default: "1600" },
    sizes: { type: "string", default: "256,512,1024,2048" },
    ks: { type: "string", default: "4,8,12,24" },
    write: { type: "boolean", default: false },
  },
});
const [run] = positionals;
if (run === undefined) throw new Error("which run? node benchmarks/inside.ts RUN");
const job = {
  run,
  scratch: values.scratch ?? mkdtempSync(join(tmpdir(), "precept-inside-")),
  rows: Number(values.rows),
  passes: Number(values.passes),
  learned: Number(values.learned),
  seeds: Number(values.seeds),
  layers: values.layers.split(",").map(Number),
  requests: Number(values.requests),
  items: Number(values.items),
  texts: Number(values.texts),
  sizes: values.sizes.split(",").map(Number),
  ks: values.ks.split(",").map(Number),
};
const given = process.argv.slice(3).filter((word) => word !== "--write");

const parts = {
  dictionaries: measureDictionaries,
  seeds: measureSeeds,
  frontier: measureFrontier,
  steering: measureSteering,
  probes: measureProbes,
  peer: measurePeer,
  requests: measureRequests,
} as const;

const apart = ["peer", "requests"];
for (const [name, measure] of Object.entries(parts)) {
  if (values.part === undefined ? apart.includes(name) : values.part !== name) continue;
  const load = loadavg()[0]?.toFixed(1);
  const options = given.filter((word, index) => word !== "--scratch" && given[index - 1] !== "--scratch").join(" ");
  const text = `${await measure(job)}\n\n${availableParallelism()} cores at a load of ${load} before; \`node benchmarks/inside.ts RUN ${options} --write\`.`;
  if (values.write) writeSection(`inside ${name}`, text, "docs/inside.md");
  process.stdout.write(`${text}\n`);
}
