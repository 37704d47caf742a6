import { z } from "zod";
import { tryJson } from "../../storage/index.ts";
import type { Verdict } from "../decide.ts";
import type { GuardedExchange } from "../guarded-exchange.ts";
import type { Piece } from "../stream.ts";
import type { GuardedText } from "../text-guard.ts";
import { KEPT_FIELDS, pick, TEXT_FIELD_NAMES, TEXT_FIELDS, type TextField, uncheckedCall } from "./openai-whole.ts";
import { formatEvent, handleTogether, type ServerEvent } from "./sse.ts";

const callDelta = z.looseObject({
  index: z.int().default(0),
  id: z.string().nullish(),
  type: z.string().nullish(),
  function: z.looseObject({ name: z.string().nullish(), arguments: z.string().nullish() }).optional(),
  custom: z.looseObject({ name: z.string().nullish(), input: z.string().nullish() }).optional(),
});
const chunkSchema = z.looseObject({
  choices: z.array(
    z.looseObject({
      index: z.int().default(0),
      delta: z
        .looseObject({
          content: z.string().nullish(),
          refusal: z.string().nullish(),
          reasoning_content: z.string().nullish(),
          reasoning: z.string().nullish(),
          tool_calls: z.array(callDelta).nullish(),
          function_call: z.looseObject({ name: z.string().nullish(), arguments: z.string().nullish() }).nullish(),
        })
        .default({}),
      finish_reason: z.string().nullish(),
    }),
  ),
});
type Delta = z.infer<typeof chunkSchema>["choices"][number]["delta"];

const HEAD_FIELDS = KEPT_FIELDS.filter((name) => name !== "usage");

interface Call {
  id: string | undefined;
  kind: "function" | "custom" | "unknown" | "legacy";
  name: string;
  arguments: string;
}

/** What is under way of one of the answers. */
interface ChoiceState {
  readonly texts: Map<TextField, GuardedText>;
  readonly calls: Map<number, Call>;
  delivered: number;
  isRoleSent: boolean;
  isOver: boolean;
}

/**
 * The chunks of an answer as they may be delivered. What is not judged is left out of them; calls of tools come whole, after their verdict; an event
 * that is no chunk ends the answer. `onVerdict` hears what stopped it, or marked it.
 */
export class ChatStream {
  readonly #exchange: GuardedExchange;
  readonly #count: number;
  readonly #choices = new Map<number, ChoiceState>();
  readonly #open = new Set<GuardedText>();
  #head: Record<string, unknown> = {};
  #isDone = false;
  #hasFailed = false;

  constructor(exchange: GuardedExchange, count: number) {
    this.#exchange = exchange;
    this.#count = count;
  }

