/**
 * The proofs of attribution on a run of harbor, one part at a time:
 *   node benchmarks/attribution.ts principles|audit|referee|speed [--run runs/demo] [--stage sl-cai] [--seeds 3] [--quick] [--write]
 * "referee" reads what `precept attribute referee` has retrained, and goes on with it. --write keeps the figures in
 * benchmarks/attribution/measured.json and puts their tables into docs/inside.md.
 */
import { parseArgs } from "node:util";
import { z } from "zod";
import { terminalProgress } from "../src/progress/index.ts";
import { auditLabels, refereeMethods } from "../src/project/index.ts";
import { readRun } from "../src/runs/index.ts";
import { measurePrinciples } from "./attribution/principles.ts";
import { measureSpeed } from "./attribution/speed.ts";
import { keepFigures, readFigures, writeTables } from "./attribution/tables.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    run: { type: "string", default: "runs/demo" },
    stage: { type: "string", default: "sl-cai" },
    seeds: { type: "string", default: "3" },
    items: { type: "string", default: "200" },
    retrainings: { type: "string", default: "40" },
    twice: { type: "string", default: "20" },
    quick: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
const presetSchema = z.looseObject({ world: z.looseObject({ preset: z.string() }) });
const [part = "principles"] = positionals;
const place = `${values.run}@${values.stage}`;
const progress = terminalProgress({ stream: process.stderr });
const command = `benchmarks/attribution.ts ${part}`;

async function measure(): Promise<unknown> {
  switch (part) {
    case "principles":
      return measurePrinciples(place, { items: Number(values.items), progress, command });
    case "audit": {
      // A seed takes minutes: those that were measured on such a run are not measured again.
      const preset = presetSchema.parse(readRun(values.run).manifest.config).world.preset;
      const { audit } = readFigures();
      let seeds = audit?.preset === preset ? [...audit.seeds] : [];
      for (let seed = 1; seed <= Number(values.seeds); seed++) {
        if (seeds.some((one) => one.seed === seed)) continue;
        const { comparisons, planted } = await auditLabels(values.run, { plant: 0.05, seed, progress });
        seeds = [...seeds, { seed, comparisons, planted }];
        if (values.write) keepFigures(part, { preset, seeds });
      }
      return { preset, seeds };
    }
    case "referee": {
      const sizes = { retrainings: Number(values.retrainings), twice: Number(values.twice) };
      const { folder: _folder, ...judged } = await refereeMethods(place, {
        ...sizes,
        quick: values.quick,
        progress,
        command,
      });
      return judged;
    }
    case "speed":
      return measureSpeed(place, { progress, command });
    default:
      throw new RangeError(`no part ${part}`);
  }
}

const figures = await measure();
progress.finish();
process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
if (values.write) {
  keepFigures(part, figures);
  writeTables();
}
process.exit(0);
