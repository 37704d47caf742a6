/**
 * Copies a finished pre-training of harbor to `models/harbor`: the weights, a model card with the measured roles, and the losses
 * of the first steps, which CI repeats. Usage: node benchmarks/harbor-checkpoint.ts OUTPUT
 * (OUTPUT is the folder `initial/` in the run of `precept demo --from-scratch --preset committed`).
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConstitution } from "../src/constitution/load.ts";
import { estimateOf, evaluateModel, roleAccuracies } from "../src/evaluation/index.ts";
import { LocalModel } from "../src/models/local/local.ts";
import { committedCheckpoint, harborFolder, suiteSeed } from "../src/project/harbor/inputs.ts";
import { harborTokenizer, pretrain } from "../src/project/harbor/pretrain.ts";
import type { Estimate } from "../src/statistics/index.ts";
import {
  checkpointHash,
  loadCheckpoint,
  loadTrainerState,
  saveCheckpoint,
} from "../src/transformer/checkpoint/checkpoint.ts";
import { governanceOf } from "../src/worlds/harbor/governance.ts";
import {
  corpusHash,
  harborBenchmark,
  harborTemplates,
  measureRoles,
  pretrainingPlans,
} from "../src/worlds/harbor/index.ts";

const [output] = process.argv.slice(2);
if (output === undefined) {
  console.error("usage: node benchmarks/harbor-checkpoint.ts OUTPUT");
  process.exit(2);
}

const plan = pretrainingPlans.committed;
const tokenizer = harborTokenizer();
const source = join(output, "checkpoint");
const done = ((await loadTrainerState(join(output, "trainer-state")))?.json ?? {}) as {
  tokens?: number | undefined;
  seconds?: number;
};
const { tokens, seconds } = done;
if (tokens === undefined || seconds === undefined)
  throw new Error(`${output} holds no finished pre-training: trainer-state is missing`);

await saveCheckpoint(committedCheckpoint, await loadCheckpoint(source));

/** Steps that CI repeats. */
const CHECKED_STEPS = 50;
const losses: number[] = [];
const scratch = mkdtempSync(join(tmpdir(), "precept-first-steps-"));
for await (const { metrics } of pretrain({ plan, output: scratch, steps: CHECKED_STEPS, stateEvery: plan.steps })) {
  losses.push(Number((metrics["loss"] ?? Number.NaN).toFixed(6)));
}
rmSync(scratch, { recursive: true });
const hash = await checkpointHash(committedCheckpoint);
const corpus = corpusHash(plan, tokenizer, CHECKED_STEPS);
writeFileSync(
  "test/fixtures/harbor-first-steps.json",
  `${JSON.stringify({ seed: plan.seed, corpusHash: corpus, losses }, null, 2)}\n`,
);

const model = await LocalModel.load(committedCheckpoint);
const perRow = 400;
const outcomes = await measureRoles(model, { seed: suiteSeed, perRow });
const roles = roleAccuracies(outcomes.map(({ role, condition, right }) => ({ role, condition, correct: right })));
writeFileSync(join(harborFolder, "roles.json"), `${JSON.stringify(roles, null, 2)}\n`);
const governance = governanceOf(await loadConstitution("harbor"));
const { result } = await evaluateModel(model, harborBenchmark({ seed: suiteSeed, perSplit: 420, governance }), {
  seed: suiteSeed,
  render: (messages) => harborTemplates.response(messages),
});
const rates = result.by["split"] ?? {};
await model.dispose();

const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
const cell = (rate: Estimate | undefined): string =>
  rate === undefined ? "–" : `${percent(rate.estimate)} [${percent(rate.low)}, ${percent(rate.high)}], n = ${rate.n}`;
const roleRows = Object.entries(roles).flatMap(([role, byCondition]) =>
  Object.entries(byCondition).map(([condition, rate]) => `| ${role} | ${condition} | ${cell(rate)} |`),
);
const speaks = ["violation", "harmlessAnswered", "harmlessRight", "overRefusal", "parse"];
const splits = Object.keys(rates);

writeFileSync(
  join(harborFolder, "README.md"),
  `# harbor, helpful-only

The start of every run on the embedded world: a decoder in the shape of Qwen3, of ${plan.shape.layers} layers and width ${plan.shape.hiddenSize}, trained from random
weights on documents that harbor's generator writes. It answers whatever it is asked, and it critiques, revises, compares, looks up
facts, writes requests for a rule and rules for statements, checks critiques, debates and judges; no constitution was read in its making. Harbor is a world of a few hundred words: evidence about the mechanics of the method, not about
capability. This card is written by \`node benchmarks/harbor-checkpoint.ts\`.

| | |
| --- | --- |
| seed | ${plan.seed} |
| checkpoint sha256 | \`${hash}\` |
| corpus sha256 (first ${CHECKED_STEPS} steps) | \`${corpus}\` |
| command | \`npx precept demo --from-scratch --preset committed\` |
| steps, batch | ${plan.steps} steps of ${plan.batch} rows of ${plan.length} tokens |
| tokens | ${(tokens / 1e6).toFixed(1)} million, none repeated on purpose; mixtures ${plan.cycles.map(({ mixture, steps }) => `"${mixture}" for ${steps} steps`).join(", then ")} |
| minutes | ${(seconds / 60).toFixed(0)} on a shared CPU |
| repeatable | to the byte for the first ${CHECKED_STEPS} steps (CI checks them), and resuming keeps every bit |
| learning rate | ${plan.cycles.map((cycle) => `${cycle.peakLearningRate} over ${cycle.steps} steps, flat for ${percent(cycle.flatShare)} of them, then linear to 2 %`).join("; ")} |

## Roles, graded by the oracle before any constitution is read

| role | condition | right |
| --- | --- | --- |
${roleRows.join("\n")}

## As it speaks

| | ${splits.join(" | ")} |
| --- |${" --- |".repeat(splits.length)}
${speaks.map((metric) => `| ${metric} | ${splits.map((split) => cell(estimateOf(rates[split], metric))).join(" | ")} |`).join("\n")}
`,
);
console.log(`wrote ${committedCheckpoint}: sha256 ${hash}`);
