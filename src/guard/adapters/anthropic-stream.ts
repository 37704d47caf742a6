import { z } from "zod";
import { tryJson } from "../../storage/index.ts";
import type { Verdict } from "../decide.ts";
import type { GuardedExchange } from "../guarded-exchange.ts";
import type { GuardedText } from "../text-guard.ts";
import { pick } from "./openai-whole.ts";
import { formatEvent, handleTogether, type ServerEvent } from "./sse.ts";

const eventSchema = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("message_start"), message: z.looseObject({}) }),
  z.looseObject({
    type: z.literal("content_block_start"),
    index: z.int(),
    content_block: z.looseObject({ type: z.string(), id: z.string().optional(), name: z.string().optional() }),
  }),
  z.looseObject({
    type: z.literal("content_block_delta"),
    index: z.int(),
    delta: z.looseObject({
      type: z.string(),
      text: z.string().optional(),
      thinking: z.string().optional(),
      partial_json: z.string().optional(),
    }),
  }),
  z.looseObject({ type: z.literal("content_block_stop"), index: z.int() }),
  z.looseObject({ type: z.literal("message_delta"), delta: z.looseObject({}) }),
  z.looseObject({ type: z.literal("message_stop") }),
  z.looseObject({ type: z.literal("ping") }),
  z.looseObject({ type: z.literal("error"), error: z.unknown() }),
]);

type Block =
  | { readonly kind: "text"; readonly guarded: GuardedText; readonly at: number; readonly form: "text" | "thinking" }
  | { readonly kind: "tool"; readonly id: string | undefined; readonly name: string; json: string };

/** The events of an answer as they may be delivered. Calls of tools come whole, after their verdict; what is not known ends the answer. */
export class MessageStream {
  readonly #exchange: GuardedExchange;
  readonly #blocks = new Map<number, Block>();
  readonly #open = new Set<GuardedText>();
  #count = 0;
  #hasDelivered = false;

  constructor(exchange: GuardedExchange) {
    this.#exchange = exchange;
  }

