import { z } from "zod";
import { tryJson } from "../../storage/index.ts";
import type { Verdict } from "../decide.ts";
import type { GuardedExchange } from "../guarded-exchange.ts";
import type { Piece } from "../stream.ts";
import type { GuardedText } from "../text-guard.ts";
import { pick } from "./openai-whole.ts";
import { formatPart, type PartPlace, ResponseWriter, TEXT_FORMS, type TextForm } from "./responses-events.ts";
import { type CallItem, callItem, endOf, formatMessage, headOf, toolCallOf, withArguments } from "./responses-whole.ts";
import { formatEvent, handleTogether, type ServerEvent } from "./sse.ts";

const eventSchema = z.looseObject({
  type: z.string(),
  response: z.looseObject({}).optional(),
  item: z.looseObject({ type: z.string(), id: z.string().default("") }).optional(),
  output_index: z.int().default(0),
  content_index: z.int().default(0),
  summary_index: z.int().default(0),
  delta: z.string().optional(),
});
type ResponseEvent = z.infer<typeof eventSchema>;

interface Part {
  readonly place: PartPlace;
  readonly guarded: GuardedText;
  said: string;
  isOver: boolean;
}
type Item =
  | {
      readonly kind: "texts";
      readonly type: "message" | "reasoning";
      readonly id: string;
      readonly at: number;
      readonly parts: Map<string, Part>;
    }
  | { readonly kind: "call"; call: CallItem };

/** What one event says of a text: the form of its part, and whether the part begins, grows or ends. */
const textEvents: ReadonlyMap<string, { readonly form: TextForm; readonly step: "delta" | "done" }> = new Map(
  (Object.keys(TEXT_FORMS) as TextForm[]).flatMap((form) =>
    (["delta", "done"] as const).map((step) => [`${TEXT_FORMS[form].event}.${step}`, { form, step }] as const),
  ),
);
/** Said again by what is written here, or sources that no check reads. */
const dropped = new Set([
  "response.content_part.added",
  "response.content_part.done",
  "response.reasoning_summary_part.added",
  "response.reasoning_summary_part.done",
  "response.output_text.annotation.added",
]);
const states = new Set(["response.created", "response.queued", "response.in_progress"]);
const ends = new Set(["response.completed", "response.incomplete", "response.failed"]);

/** The events of a response as they may be delivered. Calls of tools come whole, after their verdict; what is not known ends the answer. */
export class ResponseStream {
  readonly #exchange: GuardedExchange;
  readonly #writer = new ResponseWriter();
  readonly #items = new Map<number, Item>();
  readonly #open = new Set<GuardedText>();
  #hasDelivered = false;
  #hasCalled = false;
  #refused: Verdict | undefined;
  #mark: Verdict | undefined;

  constructor(exchange: GuardedExchange) {
    this.#exchange = exchange;
  }

