import { type ChildProcess, fork } from "node:child_process";
import { z } from "zod";
import { type ErrorCode, Interruption, PreceptError } from "../../errors.ts";
import { omitUndefined } from "../../omit-undefined.ts";
import { type Progress, silentProgress } from "../../progress/index.ts";
import type { ClientEnd, ClientProcess, StartClient } from "./clients.ts";

/** Which client of how many, as --shard 2/4 says it. */
export interface Shard {
  readonly client: number;
  readonly of: number;
}

/** What a client tells the process that merges. */
const told = z.discriminatedUnion("type", [
  z.object({ type: z.literal("message"), text: z.string() }),
  z.object({
    type: z.literal("failed"),
    error: z.object({
      code: z.string(),
      attempted: z.string(),
      found: z.string(),
      expected: z.string().exactOptional(),
      remedy: z.string().exactOptional(),
    }),
  }),
]);
type Told = z.infer<typeof told>;

/** What went wrong, in the words that a person reads. */
export interface FailureParts {
  readonly code: string;
  readonly attempted: string;
  readonly found: string;
  readonly expected?: string | undefined;
  readonly remedy?: string | undefined;
}
const STOP = "stop";
const ALONE = "alone";

/** Flags that are of the process that merges, each with its value. */
const ofLead = /^--(?:shards|max-cost|maxCost|max-calls|maxCalls)$/;

/**
 * Starts the command line of this process again as a client, in a process group of its own: Ctrl-C reaches it by way of the process
 * that merges.
 */
export const startClient: StartClient = ({ client, of, budget: { maxCost, maxCalls } }, onMessage): ClientProcess => {
  const [, program = "", ...args] = process.argv;
  const own = [
    ...withoutLead(args),
    ...["--shard", `${client}/${of}`],
    ...(maxCost === undefined ? [] : ["--max-cost", String(maxCost)]),
    ...(maxCalls === undefined ? [] : ["--max-calls", String(maxCalls)]),
  ];
  const child = fork(program, own, { detached: true, stdio: ["ignore", "ignore", "pipe", "ipc"] });
  const tell = (word: string) => void (child.connected && child.send(word));
  return {
    stop: () => tell(STOP),
    leaveAlone: () => tell(ALONE),
    kill: (signal) => void child.kill(signal),
    ended: endOf(child, onMessage),
  };
};

function withoutLead(args: readonly string[]): string[] {
  return args.filter((word, index) => {
    const before = args[index - 1] ?? "";
    return word !== "--json" && !ofLead.test(word) && !ofLead.test(before) && !ofLead.test(word.split("=")[0] ?? "");
  });
}

async function endOf(child: ChildProcess, onMessage: (text: string) => void): Promise<ClientEnd> {
  let failure: PreceptError | undefined;
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said = `${said}${text}`.slice(-2000);
  });
  child.on("message", (message) => {
    const { data } = told.safeParse(message);
    if (data?.type === "message") onMessage(data.text);
    if (data?.type === "failed") failure = asError(data.error);
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.once("error", (error) => {
      said = error.message;
      resolve([1, null]);
    });
    child.once("close", (...end) => resolve(end));
  });
  if (failure !== undefined) return { kind: "failed", error: failure };
  if (code === 0) return { kind: "done" };
  const last = said.trim().split("\n").at(-1) ?? "";
  const how = signal ?? `exit ${code}${last === "" ? "" : `: ${last}`}`;
  // Shells and containers tell a signal by a code above this.
  if (signal !== null || (code ?? 0) > 128) return { kind: "killed", how };
  return { kind: "failed", error: silentEndError(how) };
}

/** Started again, it would end so again. */
function silentEndError(how: string): PreceptError {
  return new PreceptError("model-failed", {
    attempted: "Sharing the run between clients",
    found: `a client ended by itself (${how})`,
    expected: "clients that end with their share, or say why not",
    remedy: "the same command without --shards; nothing that was answered is lost",
  });
}

function asError({ code, ...details }: Extract<Told, { readonly type: "failed" }>["error"]): PreceptError {
  return new PreceptError(isCode(code) ? code : "model-failed", details);
}

/** Codes come from the same program. */
function isCode(code: string): code is ErrorCode {
  return code !== "unexpected";
}

/** A client's way of speaking: to the process that merges where one started it, else to people. */
export interface Speaking {
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Throws once the others will not make the rest. */
  refuseAlone(): void;
  tellFailure(error: FailureParts): void;
}

/** What a client that was started by the process that merges speaks with; undefined for one that a person started. */
export function speakToLead(signal: AbortSignal): Speaking | undefined {
  if (process.send === undefined) return undefined;
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  // Without the process that merges nobody waits for what a client makes.
  process.on("disconnect", stop);
  let isAlone = false;
  process.on("message", (message) => {
    if (message === STOP) stop();
    if (message === ALONE) isAlone = true;
  });
  process.channel?.unref();
  const tell = (message: Told): void => void (process.connected && process.send?.(message));
  return {
    progress: { ...silentProgress, message: (text) => tell({ type: "message", text }) },
    signal: AbortSignal.any([signal, controller.signal]),
    refuseAlone: () => {
      if (isAlone) throw new Interruption("Waiting for the other clients");
    },
    tellFailure: (error) => tell({ type: "failed", error: omitUndefined(error) }),
  };
}
