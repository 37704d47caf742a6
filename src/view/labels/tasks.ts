import { rubricOf, rubrics } from "../../evaluation/index.ts";
import type { OpenFile, OpenRun } from "../run/open-run.ts";
import { type NamedPrinciple, readPrinciples } from "../run/principles.ts";
import type { Segment } from "../segments/segment.ts";
import type { LabelTask } from "../source-desk.ts";

/** A record that can be labelled, not read yet. */
export interface Candidate {
  readonly file: OpenFile;
  readonly segment: Segment;
  readonly row: number;
  /** Of its id. */
  readonly hash: number;
}

/** What is labelled: pairs under an aim, or answers under a principle. */
export type Task = { readonly id: string } & (
  | { readonly kind: "pair"; readonly aim: "harmlessness" | "helpfulness" }
  | { readonly kind: "principle"; readonly principle: NamedPrinciple }
);

const aims = ["harmlessness", "helpfulness"] as const;

/** Every task that a run may have, those of pairs first. */
export function listTasks(folder: string): readonly Task[] {
  return [
    ...aims.map((aim) => ({ id: aim, kind: "pair" as const, aim })),
    ...readPrinciples(folder).map((principle) => ({
      id: `principle:${principle.id}`,
      kind: "principle" as const,
      principle,
    })),
  ];
}

/** What a person is asked, and the labels by key. */
export function describeTask(task: Task): Pick<LabelTask, "id" | "question" | "isPair" | "labels"> {
  if (task.kind === "pair") {
    const labels = [
      { label: "a", means: "A is better" },
      { label: "b", means: "B is better" },
      { label: "tie", means: "neither is" },
    ];
    return { id: task.id, question: rubrics[task.aim].question, isPair: true, labels };
  }
  const { question, labels } = rubricOf({ ...task.principle, tags: [], weight: 1 });
  return {
    id: task.id,
    question,
    isPair: false,
    labels: Object.entries(labels).map(([label, means]) => ({ label, means })),
  };
}

const stages = ["ai-feedback", "sl-cai"] as const;

export const stageOf = (task: Task): (typeof stages)[number] => (task.kind === "pair" ? "ai-feedback" : "sl-cai");

/** Records that the judge labelled for each task of these stages, by its id; nothing is read but the index. */
export async function findCandidates(
  run: OpenRun,
  of: readonly string[] = stages,
): Promise<ReadonlyMap<string, readonly Candidate[]>> {
  const found = new Map<string, Candidate[]>();
  const add = (task: string, candidate: Candidate): void => {
    const own = found.get(task) ?? [];
    found.set(task, own);
    own.push(candidate);
  };
  for (const file of run.files.filter(({ stage }) => of.includes(stage))) {
    await file.index.wait(true);
    for (const segment of file.index.segments) {
      for (const { row, hash } of segment.idHashes()) {
        const { type, principle, division, round } = segment.row(row);
        if (type === "comparison") add(division ?? "", { file, segment, row, hash });
        // The first round reads the model's own answer, once for every principle.
        else if (type === "critique" && round === 1) add(`principle:${principle}`, { file, segment, row, hash });
      }
    }
  }
  return found;
}
