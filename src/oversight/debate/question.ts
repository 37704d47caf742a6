import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { readJsonLines, shownPath } from "../../storage/index.ts";

/** A question with two answers, of which the passage shows one to be right. */
export interface DebateQuestion {
  readonly id: string;
  /** What debaters see, and the judge does not. */
  readonly passage: string;
  readonly question: string;
  readonly answers: readonly [string, string];
  /** Place of the right answer: figures alone read it. */
  readonly right: 0 | 1;
}

export type Side = "A" | "B";
export const sides = ["A", "B"] as const satisfies readonly Side[];

/** The question as one hearing asks it: which answer is A's, and which B's. */
export interface Asked {
  readonly question: string;
  readonly claims: Readonly<Record<Side, string>>;
}

/** The letters are given to the answers as they stand, or the other way round. */
export function askAs({ question, answers: [first, second] }: DebateQuestion, isSwapped: boolean): Asked {
  return { question, claims: isSwapped ? { A: second, B: first } : { A: first, B: second } };
}

/** The side that argues for the answer at a place. */
export const sideOf = (answer: 0 | 1, isSwapped: boolean): Side => ((answer === 0) === isSwapped ? "B" : "A");

const rowSchema = z.object({
  id: z.string().min(1).optional(),
  passage: z.string().trim().min(1),
  question: z.string().trim().min(1),
  answers: z.array(z.string().trim().min(1)),
  right: z.union([z.string().trim(), z.int()]),
});

const expected =
  '{"passage": "…", "question": "…", "answers": ["…", "…"], "right": "…"} on each line, right being one of the answers or its place, 0 or 1';

/** Reads questions with a hidden passage, a row on each line. @throws PreceptError input-invalid, with the place of the first fault. */
export async function readDebateQuestions(path: string): Promise<DebateQuestion[]> {
  const attempted = `Reading the questions ${shownPath(path)}`;
  const questions: DebateQuestion[] = [];
  const placeOf = new Map<string, number>();
  for await (const line of readJsonLines(path)) {
    const place = `line ${line.number}`;
    if ("fault" in line) throw describeFault(attempted, `${place}: ${line.fault}`);
    const row = rowSchema.safeParse(line.value);
    if (!row.success) {
      const [issue] = row.error.issues;
      throw describeFault(attempted, `${place}: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`.trim());
    }
    const question = questionOf(row.data, questions.length, { attempted, place });
    const first = placeOf.get(question.id);
    if (first !== undefined)
      throw describeFault(attempted, `${place}: the id ${question.id} of line ${first} once more`, "each id once");
    placeOf.set(question.id, line.number);
    questions.push(question);
  }
  if (questions.length === 0) throw describeFault(attempted, "no question");
  return questions;
}

function questionOf(
  { id, passage, question, answers, right }: z.infer<typeof rowSchema>,
  index: number,
  { attempted, place }: { readonly attempted: string; readonly place: string },
): DebateQuestion {
  const pair = pairOf(answers, attempted, place);
  const at = typeof right === "number" ? right : pair.indexOf(right);
  if (at !== 0 && at !== 1) throw describeFault(attempted, `${place}: ${JSON.stringify(right)} is none of its answers`);
  return { id: id ?? `q${String(index + 1).padStart(4, "0")}`, passage, question, answers: pair, right: at };
}

const isSame = (a: string, b: string): boolean => foldAnswer(a) === foldAnswer(b);
const foldAnswer = (text: string): string => text.trim().replace(/\s+/g, " ").toLowerCase();

/** Two opposite answers. @throws PreceptError input-invalid for fewer, more, or the same twice. */
function pairOf(answers: readonly string[], attempted: string, place: string): readonly [string, string] {
  const [first, second] = answers;
  if (answers.length === 2 && first !== undefined && second !== undefined && !isSame(first, second))
    return [first, second];
  const found = answers.length === 2 ? "the same answer twice" : `${answers.length} answers`;
  throw new PreceptError("input-invalid", {
    attempted,
    found: `${place}: ${found}`,
    expected: "two answers that differ: a debate has two sides",
    remedy: "ask once for each wrong answer, beside the right one",
  });
}

function describeFault(attempted: string, found: string, wanted = expected): PreceptError {
  return new PreceptError("input-invalid", { attempted, found, expected: wanted });
}
