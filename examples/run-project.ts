// Runs a project: critique and revision, AI feedback, then training, evaluation and the report where its model can be trained.
// npm run example examples/run-project.ts [FOLDER] [precept.config.ts]; without a configuration, a minute on harbor.
// Run it again to resume an interrupted run.
import { estimateOf } from "precept/evaluation";
import { terminalProgress } from "precept/progress";
import { loadConfig, loadHarbor, runProject } from "precept/project";

const [out = "runs/example", config] = process.argv.slice(2);
const { env, stderr } = process;
const { folder, summary } = await runProject({
  loaded: config === undefined ? loadHarbor({ preset: "smoke" }) : await loadConfig(config),
  folder: out,
  command: "examples/run-project.ts",
  progress: terminalProgress({ stream: stderr, env }),
  signal: new AbortController().signal,
  env,
});

console.log(`${folder}: SL-CAI`, summary.slCai?.counts, "AI feedback", summary.aiFeedback.counts);
for (const [checkpoint, splits] of Object.entries(summary.summary?.checkpoints ?? {})) {
  const violations = estimateOf(splits?.["heldOut"], "violation");
  if (violations === undefined) continue;
  console.log(`${checkpoint}: ${(100 * violations.estimate).toFixed(1)} % violations (n = ${violations.n})`);
}