  async *guard(batches: AsyncIterable<readonly ServerEvent[]>): AsyncGenerator<string, void, undefined> {
    try {
      if (yield* handleTogether(batches, (event) => this.#handle(event))) return;
      // A model that breaks off leaves items open; they are checked to their end.
      for (const index of [...this.#items.keys()]) if (yield* this.#finishItem(index, undefined)) return;
      if (this.#refused !== undefined && !this.#hasCalled) yield* this.#stop(this.#refused);
    } finally {
      for (const text of this.#open) this.#exchange.close(text, text.unfinished);
      this.#open.clear();
    }
  }

  /** Whether the answer is over. */
  async *#handle({ data }: ServerEvent): AsyncGenerator<string, boolean, undefined> {
    if (data === "[DONE]") return true;
    const value = tryJson(data);
    const parsed = eventSchema.safeParse(value);
    const event = parsed.data;
    const text = event && textEvents.get(event.type);
    if (event === undefined) return yield* failWith("an event of the model cannot be read, so it cannot be checked");
    if (text !== undefined) return yield* this.#advance(event, text.form, text.step);
    if (dropped.has(event.type)) return false;
    if (states.has(event.type)) {
      this.#writer.head = headOf(event.response ?? {});
      yield this.#writer.writeState(event.type);
      return false;
    }
    if (ends.has(event.type)) return yield* this.#end(event);
    switch (event.type) {
      case "response.output_item.added":
        return yield* this.#startItem(event);
      case "response.output_item.done":
        return yield* this.#finishItem(event.output_index, event.item);
      case "response.function_call_arguments.delta":
      case "response.custom_tool_call_input.delta":
        this.#addArguments(event);
        return false;
      case "response.function_call_arguments.done":
      case "response.custom_tool_call_input.done":
        return false;
      case "error":
        yield this.#writer.write("error", pick(event, ["code", "message", "param"]));
        return true;
      default:
        return yield* failWith(`an event of the kind ${event.type} cannot be checked`);
    }
  }

  async *#startItem({ item, output_index: index }: ResponseEvent): AsyncGenerator<string, boolean, undefined> {
    const call = callItem.safeParse(item);
    if (call.success) {
      this.#items.set(index, { kind: "call", call: call.data });
      return false;
    }
    const type = item?.type;
    if (item === undefined || (type !== "message" && type !== "reasoning"))
      return yield* failWith(`an item of the kind ${type} cannot be checked`);
    const { id } = item;
    const started = type === "message" ? formatMessage(id, [], "in_progress") : { id, type, summary: [] };
    const { index: at, text } = this.#writer.startItem(started);
    this.#items.set(index, { kind: "texts", type, id, at, parts: new Map() });
    yield text;
    return false;
  }

  #addArguments({ output_index: index, delta = "" }: ResponseEvent): void {
    const item = this.#items.get(index);
    if (item?.kind !== "call") return;
    const { call } = item;
    item.call =
      call.type === "function_call"
        ? { ...call, arguments: call.arguments + delta }
        : { ...call, input: call.input + delta };
  }

  async *#advance(
    event: ResponseEvent,
    form: TextForm,
    step: "delta" | "done",
  ): AsyncGenerator<string, boolean, undefined> {
    const item = this.#items.get(event.output_index);
    if (item?.kind !== "texts") return yield* failWith("a text that belongs to no message cannot be checked");
    const index = event[TEXT_FORMS[form].at];
    const key = `${form} ${index}`;
    let part = item.parts.get(key);
    if (part === undefined) {
      const guarded = this.#exchange.open(TEXT_FORMS[form].stage);
      this.#open.add(guarded);
      part = { place: { form, itemId: item.id, item: item.at, index }, guarded, said: "", isOver: false };
      item.parts.set(key, part);
      yield this.#writer.startPart(part.place);
    }
    const whole = form === "refusal" ? event["refusal"] : event["text"];
    // A server that sends no pieces says all at the end.
    const given = step === "delta" ? event.delta : part.guarded.text === "" ? whole : "";
    if (typeof given === "string" && given !== "" && !part.isOver) {
      yield* this.#deliver(part, await part.guarded.push(given));
      if (part.guarded.verdict !== undefined) return yield* this.#stop(part.guarded.verdict);
    }
    return step === "done" ? yield* this.#finishPart(part) : false;
  }

  async *#finishPart(part: Part): AsyncGenerator<string, boolean, undefined> {
    if (part.isOver) return false;
    const { pieces, verdict } = await part.guarded.end();
    yield* this.#deliver(part, pieces);
    if (verdict.say !== undefined) return yield* this.#stop(verdict);
    if (verdict.action !== "pass") this.#mark ??= verdict;
    yield* this.#closePart(part, verdict);
    return false;
  }

  /** Whether the answer is over. */
  async *#finishItem(index: number, done: ResponseEvent["item"]): AsyncGenerator<string, boolean, undefined> {
    const item = this.#items.get(index);
    if (item === undefined) return false;
    if (item.kind === "texts") {
      for (const part of item.parts.values()) if (yield* this.#finishPart(part)) return true;
      this.#items.delete(index);
      yield this.#endTexts(item, pick(done ?? {}, ["encrypted_content"]));
      return false;
    }
    this.#items.delete(index);
    const told = callItem.safeParse(done);
    const call = told.success && toolCallOf(item.call).arguments === "" ? told.data : item.call;
    const verdict = await this.#exchange.toolCall(toolCallOf(call));
    if (verdict.say !== undefined) {
      this.#refused = verdict;
      return false;
    }
    this.#hasCalled = true;
    const given = verdict.arguments;
    const { index: at, text } = this.#writer.startItem(withArguments(call, ""));
    const place = { item_id: call["id"], output_index: at };
    const isFunction = call.type === "function_call";
    const kind = isFunction ? "response.function_call_arguments" : "response.custom_tool_call_input";
    yield text + this.#writer.write(`${kind}.delta`, { ...place, delta: given });
    const own = isFunction ? { arguments: given, name: call.name } : { input: given };
    yield this.#writer.write(`${kind}.done`, { ...place, ...own });
    yield this.#writer.endItem(at, { ...withArguments(call, given), status: "completed" });
    return false;
  }

  async *#end({ type, response = {} }: ResponseEvent): AsyncGenerator<string, boolean, undefined> {
    this.#writer.head = headOf(response);
    for (const index of [...this.#items.keys()]) if (yield* this.#finishItem(index, undefined)) return true;
    if (this.#refused !== undefined && !this.#hasCalled) return yield* this.#stop(this.#refused);
    const verdict = this.#refused ?? this.#mark;
    yield this.#writer.writeState(type, { precept: verdict && this.#describe(verdict) });
    return true;
  }

  *#deliver(part: Part, pieces: readonly Piece[]): Generator<string, void, undefined> {
    for (const piece of pieces) part.guarded.countDelivered(piece);
    yield* this.#say(part, pieces.map(({ text }) => text).join(""));
  }

  *#say(part: Part, delta: string): Generator<string, void, undefined> {
    if (delta === "") return;
    part.said += delta;
    this.#hasDelivered = true;
    yield this.#writer.writeDelta(part.place, delta);
  }

  /** Ends what is open where it stands, and says what is said in its place. */
  async *#stop(verdict: Verdict): AsyncGenerator<string, boolean, undefined> {
    for (const item of this.#items.values()) {
      if (item.kind !== "texts") continue;
      for (const part of item.parts.values()) {
        if (part.isOver) continue;
        if (verdict.continues && part.guarded.verdict === verdict) yield* this.#say(part, verdict.say ?? "");
        yield* this.#closePart(part, part.guarded.verdict ?? part.guarded.unfinished);
      }
      yield this.#endTexts(item);
    }
    this.#items.clear();
    const precept = this.#describe(verdict);
    if (verdict.continues) yield this.#writer.writeState("response.completed", { ...endOf(verdict), precept });
    else yield this.#writer.writeSay(this.#exchange.traceId, verdict, precept);
    return true;
  }