  /** The events to deliver for those of the model. Ending it early writes down what was under way. */
  async *guard(batches: AsyncIterable<readonly ServerEvent[]>): AsyncGenerator<string, void, undefined> {
    try {
      yield* handleTogether(batches, (event) => this.#handle(event));
      if (this.#hasFailed) return;
      // A model that breaks off has no finish reason; what it said is checked to its end.
      for (const [index, state] of this.#choices) if (!state.isOver) yield* this.#finish(index, state, undefined);
      if (this.#isDone || this.#isOver) yield formatEvent("[DONE]");
    } finally {
      for (const text of this.#open) this.#exchange.close(text, text.unfinished);
      this.#open.clear();
    }
  }

  async *#handle({ data }: ServerEvent): AsyncGenerator<string, boolean, undefined> {
    if (data === "[DONE]") {
      this.#isDone = true;
      return true;
    }
    const value = tryJson(data);
    const chunk = chunkSchema.safeParse(value);
    if (!chunk.success) {
      this.#hasFailed = true;
      const told = z.looseObject({ error: z.unknown() }).safeParse(value);
      const message = "an event of the model cannot be read, so it cannot be checked";
      const error = told.success ? told.data.error : { message, type: "upstream_failed", code: "unknown_event" };
      yield formatEvent({ error });
      return true;
    }
    this.#head = pick(chunk.data, HEAD_FIELDS);
    for (const { index, delta, finish_reason: reason } of chunk.data.choices) {
      yield* this.#advance(index, delta, reason ?? undefined);
    }
    const { usage } = chunk.data;
    if (usage !== undefined && usage !== null) yield formatEvent({ ...this.#head, choices: [], usage });
    return this.#isOver;
  }

  get #isOver(): boolean {
    return (
      this.#choices.size >= this.#count && [...this.#choices.values()].every(({ isOver }) => isOver) && this.#wasStopped
    );
  }
  #wasStopped = false;

  async *#advance(index: number, delta: Delta, reason: string | undefined): AsyncGenerator<string, void, undefined> {
    const state = this.#choices.get(index) ?? {
      texts: new Map(),
      calls: new Map(),
      delivered: 0,
      isRoleSent: false,
      isOver: false,
    };
    this.#choices.set(index, state);
    if (state.isOver) return;
    const out: Record<string, unknown> = {};
    for (const field of TEXT_FIELD_NAMES) {
      const text = delta[field];
      if (text === undefined || text === null) continue;
      const guarded = this.#textOf(state, field);
      const pieces = await guarded.push(text);
      const said = this.#deliver(state, guarded, pieces);
      // The first chunk of many servers has an empty text.
      if (said !== "" || (text === "" && !state.isRoleSent)) out[field] = said;
      if (guarded.verdict !== undefined) {
        yield* this.#stop(index, state, out, guarded.verdict);
        return;
      }
    }
    addCalls(state, delta);
    if (Object.keys(out).length > 0 || !state.isRoleSent) yield this.#chunk(index, state, out);
    if (reason !== undefined) yield* this.#finish(index, state, reason);
  }

  async *#finish(
    index: number,
    state: ChoiceState,
    reason: string | undefined,
  ): AsyncGenerator<string, void, undefined> {
    const out: Record<string, unknown> = {};
    let mark: Verdict | undefined;
    for (const [field, guarded] of state.texts) {
      const { pieces, verdict } = await guarded.end();
      const said = this.#deliver(state, guarded, pieces);
      if (said !== "") out[field] = said;
      if (verdict.say !== undefined) {
        yield* this.#stop(index, state, out, verdict);
        return;
      }
      if (verdict.action !== "pass") mark ??= verdict;
      this.#close(guarded, verdict);
    }
    const calls: unknown[] = [];
    let refused: Verdict | undefined;
    for (const call of state.calls.values()) {
      const verdict = call.kind === "unknown" ? uncheckedCall : await this.#exchange.toolCall(call);
      call.arguments = verdict.arguments;
      if (verdict.say !== undefined) refused = verdict;
      else if (call.kind === "legacy") out["function_call"] = { name: call.name, arguments: call.arguments };
      else calls.push(callChunk(call, calls.length));
    }
    if (calls.length > 0) out["tool_calls"] = calls;
    if (refused !== undefined && calls.length === 0 && out["function_call"] === undefined) {
      yield* this.#stop(index, state, out, refused);
      return;
    }
    if (Object.keys(out).length > 0) yield this.#chunk(index, state, out);
    state.isOver = true;
    if (reason !== undefined) yield this.#chunk(index, state, {}, reason, mark ?? refused);
  }

  /** Says what is said in place of the rest, and that what came before is withdrawn where it is. */
  async *#stop(
    index: number,
    state: ChoiceState,
    out: Record<string, unknown>,
    verdict: Verdict,
  ): AsyncGenerator<string, void, undefined> {
    const before = typeof out["content"] === "string" ? out["content"] : "";
    const gap = state.delivered > 0 && verdict.continues !== true ? "\n\n" : "";
    yield this.#chunk(index, state, { ...out, content: `${before}${gap}${verdict.say ?? ""}` });
    state.isOver = true;
    this.#wasStopped = true;
    for (const guarded of state.texts.values()) this.#close(guarded, guarded.verdict ?? guarded.unfinished);
    const isRefused = verdict.action === "block";
    yield this.#chunk(index, state, {}, isRefused ? "content_filter" : "stop", verdict);
  }

  #textOf(state: ChoiceState, field: TextField): GuardedText {
    const known = state.texts.get(field);
    if (known !== undefined) return known;
    const guarded = this.#exchange.open(TEXT_FIELDS[field]);
    state.texts.set(field, guarded);
    this.#open.add(guarded);
    return guarded;
  }

  #deliver(state: ChoiceState, guarded: GuardedText, pieces: readonly Piece[]): string {
    for (const piece of pieces) guarded.countDelivered(piece);
    const said = pieces.map(({ text }) => text).join("");
    state.delivered += said.length;
    return said;
  }

  #close(guarded: GuardedText, verdict: Verdict): void {
    if (this.#open.delete(guarded)) this.#exchange.close(guarded, verdict);
  }

  #chunk(
    index: number,
    state: ChoiceState,
    delta: Record<string, unknown>,
    reason: string | null = null,
    verdict?: Verdict,
  ): string {
    const role = state.isRoleSent ? {} : { role: "assistant" };
    state.isRoleSent = true;
    const { action, principleId: principle, say, continues = false } = verdict ?? {};
    const retract = say !== undefined && state.delivered > 0 && !continues ? { choice: index, from: 0 } : undefined;
    const precept = verdict && { action, principle, trace: this.#exchange.traceId, retract };
    const choices = [{ index, delta: { ...role, ...delta }, logprobs: null, finish_reason: reason }];
    return formatEvent({ ...this.#head, choices, precept });
  }
}

function addCalls(state: ChoiceState, delta: Delta): void {
  const add = (
    index: number,
    kind: Call["kind"],
    part: { name?: string | null | undefined; text?: string | null | undefined; id?: string | null | undefined },
  ): void => {
    const call = state.calls.get(index) ?? { id: undefined, kind, name: "", arguments: "" };
    call.id ??= part.id ?? undefined;
    call.name += part.name ?? "";
    call.arguments += part.text ?? "";
    if (call.kind === "unknown") call.kind = kind;
    state.calls.set(index, call);
  };
  for (const { index, id, type, function: made, custom } of delta.tool_calls ?? []) {
    if (custom !== undefined) add(index, "custom", { id, name: custom.name, text: custom.input });
    else if (made !== undefined) add(index, "function", { id, name: made.name, text: made.arguments });
    else add(index, type === "function" ? "function" : "unknown", { id });
  }
  if (delta.function_call) add(-1, "legacy", { name: delta.function_call.name, text: delta.function_call.arguments });
}

function callChunk({ id, kind, name, arguments: given }: Call, index: number): unknown {
  if (kind === "custom") return { index, id, type: "custom", custom: { name, input: given } };
  return { index, id, type: "function", function: { name, arguments: given } };
}
