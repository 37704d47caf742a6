import { statSync } from "node:fs";
import { type AnswerRecord, answerSchema, checkpointNames } from "../../evaluation/index.ts";
import { checkpointLabel } from "../../report/index.ts";
import { readJsonLines } from "../../storage/index.ts";
import type { OpenFile, OpenRun } from "../run/open-run.ts";

/** What the rooms need of an answer that was measured. */
export interface Answer
  extends Pick<
    AnswerRecord,
    "id" | "subject" | "benchmark" | "itemId" | "sample" | "cluster" | "groups" | "messages" | "response" | "values"
  > {
  readonly stage: string;
  readonly isCut: boolean;
  readonly verdict: AnswerRecord["verdict"];
  readonly findings: NonNullable<AnswerRecord["findings"]>;
}

/** One side of a comparison: "demo@sl-cai" and what it answered. */
export interface Side {
  readonly run: string;
  readonly subject: string;
  readonly answers: readonly Answer[];
}

/** Stages whose records are answers: `precept evaluate`, a project's own check, and that check before and after training. */
const isMeasuring = (stage: string): boolean => stage === "evaluate" || stage.startsWith("check-");

/** The files of a run that hold answers measured, closed ones alone. */
export function answerFiles(run: OpenRun): readonly OpenFile[] {
  return run.files.filter(({ stage, path }) => isMeasuring(stage) && path === `${stage}/records.jsonl`);
}

/** Policies kept along the way are measured on a few items only: the report draws them, nobody compares them. */
const isKept = ({ subject }: AnswerRecord): boolean => /^rl-cai-step-\d+$/u.test(subject);

/** Every answer that was measured in a run, read once as long as its files stay the same. */
export class Answers {
  readonly #run: OpenRun;
  #held: { readonly key: string; readonly answers: Promise<readonly Answer[]> } | undefined;

  constructor(run: OpenRun) {
    this.#run = run;
  }

  /** The same array as long as nothing changed. */
  read(): Promise<readonly Answer[]> {
    const files = answerFiles(this.#run).map(({ stage, index }) => ({ stage, path: index.file.path }));
    const key = JSON.stringify(files.map(({ path }) => [path, ...stateOf(path)]));
    if (this.#held?.key !== key) this.#held = { key, answers: readAll(files) };
    return this.#held.answers;
  }
}

function stateOf(path: string): readonly number[] {
  const state = statSync(path, { throwIfNoEntry: false });
  return state === undefined ? [] : [state.size, state.mtimeMs];
}

async function readAll(files: readonly { readonly stage: string; readonly path: string }[]): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const { stage, path } of files) {
    if (stateOf(path).length === 0) continue;
    // A damaged line, or one of a newer version, is told of by the index.
    for await (const line of readJsonLines(path)) {
      const { data } = answerSchema.safeParse("value" in line ? line.value : undefined);
      if (data !== undefined && !isKept(data)) answers.push(toAnswer(data, stage));
    }
  }
  return tellApart(answers);
}

function toAnswer({ replies, findings = [], verdict, ...record }: AnswerRecord, stage: string): Answer {
  const { id, subject, benchmark, itemId, sample, cluster, groups, messages, response, values } = record;
  const isCut = replies.some((reply) => reply.ask === "generate" && reply.finishReason === "length");
  const own = { id, subject, benchmark, itemId, sample, cluster, groups, messages, response, values };
  return { ...own, stage, isCut, verdict, findings };
}

/** A check before and after training may ask a bot of the same name: the stage tells which of the two it was. */
function tellApart(answers: readonly Answer[]): Answer[] {
  const stages = new Map<string, Set<string>>();
  for (const { benchmark, subject, stage } of answers) {
    const key = `${benchmark}\n${subject}`;
    stages.set(key, (stages.get(key) ?? new Set()).add(stage));
  }
  return answers.map((answer) => {
    const { benchmark, subject, stage } = answer;
    if ((stages.get(`${benchmark}\n${subject}`)?.size ?? 0) < 2) return answer;
    return { ...answer, subject: `${subject}, ${stage.replace(/^check-/u, "")}` };
  });
}

/** Who answered, in the order of the method; others behind. */
export function subjectsOf(answers: readonly Pick<Answer, "subject">[]): string[] {
  const order: readonly string[] = checkpointNames;
  const place = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);
  return [...new Set(answers.map(({ subject }) => subject))].sort((a, b) => place(a) - place(b));
}

/** "SL-CAI", "SL-CAI without replay", or a model's own name. */
export function subjectLabel(name: string): string {
  return name === "sl-cai-without-replay" ? `${checkpointLabel("sl-cai")} without replay` : checkpointLabel(name);
}
