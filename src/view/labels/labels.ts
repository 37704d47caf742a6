import { certify } from "../../evaluation/index.ts";
import { omitUndefined } from "../../omit-undefined.ts";
import { hashRecord, namePerson } from "../../review/index.ts";
import { hash32 } from "../../rng.ts";
import { shownPath } from "../../storage/index.ts";
import { Conflict } from "../conflict.ts";
import { titleOf } from "../lists/item-records.ts";
import { type FoundRow, type OpenRun, readFound } from "../run/open-run.ts";
import { isWritable } from "../run/review-marks.ts";
import { isRecord, listIn, namesIn, textIn } from "../segments/listing.ts";
import type { Message } from "../source.ts";
import type { LabelAgreement, LabelGiven, LabelItem, LabelSheet, LabelTasks, SheetName } from "../source-desk.ts";
import { fileNamesOf, type LabelLine, readAnswerLines, readLabelLines, writeLines } from "./label-file.ts";
import { describeTask, findCandidates, listTasks, stageOf, type Task } from "./tasks.ts";

/** Labels of people, given without a word of what the judge said, and kept as `precept calibrate` reads them. */
export class Labels {
  readonly #run: OpenRun;
  /** Writes one after the other: two keys that are pressed at once lose no label. */
  #writing: Promise<unknown> = Promise.resolve();

  constructor(run: OpenRun) {
    this.#run = run;
  }

