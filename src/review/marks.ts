import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { errnoOf, PreceptError } from "../errors.ts";
import { asFileError, contentHash, hashText, readJsonLines, writeAll } from "../storage/index.ts";

/** A line of review.jsonl. `mark` null takes back what the same person said before; a note may stand without a mark. */
export const markLineSchema = z.object({
  schemaVersion: z.literal(1),
  id: z.string().min(1),
  /** Of the record as it was seen: a record that was made again is another one. */
  recordHash: z.string().regex(/^[0-9a-f]{64}$/, "expected a sha256 in hex"),
  mark: z.enum(["drop", "keep"]).nullable(),
  note: z.string().optional(),
  by: z.string().min(1),
  at: z.iso.datetime(),
});
export type MarkLine = z.infer<typeof markLineSchema>;

/** What a person says of a record now. */
export type Mark = Omit<MarkLine, "schemaVersion">;

/** Where a run keeps its review. */
export function reviewPath(run: string): string {
  return join(run, "review.jsonl");
}

/** The hash by which a mark knows its record; the layout of the line does not matter. */
export function hashRecord(record: unknown): string {
  return contentHash(record);
}

/** A line that is no mark. */
export interface DamagedMark {
  readonly line: number;
  readonly found: string;
}

export interface ReadMarks {
  readonly marks: readonly Mark[];
  /** sha256 of the file; null where nobody marked anything. */
  readonly hash: string | null;
  /** Lines that were left out. */
  readonly damaged: readonly DamagedMark[];
}

/** What each person said last of each record; what was taken back without a note is left out. @throws PreceptError permission. */
export async function readMarks(run: string): Promise<ReadMarks> {
  const path = reviewPath(run);
  const hash = hashReview(run);
  const last = new Map<string, Mark>();
  const damaged: DamagedMark[] = [];
  if (hash === null) return { marks: [], hash, damaged };
  for await (const line of readJsonLines(path, { code: "run-invalid" })) {
    const parsed = "fault" in line ? undefined : markLineSchema.safeParse(line.value);
    if (parsed?.success !== true) {
      const issue = parsed?.error.issues[0];
      const found = "fault" in line ? line.fault : `${issue?.path.join(".") || "(line)"}: ${issue?.message}`;
      damaged.push({ line: line.number, found });
      continue;
    }
    const { schemaVersion: _, ...mark } = parsed.data;
    const key = JSON.stringify([mark.id, mark.by]);
    // Deleted first, so that marks stand in the order in which they were made.
    last.delete(key);
    if (mark.mark !== null || mark.note !== undefined) last.set(key, mark);
  }
  return { marks: [...last.values()], hash, damaged };
}

/** The same for who acts upon it: a line that cannot be read may have dropped a row. @throws PreceptError run-invalid naming the line. */
export async function readSoundMarks(run: string): Promise<ReadMarks> {
  const read = await readMarks(run);
  const [first] = read.damaged;
  if (first === undefined) return read;
  throw new PreceptError("run-invalid", {
    attempted: `Reading the review at ${reviewPath(run)}:${first.line}`,
    found: first.found,
    expected: "one mark a line, as precept review writes it",
    remedy: `correct or delete line ${first.line}; or export with --ignore-review`,
  });
}

/** Who sits at this machine. */
export function namePerson(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return env["USER"] || userInfo().username;
}

/** Adds marks to a run's review; nothing that stands there is changed. @throws PreceptError permission, disk. */
export function appendMarks(run: string, marks: readonly Mark[]): void {
  const path = reviewPath(run);
  const lines = marks.map((mark) => `${JSON.stringify(markLineSchema.parse({ schemaVersion: 1, ...mark }))}\n`);
  try {
    const file = openSync(path, "a+");
    try {
      writeAll(file, Buffer.from(`${endsInLine(file) ? "" : "\n"}${lines.join("")}`));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw asFileError(error, `Writing ${path}`);
  }
}

/** Whether the next line begins on its own: a process that was killed may have left half of one. */
function endsInLine(file: number): boolean {
  const { size } = fstatSync(file);
  const end = Buffer.alloc(1);
  return size === 0 || (readSync(file, end, 0, 1, size - 1) === 1 && end[0] === 0x0a);
}

/** sha256 of a run's review; null where nobody marked anything. */
export function hashReview(run: string): string | null {
  const path = reviewPath(run);
  try {
    return hashText(readFileSync(path, "utf8"));
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return null;
    throw asFileError(error, `Reading ${path}`);
  }
}
