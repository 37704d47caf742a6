// Compares two checkpoints, paired by prompt: npm run example examples/compare.ts BASELINE CANDIDATE [REQUESTS PER SPLIT]
import { loadConstitution } from "precept/constitution";
import {
  compareSubjects,
  comparisonMarkdown,
  evaluateModel,
  itemsOfAnswers,
  type MeasuredSubject,
} from "precept/evaluation";
import { LocalModel } from "precept/models/local";
import { governanceOf, harborBenchmark, harborTemplates } from "precept/worlds/harbor";

const [baseline, candidate, perSplit = "100"] = process.argv.slice(2);
if (baseline === undefined || candidate === undefined) throw new Error("Name two checkpoint folders.");
const governance = governanceOf(await loadConstitution("harbor"));
const benchmark = harborBenchmark({ seed: 1, perSplit: Number(perSplit), governance });

async function measure(checkpoint: string): Promise<MeasuredSubject> {
  const model = await LocalModel.load(checkpoint);
  const { answers } = await evaluateModel(model, benchmark, { seed: 1, render: harborTemplates.response });
  await model.dispose();
  return { name: checkpoint, items: itemsOfAnswers(answers) };
}

const directions = (metric: string) => benchmark.metrics[metric]?.better ?? "neither";
const comparison = compareSubjects(await measure(baseline), await measure(candidate), { by: ["split"], directions });
console.log(comparisonMarkdown(comparison));
