/**
 * What a small model is worth as judge of quotations, on facts that are made by rule:
 *   node benchmarks/citations-judge.ts [--judge MODEL] [--items 300] [--out certificates] [--write]
 * MODEL: default Qwen2.5-Coder-1.5B-Instruct (`npm run models -- qwen2.5-coder-1.5b-instruct`) by llama.cpp. Answers come from the
 * cache where they were given before, so after a stop the same command goes on. --write puts the table into docs/retrieval.md.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { terminalProgress } from "../src/progress/index.ts";
import { calibrateEntailment, leastKappa } from "../src/project/index.ts";
import { factKinds } from "../src/retrieval/index.ts";
import type { Estimate } from "../src/statistics/index.ts";
import { modelsFolder } from "./models/fetch.ts";
import { fetchedModels } from "./models/table.ts";

const name = "qwen2.5-coder-1.5b-instruct";
const { values } = parseArgs({
  options: {
    judge: {
      type: "string",
      default: `llamacpp:${join(modelsFolder(), name, fetchedModels[name]?.file ?? "")}`,
    },
    items: { type: "string", default: "300" },
    out: { type: "string", default: "runs/certificates" },
    write: { type: "boolean", default: false },
  },
});

const started = performance.now();
const { certificate, byKind, shuffled } = await calibrateEntailment({
  judge: values.judge,
  items: Number(values.items),
  seed: 1,
  folder: values.out,
  progress: terminalProgress({ stream: process.stderr, env: process.env }),
});
const percent = ({ estimate, low, high }: Estimate): string =>
  `${(100 * estimate).toFixed(1)} [${(100 * low).toFixed(1)}–${(100 * high).toFixed(1)}]`;
const { judge, judgement, undetermined, calibratedOn, date } = certificate;
const { kappa } = judgement;
const agreed = kappa.outcome === "estimated" ? kappa.value : undefined;
const words = {
  otherwise: "stated: said otherwise",
  part: "stated: a part of the quotation",
  together: "stated: by two quotations together",
  number: "not: another number",
  negation: "not: denied",
  subject: "not: of something else",
  addition: "not: something added",
  half: "not: one of two quotations missing",
} as const;
const isFigure = (agreed?.estimate ?? 0) >= leastKappa;
const figures = [
  `${judge.model}, ${date}, on ${calibratedOn.answers}: agreement ${percent(judgement.agreement)} %, kappa ${
    agreed === undefined ? "none" : `${agreed.estimate.toFixed(2)} [${agreed.low.toFixed(2)}–${agreed.high.toFixed(2)}]`
  }; no verdict on ${undetermined.estimate * undetermined.n}. Kappa is ${isFigure ? "not " : ""}below ${leastKappa}, so recall and precision by this judge are ${
    isFigure ? "printed" : "not printed"
  }.`,
  "",
  "| the quotations state the sentence? | n | judge right, % |",
  "| --- | --: | --: |",
  ...factKinds.flatMap((kind) => {
    const own = byKind[kind];
    return own === undefined ? [] : [`| ${words[kind]} | ${own.n} | ${percent(own)} |`];
  }),
  "",
  `Control: of ${shuffled.n} true sentences under another fact's quotations it took ${percent(shuffled)} % for stated.`,
].join("\n");
process.stdout.write(`${figures}\n\n${((performance.now() - started) / 60_000).toFixed(1)} min\n`);
if (values.write) {
  const page = new URL("../docs/retrieval.md", import.meta.url);
  const start = "<!-- figures: benchmarks/citations-judge.ts -->";
  const written = readFileSync(page, "utf8").replace(
    new RegExp(`${start}[\\s\\S]*?<!-- end -->`),
    () => `${start}\n${figures}\n<!-- end -->`,
  );
  writeFileSync(page, written);
}