  *#closePart(part: Part, verdict: Verdict): Generator<string, void, undefined> {
    part.isOver = true;
    if (this.#open.delete(part.guarded)) this.#exchange.close(part.guarded, verdict);
    yield this.#writer.endPart(part.place, part.said);
  }

  #endTexts({ type, id, at, parts }: Extract<Item, { kind: "texts" }>, more: Record<string, unknown> = {}): string {
    const own = [...parts.values()].sort((a, b) => a.place.index - b.place.index);
    const format = ({ place, said }: Part): Record<string, unknown> => formatPart(place.form, said);
    if (type === "message") return this.#writer.endItem(at, formatMessage(id, own.map(format)));
    const summary = own.filter(({ place }) => place.form === "summary_text").map(format);
    const content = own.filter(({ place }) => place.form !== "summary_text").map(format);
    return this.#writer.endItem(at, { id, type, summary, content: content.length > 0 ? content : undefined, ...more });
  }

  #describe({ action, principleId: principle, say, continues = false }: Verdict): unknown {
    const retract = say !== undefined && this.#hasDelivered && !continues ? { from: 0 } : undefined;
    return { action, principle, trace: this.#exchange.traceId, retract };
  }
}

async function* failWith(message: string): AsyncGenerator<string, boolean, undefined> {
  yield formatEvent({ type: "error", code: "unknown_event", message, param: null }, "error");
  return true;
}
