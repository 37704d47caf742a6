import { setImmediate } from "node:timers/promises";
import { type AnswerRecord, answerSchema, checkpointNames } from "../../evaluation/index.ts";
import { checkpointLabel, modelLabel } from "../../report/index.ts";
import { hashText } from "../../storage/index.ts";
import { titleOf } from "../lists/item-records.ts";
import type { Place } from "../lists/list-reader.ts";
import { type OpenFile, type OpenRun, readFound } from "../run/open-run.ts";
import { isMeasuring } from "./listing.ts";

/** What is held of an answer that was measured: what figures and lists are made of, and where its texts stand. */
export interface Answer
  extends Pick<AnswerRecord, "id" | "subject" | "benchmark" | "itemId" | "sample" | "cluster" | "groups" | "values"> {
  readonly stage: string;
  /** What was asked, in a line. */
  readonly title: string;
  /** Of what was asked, and of what was answered: the same for the same words. */
  readonly asked: string;
  readonly said: string;
  readonly isCut: boolean;
  readonly isEmpty: boolean;
  /** Who read it; undefined where a rule did. */
  readonly judge: string | undefined;
  readonly at: Place & { readonly file: OpenFile };
}

/** One side of a comparison: "demo@sl-cai" and what it answered. */
export interface Side {
  readonly run: string;
  readonly subject: string;
  readonly answers: readonly Answer[];
}

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
  async read(): Promise<readonly Answer[]> {
    const files = answerFiles(this.#run);
    for (const { index } of files) await index.wait(true);
    const key = JSON.stringify(files.map(({ path, index }) => [path, index.file.kept?.hash, index.version]));
    if (this.#held?.key !== key) this.#held = { key, answers: readAll(files) };
    return this.#held.answers;
  }
}

/** Milliseconds for which answers are read before other requests come in between. */
const atOnce = 20;

/** A damaged line, or one of a newer version, is told of by the index. */
async function readAll(files: readonly OpenFile[]): Promise<Answer[]> {
  const answers: Answer[] = [];
  const same = new Same();
  let end = performance.now() + atOnce;
  for (const file of files) {
    for (const segment of file.index.segments) {
      for (let item = 0; item < segment.n; item++) {
        const at = { file, segment, item };
        const record = readAnswer({ at });
        if (record !== undefined && !isKept(record)) answers.push(toAnswer(record, at, same));
        if (performance.now() < end) continue;
        await setImmediate();
        end = performance.now() + atOnce;
      }
    }
  }
  return tellApart(answers);
}

/** All of an answer, as it stands in its file; undefined where it fits no schema. */
export function readAnswer({ at: { file, segment, item } }: Pick<Answer, "at">): AnswerRecord | undefined {
  const found = readFound(file, segment, segment.rowsOf(item).first);
  return answerSchema.safeParse(found?.record).data;
}

/** What words are looked for in. */
export function textsOf(answers: readonly Answer[]): string[] {
  const records = answers.flatMap((answer) => readAnswer(answer) ?? []);
  const asked = (records[0]?.messages ?? []).map(({ content }) => content);
  return [...asked, ...records.map(({ response }) => response)];
}

function toAnswer(record: AnswerRecord, at: Answer["at"], same: Same): Answer {
  const { id, subject, benchmark, itemId, sample, cluster, groups, messages, response, values, replies } = record;
  return {
    ...{ id, sample, at },
    ...{ subject: same.text(subject), benchmark: same.text(benchmark), itemId: same.text(itemId) },
    cluster: cluster === undefined ? undefined : same.text(cluster),
    groups: same.value(groups),
    values: same.value(values),
    stage: at.file.stage,
    title: same.text(titleOf(messages)),
    asked: same.text(hashText(messages.map(({ role, content }) => `${role}: ${content}`).join("\n"))),
    said: same.text(hashText(response)),
    isCut: replies.some((reply) => reply.ask === "generate" && reply.finishReason === "length"),
    isEmpty: response.trim() === "",
    judge: record.verdict === undefined ? undefined : same.text(record.verdict.judge),
  };
}

/** What comes again and again is held once. */
class Same {
  readonly #texts = new Map<string, string>();
  readonly #values = new Map<string, unknown>();

  text(text: string): string {
    const known = this.#texts.get(text);
    if (known === undefined) this.#texts.set(text, text);
    return known ?? text;
  }

  value<T extends object>(value: T): T {
    const key = JSON.stringify(value);
    const known = this.#values.get(key) as T | undefined;
    if (known === undefined) this.#values.set(key, value);
    return known ?? value;
  }
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
  return name === "sl-cai-without-replay" ? `${checkpointLabel("sl-cai")} without replay` : modelLabel(name);
}
