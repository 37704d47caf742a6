import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readSync, rmdirSync, writeSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { PreceptError } from "../errors.ts";
import { asFileError, hashText, type Lock, takeLock, tryJson } from "../storage/index.ts";
import { LIMITS } from "./critic-budget.ts";
import { STAGES } from "./stage.ts";

const hash = z.string();
const findingSchema = z.strictObject({
  principleId: z.string(),
  principleHash: hash,
  check: z.string(),
  stage: z.enum(STAGES),
  score: z.number(),
  threshold: z.number(),
  span: z.tuple([z.int(), z.int()]),
  /** The text that was found, its hash, or nothing, as the policy says. */
  evidence: z.string().optional(),
});

/** One line of the audit file: one text of one exchange, and what was done with it. */
export const guardEventSchema = z.strictObject({
  schemaVersion: z.literal(1),
  id: z.string(),
  traceId: z.string(),
  spanId: z.string(),
  at: z.iso.datetime(),
  stage: z.enum(STAGES),
  constitutionHash: hash,
  policyHash: hash,
  /** SHA-256 of each guard model that may read: its guard.json and its checkpoint. */
  guardModels: z.array(z.strictObject({ side: z.enum(["input", "output"]), hash })).optional(),
  upstream: z.string(),
  findings: z.array(findingSchema),
  action: z.enum(["pass", "observe", "mask", "block", "revise", "route"]),
  status: z.enum(["checked", "failed-open", "failed-closed", "skipped"]),
  /** The limit of the policy that kept a check from being made. */
  limit: z.enum(LIMITS).optional(),
  /** Whether thresholds were stricter, for what was found in the conversation before. */
  isStrict: z.boolean().optional(),
  /** Whether the policy can act at all, or only writes down what it sees. */
  isActing: z.boolean(),
  /** Characters of the model: those that left, those that every check had settled, those that left of a span that was acted on. */
  coverage: z.strictObject({ delivered: z.int(), checked: z.int(), leaked: z.int() }),
  timing: z.strictObject({ addedMs: z.number() }),
  revision: z.strictObject({ before: hash, after: hash, critique: z.string() }).optional(),
  /** Turns that the critic was not shown. */
  cut: z.int(),
  /** Of input that was stopped while the model was already answering: characters of its answer that had come. */
  wasted: z.int().optional(),
  /** The text that was judged, its hash, or nothing. */
  text: z.string().optional(),
  /** SHA-256 of the line before; of the first line "". */
  previous: z.string(),
});
export type GuardEvent = z.infer<typeof guardEventSchema>;
/** An event before it stands in a file. */
export type GuardObserved = Omit<GuardEvent, "previous">;

/** Where guards write down what they did. */
export interface AuditLog {
  /** @throws PreceptError disk, permission. */
  append(event: GuardObserved): void;
  close(): void;
}

/**
 * Opens an audit file for this process alone. Each line is written in one piece and holds the hash of the one before; half a line that
 * a kill left is dropped. @throws PreceptError run-locked, disk, permission; run-invalid when the last line is no event.
 */
export function openAudit(file: string): AuditLog {
  const attempted = `Opening the audit file ${file}`;
  const lock = lockAudit(file, attempted);
  try {
    const handle = openSync(file, "a+", 0o600);
    let previous = lastHash(handle, file);
    return {
      append(event) {
        const line = JSON.stringify({ ...event, previous });
        try {
          writeWholeLine(handle, `${line}\n`);
        } catch (error) {
          throw asFileError(error, `Writing to the audit file ${file}`);
        }
        previous = hashText(line);
      },
      close() {
        closeSync(handle);
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw asFileError(error, attempted);
  }
}

function lockAudit(file: string, attempted: string): Lock {
  const folder = `${resolve(file)}.lock`;
  try {
    mkdirSync(folder, { recursive: true });
    const lock = takeLock(folder, "guard");
    return {
      release: () => {
        lock.release();
        rmdirSync(folder);
      },
    };
  } catch (error) {
    if (!(error instanceof PreceptError) || error.code !== "run-locked") throw asFileError(error, attempted);
    const remedy = "stop the other guard, or give each its own audit.file";
    throw new PreceptError("run-locked", { attempted, found: "another guard is writing it", remedy, cause: error });
  }
}

/** A line that could not be written whole is taken back: the next one stands on its own line. */
function writeWholeLine(handle: number, line: string): void {
  const before = fstatSync(handle).size;
  const bytes = Buffer.from(line);
  try {
    let written = 0;
    while (written < bytes.length) written += writeSync(handle, bytes, written);
  } catch (error) {
    ftruncateSync(handle, before);
    throw error;
  }
}

function lastHash(handle: number, file: string): string {
  const { size } = fstatSync(handle);
  let tail = Buffer.alloc(0);
  let end = size;
  // The last two line ends: the last whole line stands between them.
  while (end > 0 && tail.subarray(0, -1).lastIndexOf(10) < 0) {
    const length = Math.min(end, 64 * 1024);
    const part = Buffer.alloc(length);
    readSync(handle, part, 0, length, end - length);
    tail = Buffer.concat([part, tail]);
    end -= length;
  }
  const whole = tail.lastIndexOf(10) + 1;
  if (whole < tail.length) ftruncateSync(handle, size - (tail.length - whole));
  const text = tail.subarray(0, whole).toString("utf8").trimEnd();
  if (text === "") return "";
  const line = text.slice(text.lastIndexOf("\n") + 1);
  if (guardEventSchema.safeParse(tryJson(line)).success) return hashText(line);
  throw new PreceptError("run-invalid", {
    attempted: `Going on with the audit file ${file}`,
    found: "a last line that is no event of a guard",
    remedy: "give another file; `precept guard audit FILE --verify` says what is wrong with this one",
  });
}
