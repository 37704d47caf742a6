import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { parseJson } from "../../storage/index.ts";

const step = z.int().min(0);
const tokens = z.int().min(0);
const numbers = z.record(z.string(), z.number());
const list = z.array(z.number());
const head = { v: z.literal(1), seq: z.int().min(1), at: z.iso.datetime() };

/** One line of events-ATTEMPT.jsonl: what the engine says while it trains. */
const eventSchema = z.discriminatedUnion("type", [
  z.strictObject({
    ...head,
    type: z.literal("hello"),
    versions: z.record(z.string(), z.string()),
    pid: z.int(),
    device: z.string(),
    processes: z.int().min(1),
  }),
  z.strictObject({
    ...head,
    type: z.literal("step"),
    step,
    tokens,
    forwardTokens: tokens.optional(),
    metrics: numbers,
  }),
  /** Held-out rows after a step: of demonstrations loss and weight in sums, of pairs score(first) − score(second). */
  z.strictObject({
    ...head,
    type: z.literal("measured"),
    step,
    loss: z.number().optional(),
    weight: z.number().optional(),
    differences: list.optional(),
  }),
  /** A state is whole, and the job can go on from it. */
  z.strictObject({ ...head, type: z.literal("state"), step }),
  /** checkpoint-N is whole. */
  z.strictObject({ ...head, type: z.literal("kept"), step }),
  /** Steps after this one come again. */
  z.strictObject({ ...head, type: z.literal("rewind"), to: step }),
  /** Rewards of a round's responses are wanted, on standard input: {"step", "scores", "rewards", "tokens"}. */
  z.strictObject({ ...head, type: z.literal("reward-request"), step, file: z.string() }),
  /** A round was scored; `file` has its responses. */
  z.strictObject({ ...head, type: z.literal("rollouts"), step, file: z.string(), scores: list, rewards: list }),
  /** Somebody asked for an end, or a round left its bounds: then `reason` says which, and `done` follows. */
  z.strictObject({ ...head, type: z.literal("stopped"), step, reason: z.string().optional() }),
  z.strictObject({
    ...head,
    type: z.literal("failed"),
    code: z.enum(["not-finite", "diverged", "out-of-memory", "input-invalid", "storage", "engine"]),
    message: z.string(),
  }),
  z.strictObject({
    ...head,
    type: z.literal("done"),
    checkpoint: z.string(),
    sha256: z.string(),
    metrics: numbers,
  }),
]);

export type EngineEvent = z.infer<typeof eventSchema>;
export type StepEvent = Extract<EngineEvent, { type: "step" }>;
export type RolloutsEvent = Extract<EngineEvent, { type: "rollouts" }>;
export type RewardRequest = Extract<EngineEvent, { type: "reward-request" }>;
export type MeasuredEvent = Extract<EngineEvent, { type: "measured" }>;

export const eventsFile = (folder: string, attempt: number): string => join(folder, `events-${attempt}.jsonl`);

/** The attempts that have said anything, the earliest first. */
export function attemptsIn(folder: string): number[] {
  if (!existsSync(folder)) return [];
  const numbers = readdirSync(folder).map((name) => Number(/^events-(\d+)\.jsonl$/.exec(name)?.[1] ?? 0));
  return numbers.filter((number) => number > 0).sort((a, b) => a - b);
}

/** Reads a growing file of events, line by line; a line that is half written is read when it is whole. */
export class EventTail {
  readonly #path: string;
  #offset = 0;
  #rest = Buffer.alloc(0);

  constructor(path: string) {
    this.#path = path;
  }

  /** The events since the last call; none where the file is not there yet. @throws PreceptError run-invalid. */
  read(): EngineEvent[] {
    if (!existsSync(this.#path)) return [];
    const file = openSync(this.#path, "r");
    try {
      const fresh = Buffer.alloc(Math.max(0, fstatSync(file).size - this.#offset));
      const length = readSync(file, fresh, 0, fresh.length, this.#offset);
      this.#offset += length;
      this.#rest = Buffer.concat([this.#rest, fresh.subarray(0, length)]);
    } finally {
      closeSync(file);
    }
    const end = this.#rest.lastIndexOf(0x0a);
    if (end < 0) return [];
    const lines = this.#rest.subarray(0, end).toString("utf8").split("\n");
    this.#rest = this.#rest.subarray(end + 1);
    return lines.map((line) => parseEvent(line, this.#path));
  }
}

/** All that every attempt has said, in order. A last line that a killed process left half written is none. */
export function eventsIn(folder: string): EngineEvent[] {
  return attemptsIn(folder).flatMap((attempt) => new EventTail(eventsFile(folder, attempt)).read());
}

function parseEvent(line: string, path: string): EngineEvent {
  return parseJson(
    line,
    eventSchema,
    (found, cause) =>
      new PreceptError("run-invalid", {
        attempted: `Reading ${path}`,
        found,
        expected: "one event of contract 1 a line",
        remedy: "use one version of precept on both sides",
        cause,
      }),
  );
}

/**
 * Steps in order, each once: after a rewind those that were told are done again and not told again. A step comes with what was
 * measured after it.
 */
export class StepTeller {
  #told: number;
  readonly #measured = new Map<number, MeasuredEvent>();

  /** `told`: the last step that an earlier process told. */
  constructor(told: number) {
    this.#told = told;
  }

  /** The last step that was told. */
  get told(): number {
    return this.#told;
  }

  /** What is new in an event; undefined for steps that were told and for all other events. */
  take(event: EngineEvent): { readonly step: StepEvent; readonly measured: MeasuredEvent | undefined } | undefined {
    if (event.type === "measured") this.#measured.set(event.step, event);
    if (event.type !== "step" || event.step <= this.#told) return undefined;
    this.#told = event.step;
    return { step: event, measured: this.#measured.get(event.step) };
  }
}
