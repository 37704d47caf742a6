/**
 * Screens shapes and mixtures for harbor's checkpoint at a fraction of its tokens, so that one of them is trained whole.
 * Usage: node benchmarks/pretraining-screen.ts FOLDER [NAME]. Resumable; a finished candidate is one small file, FOLDER/NAME.json.
 * --table writes what was measured to docs/experiments.md, and trains nothing.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadConstitution } from "../src/constitution/load.ts";
import { estimateOf, evaluateModel, type RoleAccuracies, roleAccuracies } from "../src/evaluation/index.ts";
import { LocalModel } from "../src/models/local/local.ts";
import { suiteSeed } from "../src/project/harbor/inputs.ts";
import { pretrain } from "../src/project/harbor/pretrain.ts";
import type { Estimate } from "../src/statistics/index.ts";
import {
  governanceOf,
  harborBenchmark,
  harborTemplates,
  type Mixture,
  type ModelShape,
  measureRoles,
  type PretrainingPlan,
  pretrainingPlans,
} from "../src/worlds/harbor/index.ts";
import { writeSection } from "./experiments/section.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { table: { type: "boolean", default: false }, steps: { type: "string", default: "1000" } },
});
const [folder, only] = positionals;
if (folder === undefined) {
  console.error("usage: node benchmarks/pretraining-screen.ts FOLDER [NAME] [--steps N] [--table]");
  process.exit(2);
}

const STEPS = Number(values.steps);
const narrow: ModelShape = pretrainingPlans.committed.shape;
const shapes: Readonly<Record<string, ModelShape>> = {
  "4x128": { ...narrow, layers: 4 },
  "6x128": { ...narrow, layers: 6 },
};
const mixtures: readonly Mixture[] = ["broad", "roles"];

interface Screened {
  readonly name: string;
  readonly date: string;
  readonly tokens: number;
  readonly seconds: number;
  readonly roles: RoleAccuracies;
  readonly speaks: Readonly<Record<string, Readonly<Record<string, Estimate | undefined>>>>;
}

const percent = (value: number): string => (100 * value).toFixed(0);

function writeTable(folder: string): void {
  const all = readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as Screened);
  const cell = (estimate: Estimate | undefined): string =>
    estimate === undefined
      ? "–"
      : `${percent(estimate.estimate)} [${percent(estimate.low)}, ${percent(estimate.high)}] n=${estimate.n}`;
  const rows: readonly (readonly [string, (screened: Screened) => string])[] = [
    ["million tokens", ({ tokens }) => (tokens / 1e6).toFixed(1)],
    ["minutes, one core", ({ seconds }) => (seconds / 60).toFixed(1)],
    ...["seen", "irrelevantRule", "unseenCategory"].map(
      (row) => [`critic, ${row}`, ({ roles }: Screened) => cell(roles["critic"]?.[row])] as const,
    ),
    ["reviser, seen, fixes", ({ roles }) => cell(roles["reviser"]?.["seen.fixes"])],
    ...["seen", "seen.withoutThought"].map(
      (row) => [`comparer, ${row}`, ({ roles }: Screened) => cell(roles["comparer"]?.[row])] as const,
    ),
    ["reader, fact in context", ({ roles }) => cell(roles["reader"]?.["factInContext"])],
    ["parse, unseen templates", ({ speaks }) => cell(speaks["unseenTemplates"]?.["parse"])],
    ["answered, declared only", ({ speaks }) => cell(speaks["declaredOnly"]?.["harmlessAnswered"])],
  ];
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  writeSection(
    "screen",
    [
      "## Shapes and mixtures of pre-training",
      "",
      "Which shape and which mixture of documents should the committed checkpoint have? Each candidate was trained on a tenth of the tokens; layers × width, and the mixture's name in `worlds/harbor/documents.ts`. In %.",
      "",
      line(["", ...all.map(({ name }) => name)]),
      line(["---", ...all.map(() => "---")]),
      ...rows.map(([label, show]) => line([label, ...all.map(show)])),
      "",
      `Measured ${all[0]?.date}, by \`node benchmarks/pretraining-screen.ts FOLDER\`.`,
    ].join("\n"),
  );
}

function planOf(shape: ModelShape, mixture: Mixture): PretrainingPlan {
  const cycle = { mixture, steps: STEPS, peakLearningRate: 3e-3, warmupSteps: 100, flatShare: 0.6 };
  return { ...pretrainingPlans.committed, shape, steps: STEPS, cycles: [cycle] };
}

if (values.table) {
  writeTable(folder);
  process.exit(0);
}
mkdirSync(folder, { recursive: true });
for (const [shapeName, shape] of Object.entries(shapes)) {
  for (const mixture of mixtures) {
    const name = `${shapeName}-${mixture}`;
    const result = join(folder, `${name}.json`);
    if ((only !== undefined && only !== name) || existsSync(result)) continue;
    const output = join(folder, name);
    let last: { tokens: number; metrics: Readonly<Record<string, number>> } | undefined;
    for await (const step of pretrain({ plan: planOf(shape, mixture), output, stateEvery: 500 })) {
      last = step;
      if (step.step % 100 === 0) console.log(name, step.step, (step.metrics["loss"] ?? Number.NaN).toFixed(4));
    }
    const seconds = JSON.parse(readFileSync(join(output, "trainer-state", "state.json"), "utf8")).seconds;
    const model = await LocalModel.load(join(output, "checkpoint"));
    const outcomes = await measureRoles(model, { seed: suiteSeed, perRow: 100 });
    const roles = roleAccuracies(outcomes.map(({ role, condition, right }) => ({ role, condition, correct: right })));
    const governance = governanceOf(await loadConstitution("harbor"));
    const benchmark = harborBenchmark({ seed: suiteSeed, perSplit: 210, governance });
    const { result: measured } = await evaluateModel(model, benchmark, {
      seed: suiteSeed,
      render: (messages) => harborTemplates.response(messages),
    });
    const speaks = Object.fromEntries(
      Object.entries(measured.by["split"] ?? {}).map(([split, rates]) => [
        split,
        Object.fromEntries(
          ["parse", "harmlessAnswered", "harmlessRight", "violation"].map((metric) => [
            metric,
            estimateOf(rates, metric),
          ]),
        ),
      ]),
    );
    await model.dispose();
    writeFileSync(
      result,
      JSON.stringify({
        name,
        date: new Date().toISOString().slice(0, 10),
        steps: STEPS,
        tokens: last?.tokens,
        seconds,
        loss: last?.metrics,
        roles,
        speaks,
      }),
    );
    rmSync(output, { recursive: true });
    console.log(`wrote ${result}`);
  }
}
