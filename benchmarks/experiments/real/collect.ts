import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { answerSchema } from "../../../src/evaluation/index.ts";
import { readRecords } from "../../../src/records/index.ts";
import { readSummary } from "../../../src/runs/index.ts";
import type { Arm } from "./arms.ts";
import type { Measured } from "./measured.ts";
import { countSentences, letters, readRefusal } from "./readings.ts";
import type { RealPrompt } from "./splits.ts";

type Answer = z.infer<typeof answerSchema>;

/** The most sentences that the principle of form allows. */
const allowedSentences = 2;

const stageSchema = z.looseObject({ seconds: z.number(), counts: z.record(z.string(), z.number()).optional() });

/** What a finished run has to say for the table. */
export async function collectRun(
  run: string,
  arm: Arm,
  prompts: readonly RealPrompt[],
): Promise<Pick<Measured, "checkpoints" | "counts" | "seconds">> {
  const answers: Answer[] = [];
  for await (const record of readRecords(join(run, "evaluate", "records.jsonl"), answerSchema)) answers.push(record);
  const read = arm.experiment === "values" ? (answer: Answer) => letters[readRefusal(answer.response)] : readForm;
  const subjects = Map.groupBy(answers, ({ subject }) => subject);
  const checkpoints = Object.fromEntries(
    [...subjects].map(([name, own]) => [name, summariseAnswers(own, prompts, read)]),
  );
  const [counts, seconds]: [Measured["counts"], Measured["seconds"]] = [{}, {}];
  for (const stage of ["sl-cai", "ai-feedback", "dpo", "evaluate"]) {
    const path = join(run, stage, "summary.json");
    if (!existsSync(path)) continue;
    const summary = await readSummary(path, stageSchema);
    counts[stage] = summary.counts ?? {};
    seconds[stage] = Math.round(summary.seconds);
  }
  return { checkpoints, counts, seconds };
}

const wasCut = ({ replies: [reply] }: Answer): boolean => reply?.ask === "generate" && reply.finishReason === "length";

/** "1" where the answer ended within the allowed number of sentences. */
const readForm = (answer: Answer): string =>
  !wasCut(answer) && answer.response !== "" && countSentences(answer.response) <= allowedSentences ? "1" : "0";

/** Outcomes by set of prompts, each in the order of the split, so that arms can be compared prompt by prompt. */
function summariseAnswers(
  answers: readonly Answer[],
  prompts: readonly RealPrompt[],
  read: (answer: Answer) => string,
): Measured["checkpoints"][string] {
  const byItem = new Map(answers.map((answer) => [withoutKind(answer.itemId), answer]));
  const sets = Map.groupBy(prompts, setOf);
  const outcomes = [...sets].map(([set, own]) => [
    set,
    own
      .map(({ id }) => {
        const answer = byItem.get(id);
        if (answer === undefined) throw new Error(`the run answers no ${id}`);
        return read(answer);
      })
      .join(""),
  ]);
  return { outcomes: Object.fromEntries(outcomes), cut: answers.filter(wasCut).length };
}

/** "xstest safe", "jailbreakbench unsafe", … */
export const setOf = ({ id, kind }: RealPrompt): string =>
  `${id.replace(/[-_]\d+$/, "")} ${kind === "red-team" ? "unsafe" : "safe"}`;

/** The product names prompts by their kind: "red-team-ID". */
const withoutKind = (id: string): string => id.replace(/^(?:red-team|helpful)-/, "");