  /** Tasks that have anything to label. */
  async list(): Promise<LabelTasks> {
    const { folder } = this.#run;
    const candidates = await findCandidates(this.#run);
    const by = namePerson();
    const tasks: LabelTasks["tasks"][number][] = [];
    for (const task of listTasks(folder)) {
      const available = candidates.get(task.id)?.length ?? 0;
      if (available === 0) continue;
      const own = await this.#readOwn(task);
      tasks.push({ ...describeTask(task), available, labelled: own.size });
    }
    return { tasks, by, isReadOnly: !isWritable(folder) };
  }

  /** A sample, each item without what was said of it; undefined where the run has no such task. */
  async open(name: SheetName): Promise<LabelSheet | undefined> {
    const chosen = await this.#choose(name);
    if (chosen === undefined) return undefined;
    const { task, rows, available } = chosen;
    const own = await this.#readOwn(task);
    const items: LabelItem[] = [];
    for (const found of rows) {
      const { id, messages, answers } = await this.#readItem(task, found);
      const isSwapped = task.kind === "pair" && isShownSwapped(name.seed, id);
      const line = own.get(id);
      items.push({
        id,
        messages,
        answers: isSwapped ? [...answers].reverse() : answers,
        given: line === undefined ? null : turnLabel(line.label, isSwapped, "shown"),
      });
    }
    return { task: { ...describeTask(task), available, labelled: own.size }, items };
  }

  /** Keeps what a person said of an item as it was shown; null takes it back. @throws Conflict where nothing can be written. */
  async give(name: SheetName, id: string, label: string | null): Promise<LabelGiven | undefined> {
    const given = this.#writing.then(() => this.#write(name, id, label));
    this.#writing = given.catch(() => undefined);
    return given;
  }

  /** What the judge said, held against the labels of a sheet. @throws Conflict where there is none yet. */
  async compare(name: SheetName): Promise<LabelAgreement | undefined> {
    const chosen = await this.#choose(name);
    if (chosen === undefined) return undefined;
    const { task, rows } = chosen;
    const own = await this.#readOwn(task);
    const items = rows.flatMap((found) => {
      const line = own.get(textIn(found.record, "id") ?? "");
      return line === undefined ? [] : [{ found, id: line.id, given: asCritic(line.label), ...judgeOf(task, found) }];
    });
    if (items.length === 0) throw new Conflict("Nothing is labelled here yet: the judge is told at the end.");
    const [first] = items;
    const judge = textIn(first?.found.record ?? {}, "model") ?? "";
    const { judgement, warnings } = certify(
      items.map(({ id, given, said, probability }) => ({
        ...omitUndefined({ probability }),
        id,
        people: [given],
        judge: said,
      })),
      {
        judge: { name: task.id, version: "run", model: judge, prompt: "", hash: "" },
        date: new Date().toISOString().slice(0, 10),
        calibratedOn: { answers: task.id, labels: null, hash: "" },
        metric: "nominal",
        seed: name.seed,
        positive: "first",
      },
    );
    const { agreement, kappa, labels, table } = judgement;
    const disagreements: LabelAgreement["disagreements"][number][] = [];
    for (const { found, id, given, said } of items) {
      if (said === given) continue;
      const { messages } = await this.#readItem(task, found);
      disagreements.push({ id, title: titleOf(messages) || id, given, judge: said ?? "no verdict" });
    }
    const files = fileNamesOf(this.#run.folder, task.id);
    const [answersFile, labelsFile] = [files.answers, files.labels].map((path) => shownPath(path));
    const rubric = task.kind === "pair" ? `--rubric ${task.aim}` : `--principle ${task.principle.id}`;
    return {
      agreement: { ...agreement },
      kappa: kappa.outcome === "estimated" ? { ...kappa.value } : null,
      warnings,
      labels,
      table,
      judge,
      disagreements,
      answersFile: answersFile ?? "",
      labelsFile: labelsFile ?? "",
      command: `precept calibrate --judge MODEL ${rubric} --answers ${answersFile} --labels ${labelsFile}`,
    };
  }

  async #write({ task: taskId, seed }: SheetName, id: string, label: string | null): Promise<LabelGiven | undefined> {
    const { folder } = this.#run;
    const task = listTasks(folder).find((one) => one.id === taskId);
    const found = task === undefined ? undefined : await this.#run.find(id);
    if (task === undefined || found === undefined || !isOf(task, found)) return undefined;
    if (label !== null && !describeTask(task).labels.some((one) => one.label === label)) return undefined;
    if (!isWritable(folder)) throw new Conflict("This run cannot be written here: labels are off.");
    const files = fileNamesOf(folder, task.id);
    const by = namePerson();
    const isSwapped = task.kind === "pair" && isShownSwapped(seed, id);
    const lines = (await readLabelLines(files.labels)).filter((line) => line.id !== id || line.annotator !== by);
    const line: LabelLine = {
      id,
      label: turnLabel(label ?? "", isSwapped, "kept"),
      annotator: by,
      ...(task.kind === "pair"
        ? { shown: isSwapped ? "swapped" : "as-given", seed }
        : { principle: task.principle.id }),
      recordHash: hashRecord(found.record),
      at: new Date().toISOString(),
    };
    const now = label === null ? lines : [...lines, line];
    const answers = await readAnswerLines(files.answers);
    if (label !== null && !answers.some((one) => one.id === id)) {
      const { messages, answers: texts } = await this.#readItem(task, found);
      const what = task.kind === "pair" ? { responses: texts } : { response: texts[0], principle: task.principle.id };
      writeLines(files.answers, [...answers, { id, messages, ...what }]);
    }
    writeLines(files.labels, now);
    return { labelled: now.filter(({ annotator }) => annotator === by).length };
  }

  /** The sample of a sheet: the smallest under a hash of the seed, so that a run that grows keeps most of it. */
  async #choose({ task: id, n, seed }: SheetName) {
    const task = listTasks(this.#run.folder).find((one) => one.id === id);
    if (task === undefined) return undefined;
    const candidates = (await findCandidates(this.#run, [stageOf(task)])).get(id) ?? [];
    if (candidates.length === 0) return undefined;
    const rows = candidates
      .map((candidate) => ({ ...candidate, rank: hash32(`${seed} ${candidate.hash}`) }))
      .sort((a, b) => a.rank - b.rank || a.hash - b.hash)
      .slice(0, n)
      .flatMap(({ file, segment, row }) => readFound(file, segment, row) ?? []);
    return { task, rows, available: candidates.length };
  }

  async #readOwn(task: Task): Promise<ReadonlyMap<string, LabelLine>> {
    const lines = await readLabelLines(fileNamesOf(this.#run.folder, task.id).labels);
    const by = namePerson();
    return new Map(lines.filter(({ annotator }) => annotator === by).map((line) => [line.id, line]));
  }

  async #readItem(task: Task, { record }: FoundRow) {
    const [parent = ""] = namesIn(record, "parents");
    const response = (await this.#run.find(parent))?.record ?? {};
    const messages = listIn(response, "messages")
      .filter(isRecord)
      .map((one) => ({ role: textIn(one, "role") ?? "user", content: textIn(one, "content") ?? "" }) as Message);
    const answers = task.kind === "pair" ? namesIn(record, "responses") : [textIn(response, "response") ?? ""];
    return { id: textIn(record, "id") ?? "", messages, answers };
  }
}

/** Which answer stands first is drawn for each item. */
function isShownSwapped(seed: number, id: string): boolean {
  return (hash32(`${seed} order ${id}`) & 1) === 1;
}

/** "a" is the first answer as shown; labels are kept of the answers as the record has them. */
function turnLabel(label: string, isSwapped: boolean, to: "shown" | "kept"): string {
  const [a, b] = isSwapped ? ["second", "first"] : ["first", "second"];
  const kept: Readonly<Record<string, string>> = { a, b };
  const shown: Readonly<Record<string, string>> = { [a]: "a", [b]: "b" };
  return (to === "kept" ? kept : shown)[label] ?? label;
}

function isOf(task: Task, { record }: FoundRow): boolean {
  if (task.kind === "pair") return record["type"] === "comparison" && record["source"] === task.aim;
  return record["type"] === "critique" && record["principleId"] === task.principle.id && record["round"] === 1;
}

/** A critique knows no third case: where a rule is not at stake, it is kept. */
function asCritic(label: string): string {
  return label === "not at stake" ? "keeps" : label;
}

/** What the run's own judge said: of a pair by its label before it was clamped, of an answer by its critique. */
function judgeOf(
  task: Task,
  { record }: FoundRow,
): { readonly said: string | undefined; readonly probability?: number | undefined } {
  if (task.kind === "principle") {
    const finding = textIn(record, "finding");
    return { said: finding === "unclear" ? undefined : finding };
  }
  const { raw } = record;
  if (typeof raw !== "number") return { said: undefined };
  return { said: raw === 0.5 ? "tie" : raw > 0.5 ? "first" : "second", probability: raw };
}
