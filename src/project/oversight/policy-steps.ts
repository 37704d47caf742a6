import { basename, join, resolve } from "node:path";
import { benchmarks } from "../../evaluation/index.ts";
import { type Elicitation, elicitationName, type PolicyMeasure } from "../../oversight/index.ts";
import { trainStage } from "../../stages/index.ts";
import { quoteWord } from "../../storage/index.ts";
import { evidenceFolder } from "./policy-evidence.ts";

/** What makes one piece of evidence: a suite is asked, after a fine-tune where that is the elicitation. */
export interface EvidenceStep {
  readonly suite: string;
  /** As `precept evaluate` takes it. */
  readonly model: string;
  readonly out: string;
  readonly needsJudge: boolean;
  readonly samples?: number | undefined;
  /** Examples before every question, at least so many. */
  readonly shots?: number | undefined;
  /** Trained first: from where, and into which folder. */
  readonly fineTune?: { readonly from: string; readonly out: string } | undefined;
}

/** The stage that made a checkpoint of a run: what a training job made is named after its run. */
export const stageOf = (run: string, checkpoint: string): string =>
  checkpoint === basename(resolve(run)) ? trainStage.name : checkpoint;

/** The step that makes evidence of a checkpoint of a run, one for each measure and elicitation. */
export function stepsFor(run: string, checkpoint: string) {
  const isOnly = checkpoint === basename(resolve(run));
  return ({ suite }: Pick<PolicyMeasure, "suite">, how: Elicitation): EvidenceStep => {
    const tuned = join(evidenceFolder(run), "fine-tune");
    const isTuned = how.kind === "fine-tuned";
    return {
      suite,
      model: isTuned ? tuned : isOnly ? run : `${run}@${checkpoint}`,
      out: join(evidenceFolder(run), elicitationName(how)),
      needsJudge: benchmarks.get(suite)?.needs?.judge === true,
      samples: how.kind === "best-of" ? how.n : undefined,
      shots: how.kind === "few-shot" ? how.n : undefined,
      fineTune: isTuned ? { from: join(run, stageOf(run, checkpoint), "checkpoint"), out: tuned } : undefined,
    };
  };
}

/** A step as a person types it. */
export function commandOf({ suite, model, out, needsJudge, samples, shots, fineTune }: EvidenceStep): string {
  const flags = [
    needsJudge ? " --judge MODEL" : "",
    samples === undefined ? "" : ` --samples ${samples}`,
    shots === undefined ? "" : " --few-shot FILE",
  ].join("");
  const ask = `precept evaluate ${word(model)} --suite ${word(suite)}${flags} --out ${word(out)}`;
  if (fineTune === undefined) return ask;
  return `precept train sft --model ${word(fineTune.from)} --data FILE --out ${word(fineTune.out)}\n${ask}`;
}

/** The command that makes evidence of a checkpoint of a run. */
export const commandsFor = (
  run: string,
  checkpoint: string,
): ((measure: PolicyMeasure, how: Elicitation) => string) => {
  const stepOf = stepsFor(run, checkpoint);
  return (measure, how) => commandOf(stepOf(measure, how));
};

/** As one word of a command line; quoted where it must be. */
const word = (text: string): string => (/^[\w@%+:,./-]+$/u.test(text) ? text : quoteWord(text));
