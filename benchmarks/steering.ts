/**
 * What makes a small model write JSON that is right, whether thinking is ever shown, and what its own judge gains:
 *   node benchmarks/steering.ts [--only json,scratchpads,labels,judge] [--items 10] [--formats 4] [--scratchpads 120] [--judged 35]
 *     [--engine local] [--out runs/steering] [--write]
 * The model is SmolLM2-135M-Instruct (`npm run models -- smollm2-135m-instruct`), by our own engine or by llama.cpp (`--engine
 * llamacpp`, for the judge). After a stop the same command continues. --write puts the tables into docs/steering.md.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openModel } from "../src/models/index.ts";
import { terminalProgress } from "../src/progress/index.ts";
import { modelsFolder } from "./models/fetch.ts";
import { fetchedModels } from "./models/table.ts";
import { judgeBothWays, judgeTable } from "./steering/judge.ts";
import { agreementTable } from "./steering/labels.ts";
import { measureLadder } from "./steering/ladder.ts";
import { measureScratchpads, scratchpadTable, writtenScratchpads } from "./steering/scratchpads.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "json,scratchpads,labels,judge" },
    items: { type: "string", default: "10" },
    formats: { type: "string", default: "4" },
    scratchpads: { type: "string", default: "120" },
    judged: { type: "string", default: "35" },
    engine: { type: "string", default: "local" },
    out: { type: "string", default: "runs/steering" },
    write: { type: "boolean", default: false },
  },
});

const name = "smollm2-135m-instruct";
const file = join(modelsFolder(), name, fetchedModels[name]?.file ?? "");
const model = `local:${file}`;
const progress = terminalProgress({ stream: process.stderr, env: process.env });
const started = performance.now();
const { out } = values;
mkdirSync(out, { recursive: true });

const parts: Readonly<Record<string, () => Promise<string>>> = {
  json: () => measureLadder({ model, items: Number(values.items), formats: Number(values.formats), out, progress }),
  scratchpads: async () => {
    const pads = await writtenScratchpads(
      () => openModel(model),
      Number(values.scratchpads),
      join(out, "scratchpads.json"),
    );
    return scratchpadTable(measureScratchpads(pads, 200));
  },
  labels: agreementTable,
  judge: async () =>
    judgeTable(
      await judgeBothWays(() => openModel(`${values.engine}:${file}`), Number(values.judged), join(out, "judged.json")),
    ),
};

for (const part of values.only.split(",")) {
  const measure = parts[part];
  if (measure === undefined) throw new Error(`--only ${part}: expected some of ${Object.keys(parts).join(", ")}`);
  const figures = await measure();
  process.stdout.write(`${figures}\n\n`);
  if (values.write) write(part, figures);
}
process.stdout.write(`${((performance.now() - started) / 60_000).toFixed(1)} min\n`);

function write(mark: string, figures: string): void {
  const page = new URL("../docs/steering.md", import.meta.url);
  const text = readFileSync(page, "utf8");
  writeFileSync(
    page,
    text.replace(
      new RegExp(`(<!-- measured: ${mark} -->)[\\s\\S]*?(<!-- end -->)`),
      (_, start, end) => `${start}\n${figures}\n${end}`,
    ),
  );
}
