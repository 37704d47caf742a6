import type { Verdict } from "../decide.ts";
import { endOf, formatMessage, formatText } from "./responses-whole.ts";
import { formatEvent } from "./sse.ts";

/** Where texts stand in a response, and the events that bring them. */
export const TEXT_FORMS = {
  output_text: { stage: "output", event: "response.output_text", part: "response.content_part", at: "content_index" },
  refusal: { stage: "output", event: "response.refusal", part: "response.content_part", at: "content_index" },
  reasoning_text: {
    stage: "reasoning",
    event: "response.reasoning_text",
    part: "response.content_part",
    at: "content_index",
  },
  summary_text: {
    stage: "reasoning",
    event: "response.reasoning_summary_text",
    part: "response.reasoning_summary_part",
    at: "summary_index",
  },
} as const;
export type TextForm = keyof typeof TEXT_FORMS;

/** A part of an item as it stands in a response. */
export function formatPart(form: TextForm, text: string): Record<string, unknown> {
  if (form === "output_text") return formatText(text);
  return form === "refusal" ? { type: form, refusal: text } : { type: form, text };
}

/** Writes the events of one response in the order in which clients expect them, numbered anew, and keeps what it wrote. */
export class ResponseWriter {
  /** The items that were written to their end. */
  readonly output: Record<string, unknown>[] = [];
  /** A response without its output. */
  head: Record<string, unknown> = {};
  #sequence = 0;
  #items = 0;

  write(type: string, fields: Record<string, unknown>): string {
    return formatEvent({ type, sequence_number: this.#sequence++, ...fields }, type);
  }

  /** The response as it stands: it begins, goes on or ends. */
  writeState(type: string, more: Record<string, unknown> = {}): string {
    const { precept, ...own } = more;
    return this.write(type, { response: { ...this.head, ...own, output: this.output, precept } });
  }

  /** Begins an item; `index` is its place in the output. */
  startItem(item: Record<string, unknown>): { readonly index: number; readonly text: string } {
    const index = this.#items++;
    return { index, text: this.write("response.output_item.added", { output_index: index, item }) };
  }

  endItem(index: number, item: Record<string, unknown>): string {
    this.output.push(item);
    return this.write("response.output_item.done", { output_index: index, item });
  }

  /** A part of an item: where it begins, a piece of it, and its end. */
  startPart(place: PartPlace): string {
    const { form } = place;
    return this.write(`${TEXT_FORMS[form].part}.added`, { ...this.#place(place), part: formatPart(form, "") });
  }

  writeDelta(place: PartPlace, delta: string): string {
    const logprobs = place.form === "output_text" ? [] : undefined;
    return this.write(`${TEXT_FORMS[place.form].event}.delta`, { ...this.#place(place), delta, logprobs });
  }

  endPart(place: PartPlace, text: string): string {
    const { event, part } = TEXT_FORMS[place.form];
    const at = this.#place(place);
    const own = place.form === "refusal" ? { refusal: text } : { text };
    const logprobs = place.form === "output_text" ? [] : undefined;
    return (
      this.write(`${event}.done`, { ...at, ...own, logprobs }) +
      this.write(`${part}.done`, { ...at, part: formatPart(place.form, text) })
    );
  }

  /** What is said in the place of an answer, as a message of its own, and the end. */
  writeSay(traceId: string, verdict: Verdict, precept: unknown): string {
    const id = `msg_${traceId}`;
    const { say = "" } = verdict;
    const { index, text } = this.startItem(formatMessage(id, [], "in_progress"));
    const place = { form: "output_text", itemId: id, item: index, index: 0 } as const;
    const said = this.startPart(place) + this.writeDelta(place, say) + this.endPart(place, say);
    const done = this.endItem(index, formatMessage(id, [formatText(say)]));
    const type = verdict.action === "block" ? "response.incomplete" : "response.completed";
    return text + said + done + this.writeState(type, { ...endOf(verdict), precept });
  }

  #place({ form, itemId, item, index }: PartPlace): Record<string, unknown> {
    return { item_id: itemId, output_index: item, [TEXT_FORMS[form].at]: index };
  }
}

/** A part of an item: its form, the item by id and place, and its own place in that. */
export interface PartPlace {
  readonly form: TextForm;
  readonly itemId: string;
  readonly item: number;
  readonly index: number;
}
