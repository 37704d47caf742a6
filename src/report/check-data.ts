import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { type AnswerRecord, answerSchema, type CheckFile, type Finding, readCheck } from "../evaluation/index.ts";
import type { Message } from "../language-model.ts";
import { loadRecords } from "../records/index.ts";
import { hash32 } from "../rng.ts";
import { shownPath } from "../storage/index.ts";

export type CheckSubject = CheckFile["subjects"][number];

/** Everything that the page of a check shows. */
export interface CheckData {
  /** Of its folder. */
  readonly name: string;
  /** As commands name it. */
  readonly folder: string;
  readonly check: CheckFile;
  /** The bots, an earlier check's first where one was compared with. */
  readonly columns: readonly CheckSubject[];
  readonly examples: readonly CheckExample[];
  /** Answers without a verdict on a principle, by reason, with one of them. */
  readonly undetermined: readonly Undetermined[];
}

export type CheckExampleKind = "mended" | "still" | "new" | "broken";

/** A request with the answers to it, and what was found of them. */
export interface CheckExample {
  readonly kind: CheckExampleKind;
  readonly messages: readonly Message[];
  readonly answers: readonly {
    readonly subject: string;
    readonly id: string;
    readonly response: string;
    /** Of the principles that it broke, and of those that the other answer broke. */
    readonly findings: readonly Finding[];
  }[];
}

export interface Undetermined {
  readonly subject: string;
  readonly reason: string;
  readonly n: number;
  readonly sample: { readonly id: string; readonly principleId: string; readonly text: string };
}

const most = 3;

/** What a check in a folder has to show; undefined where there is none. @throws PreceptError run-invalid. */
export async function readCheckData(folder: string): Promise<CheckData | undefined> {
  const path = resolve(folder);
  const check = readCheck(path);
  if (check === undefined) return undefined;
  const { earlier, place } = readEarlier(path, check);
  const sides: Side[] = [];
  if (earlier !== undefined) sides.push({ subject: earlier, answers: await readAnswers(join(place, earlier.records)) });
  for (const subject of check.subjects) {
    sides.push({ subject, answers: await readAnswers(join(path, subject.records)) });
  }
  const [first, last] = [sides[0], sides.at(-1)];
  return {
    name: basename(path),
    folder: shownPath(path),
    check,
    columns: sides.map(({ subject }) => subject),
    examples:
      first === undefined || last === undefined ? [] : first === last ? chooseBroken(first) : choosePaired(first, last),
    undetermined: sides.flatMap(findUndetermined),
  };
}

interface Side {
  readonly subject: CheckSubject;
  readonly answers: readonly AnswerRecord[];
}

/** The last bot of the check that this one was compared with, under a name of its own; none where that is gone. */
function readEarlier(path: string, { baseline }: CheckFile): { earlier?: CheckSubject; place: string } {
  const place = baseline === undefined ? path : join(path, baseline);
  const subject = baseline === undefined ? undefined : readCheck(place)?.subjects.at(-1);
  return subject === undefined ? { place } : { earlier: { ...subject, name: `${subject.name}, earlier` }, place };
}

async function readAnswers(path: string): Promise<AnswerRecord[]> {
  if (!existsSync(path)) return [];
  // In the order of a hash, so that nobody picked what is shown.
  const answers = await loadRecords(path, answerSchema);
  return answers.sort((a, b) => hash32(a.itemId) - hash32(b.itemId) || a.sample - b.sample);
}

const listBroken = ({ findings = [] }: AnswerRecord): string[] =>
  findings.flatMap(({ principleId, verdict }) => (verdict === "breaks" ? [principleId] : []));

/** Answers that broke a principle, one per principle as far as there are as many. */
function chooseBroken({ answers }: Side): CheckExample[] {
  const candidates = answers.flatMap((answer): Candidate[] => {
    const broke = listBroken(answer);
    return broke.length === 0 ? [] : [{ kind: "broken", broke, answers: [answer] }];
  });
  return spread(candidates, most).map(toExample);
}

/** First what is mended, one per principle, then something that is not, where there is such. */
function choosePaired(before: Side, after: Side): CheckExample[] {
  const keyOf = ({ itemId, sample }: AnswerRecord): string => `${itemId}/${sample}`;
  const others = new Map(after.answers.map((answer) => [keyOf(answer), answer]));
  const candidates = before.answers.flatMap((answer): Candidate[] => {
    const other = others.get(keyOf(answer));
    if (other === undefined) return [];
    const [was, is] = [listBroken(answer), listBroken(other)];
    if (was.length + is.length === 0) return [];
    const kind = was.length === 0 ? "new" : is.length === 0 ? "mended" : "still";
    // An answer without a verdict is not mended.
    const open = (other.findings ?? []).some(
      ({ principleId, verdict }) => was.includes(principleId) && verdict === "undetermined",
    );
    if (kind === "mended" && open) return [];
    return [{ kind, broke: [...new Set([...was, ...is])], answers: [answer, other] }];
  });
  const of = (kind: CheckExampleKind): Candidate[] => candidates.filter((one) => one.kind === kind);
  const bad = [...spread(of("new"), 1), ...spread(of("still"), most)];
  const mended = spread(of("mended"), most - Math.min(1, bad.length));
  return [...mended, ...bad.slice(0, most - mended.length)].map(toExample);
}

interface Candidate {
  readonly kind: CheckExampleKind;
  readonly broke: readonly string[];
  readonly answers: readonly AnswerRecord[];
}

/** At most so many, those of further principles before those of one that is there already. */
function spread(candidates: readonly Candidate[], n: number): Candidate[] {
  const taken = new Set<Candidate>();
  const principles = new Set<string>();
  for (const candidate of candidates) {
    if (taken.size >= n) break;
    if (!candidate.broke.some((id) => !principles.has(id))) continue;
    for (const id of candidate.broke) principles.add(id);
    taken.add(candidate);
  }
  for (const candidate of candidates) if (taken.size < n) taken.add(candidate);
  return [...taken];
}

function toExample({ kind, broke, answers }: Candidate): CheckExample {
  return {
    kind,
    messages: answers[0]?.messages ?? [],
    answers: answers.map(({ subject, id, response, findings = [] }) => ({
      subject,
      id,
      response,
      findings: findings.filter(({ principleId }) => broke.includes(principleId)),
    })),
  };
}

function findUndetermined({ subject, answers }: Side): Undetermined[] {
  const found = answers.flatMap(({ id, response, findings = [] }) =>
    findings
      .filter(({ verdict }) => verdict === "undetermined")
      .map(({ principleId, reason = "no verdict", quote }) => ({ id, principleId, reason, text: quote ?? response })),
  );
  return [...Map.groupBy(found, ({ reason }) => reason)].flatMap(([reason, own]) => {
    const [first] = own;
    if (first === undefined) return [];
    const { id, principleId, text } = first;
    return [{ subject: subject.name, reason, n: own.length, sample: { id, principleId, text } }];
  });
}