  async *guard(batches: AsyncIterable<readonly ServerEvent[]>): AsyncGenerator<string, void, undefined> {
    try {
      if (yield* handleTogether(batches, (event) => this.#handle(event))) return;
      // A model that breaks off leaves a block open; it is checked to its end.
      for (const index of [...this.#blocks.keys()]) if (yield* this.#finish(index)) return;
    } finally {
      for (const text of this.#open) this.#exchange.close(text, text.unfinished);
      this.#open.clear();
    }
  }

  async *#handle({ data }: ServerEvent): AsyncGenerator<string, boolean, undefined> {
    const parsed = eventSchema.safeParse(tryJson(data));
    if (!parsed.success) {
      yield failWith("an event of the model is not known, so it cannot be checked");
      return true;
    }
    const event = parsed.data;
    if (event.type === "error") {
      yield write({ type: "error", error: event.error });
      return true;
    }
    if (event.type === "content_block_delta") return yield* this.#advance(event.index, event.delta);
    if (event.type === "content_block_stop") return yield* this.#finish(event.index);
    if (event.type === "content_block_start") {
      const { type, id, name = "" } = event.content_block;
      if (type === "text" || type === "thinking") yield* this.#start(event.index, type);
      else if (type === "tool_use") this.#blocks.set(event.index, { kind: "tool", id, name, json: "" });
      else {
        yield failWith(`a block of the kind ${type} cannot be checked`);
        return true;
      }
    } else if (event.type === "message_start") {
      const names = ["id", "type", "role", "model", "usage"];
      const message = { ...pick(event.message, names), content: [], stop_reason: null, stop_sequence: null };
      yield write({ type: event.type, message });
    } else yield write(event);
    return false;
  }

  *#start(index: number, form: "text" | "thinking"): Generator<string, void, undefined> {
    const guarded = this.#exchange.open(form === "text" ? "output" : "reasoning");
    this.#open.add(guarded);
    const at = this.#count++;
    this.#blocks.set(index, { kind: "text", guarded, at, form });
    const block = form === "text" ? { type: "text", text: "" } : { type: "thinking", thinking: "", signature: "" };
    yield write({ type: "content_block_start", index: at, content_block: block });
  }

  /** Whether the answer is over. */
  async *#advance(
    index: number,
    delta: {
      readonly type: string;
      readonly text?: string | undefined;
      readonly thinking?: string | undefined;
      readonly partial_json?: string | undefined;
    },
  ): AsyncGenerator<string, boolean, undefined> {
    const block = this.#blocks.get(index);
    if (block?.kind === "tool") {
      block.json += delta.partial_json ?? "";
      return false;
    }
    const text = delta.text ?? delta.thinking;
    if (block === undefined || text === undefined) return false; // signatures and citations are copies or seals of text
    const pieces = await block.guarded.push(text);
    yield* this.#deliver(block, pieces);
    if (block.guarded.verdict === undefined) return false;
    yield* this.#stop(block, block.guarded.verdict);
    return true;
  }

  async *#finish(index: number): AsyncGenerator<string, boolean, undefined> {
    const block = this.#blocks.get(index);
    this.#blocks.delete(index);
    if (block === undefined) return false;
    if (block.kind === "tool") {
      const verdict = await this.#exchange.toolCall({ name: block.name, arguments: block.json });
      if (verdict.say !== undefined) {
        yield* this.#stop(undefined, verdict);
        return true;
      }
      const at = this.#count++;
      const { id, name } = block;
      yield write({ type: "content_block_start", index: at, content_block: { type: "tool_use", id, name, input: {} } });
      yield write({
        type: "content_block_delta",
        index: at,
        delta: { type: "input_json_delta", partial_json: verdict.arguments },
      });
      yield write({ type: "content_block_stop", index: at });
      return false;
    }
    const { pieces, verdict } = await block.guarded.end();
    yield* this.#deliver(block, pieces);
    if (verdict.say !== undefined) {
      yield* this.#stop(block, verdict);
      return true;
    }
    this.#close(block.guarded, verdict);
    yield write({ type: "content_block_stop", index: block.at });
    return false;
  }

  *#deliver(
    block: Extract<Block, { kind: "text" }>,
    pieces: Awaited<ReturnType<GuardedText["push"]>>,
  ): Generator<string> {
    for (const piece of pieces) block.guarded.countDelivered(piece);
    const text = pieces.map((piece) => piece.text).join("");
    if (text === "") return;
    this.#hasDelivered = true;
    const delta = block.form === "text" ? { type: "text_delta", text } : { type: "thinking_delta", thinking: text };
    yield write({ type: "content_block_delta", index: block.at, delta });
  }

  /** Closes what is open, and says what is said in its place. */
  *#stop(block: Extract<Block, { kind: "text" }> | undefined, verdict: Verdict): Generator<string> {
    const delta = { type: "text_delta", text: verdict.say ?? "" };
    const { continues = false } = verdict;
    if (block !== undefined) {
      this.#close(block.guarded, verdict);
      if (continues) yield write({ type: "content_block_delta", index: block.at, delta });
      yield write({ type: "content_block_stop", index: block.at });
    }
    if (!continues) {
      const index = this.#count++;
      yield write({ type: "content_block_start", index, content_block: { type: "text", text: "" } });
      yield write({ type: "content_block_delta", index, delta });
      yield write({ type: "content_block_stop", index });
    }
    const { action, principleId: principle } = verdict;
    const retract = this.#hasDelivered && !continues ? { from: 0 } : undefined;
    yield write({
      type: "message_delta",
      delta: { stop_reason: action === "block" ? "refusal" : "end_turn", stop_sequence: null },
      usage: { output_tokens: 0 },
      precept: { action, principle, trace: this.#exchange.traceId, retract },
    });
    yield write({ type: "message_stop" });
  }

  #close(guarded: GuardedText, verdict: Verdict): void {
    if (this.#open.delete(guarded)) this.#exchange.close(guarded, verdict);
  }
}

const write = (event: { readonly type: string; readonly [key: string]: unknown }): string =>
  formatEvent(event, event.type);

const failWith = (message: string): string => write({ type: "error", error: { type: "api_error", message } });
