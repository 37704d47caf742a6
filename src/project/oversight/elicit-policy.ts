import { PreceptError } from "../../errors.ts";
import { type Elicitation, elicitationName, elicitationsOf } from "../../oversight/index.ts";
import { readSftExamples } from "../../training/index.ts";
import { encodeExample } from "../../training/local/index.ts";
import { countParameters, loadCheckpointTokenizer } from "../../transformer/index.ts";
import { judgeRun } from "./gate-policy.ts";
import { type EvidenceStep, stepsFor } from "./policy-steps.ts";

/** What `precept gate --elicit` takes for what the policy leaves open. */
export interface ElicitOptions {
  readonly file: string;
  readonly run: string;
  /** Examples for what is asked after examples. */
  readonly fewShot?: string | undefined;
  /** Rows for a fine-tune. */
  readonly fineTune?: string | undefined;
  readonly judge?: string | undefined;
}

/** Evidence that is missing, in the order of the policy, each step once. What is stale, edited or over budget is nobody's to replace but a person's. */
export async function missingSteps(options: ElicitOptions): Promise<readonly EvidenceStep[]> {
  const { file, run } = options;
  const { loaded, subject, trainingFlops, measures } = await judgeRun({ file, run });
  const stepOf = stepsFor(run, subject.name);
  const steps = new Map<string, EvidenceStep>();
  for (const [name, measure] of Object.entries(loaded.policy.measures)) {
    const judged = measures.find((one) => one.name === name)?.elicitations ?? [];
    const share = measure.elicitation.fineTune ?? 0;
    for (const how of elicitationsOf(measure)) {
      if (judged.find((one) => one.how === elicitationName(how))?.status !== "missing") continue;
      const step = stepOf(measure, how);
      refuseOpen(step, how, options);
      if (step.fineTune !== undefined) {
        const budget = trainingFlops === undefined ? undefined : share * trainingFlops;
        await refuseOverBudget(step.fineTune.from, options.fineTune ?? "", budget);
      }
      steps.set(`${step.out}/${step.suite}`, step);
    }
  }
  return [...steps.values()];
}

/** @throws PreceptError usage for a step that needs what nobody gave. */
function refuseOpen(
  { suite, needsJudge, shots }: EvidenceStep,
  how: Elicitation,
  { fewShot, fineTune, judge }: ElicitOptions,
): void {
  const fault = (found: string, remedy: string): PreceptError =>
    new PreceptError("usage", {
      attempted: `Eliciting ${suite}, ${elicitationName(how)}`,
      found,
      expected: "everything that the policy leaves open",
      remedy,
    });
  if (needsJudge && judge === undefined) throw fault("no judge", "--judge provider:model");
  if (how.kind === "few-shot" && fewShot === undefined)
    throw fault(`no examples, of which it asks for ${shots}`, "--few-shot FILE: rows of prompt and response");
  if (how.kind === "fine-tuned" && fineTune === undefined)
    throw fault(
      "no rows to learn from",
      "--fine-tune FILE: rows of prompt and completion, as precept train sft takes them",
    );
}

/** Before anything is trained: what it will cost, as its record will say. @throws PreceptError usage */
async function refuseOverBudget(from: string, data: string, budget: number | undefined): Promise<void> {
  const attempted = `Fine-tuning ${from} on ${data}`;
  if (budget === undefined) {
    throw new PreceptError("usage", {
      attempted,
      found: "a run that recorded no training FLOPs, of which the fine-tune may cost a share",
      expected: "a run that was trained by this version",
      remedy: "take the fine-tune out of the policy, or train the run again",
    });
  }
  const tokenizer = await loadCheckpointTokenizer(from);
  const rows = await readSftExamples(data);
  const tokens = rows.reduce((sum, row) => sum + encodeExample(tokenizer, row).tokens.length, 0);
  const perToken = 6 * (await countParameters(from));
  if (tokens * perToken <= budget) return;
  throw new PreceptError("usage", {
    attempted,
    found: `${tokens} tokens in ${rows.length} rows, ${(tokens * perToken).toExponential(2)} FLOPs`,
    expected: `at most ${budget.toExponential(2)}, the share that the policy gives: ${Math.floor(budget / perToken)} tokens`,
    remedy: "fewer or shorter rows",
  });
}
