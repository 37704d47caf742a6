// Measures a checkpoint on harbor's benchmark: npm run example examples/evaluate.ts [CHECKPOINT] [REQUESTS PER SPLIT]
// openModel (precept/models) opens any other model.
import { loadConstitution } from "precept/constitution";
import { evaluateModel } from "precept/evaluation";
import { LocalModel } from "precept/models/local";
import { isEstimate } from "precept/statistics";
import { governanceOf, harborBenchmark, harborTemplates } from "precept/worlds/harbor";

const committed = new URL("../models/harbor/checkpoint", import.meta.url).pathname;
const [checkpoint = committed, perSplit = "100"] = process.argv.slice(2);
const model = await LocalModel.load(checkpoint);
const governance = governanceOf(await loadConstitution("harbor"));
const benchmark = harborBenchmark({ seed: 1, perSplit: Number(perSplit), governance });
const { result } = await evaluateModel(model, benchmark, { seed: 1, render: harborTemplates.response });
await model.dispose();

for (const [metric, measured] of Object.entries(result.metrics)) {
  if (!isEstimate(measured)) console.log(`${metric}: ${measured.note}`);
  else {
    const { estimate, low, high, n } = measured;
    console.log(`${metric}: ${estimate.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}], n = ${n}`);
  }
}
