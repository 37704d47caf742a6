import { PreceptError } from "../errors.ts";
import { compileJinja } from "./jinja.ts";
import { strftime } from "./strftime.ts";

export interface ChatMessage {
  readonly role: string;
  readonly content: string;
}

export interface ChatOptions {
  /** Whether the text ends where the assistant's next turn begins. Default true. */
  readonly addGenerationPrompt?: boolean;
  /** What else the template knows, e.g. `{ enable_thinking: false }`. */
  readonly variables?: Readonly<Record<string, unknown>>;
  /** What a template that writes the date takes for now; fix it, and equal dialogues give equal texts. Default: the clock. */
  readonly now?: Date | undefined;
}

/** The variables of a template that are tokens' texts: `bos_token`, `eos_token`, and lists, `additional_special_tokens`. */
export type SpecialTokens = Readonly<Record<string, string | readonly string[]>>;

/** A model's own way of writing a dialogue, as transformers' `apply_chat_template` does. */
export interface ChatTemplate {
  /** The Jinja source. */
  readonly source: string;
  /** @throws PreceptError input-invalid when the template refuses the dialogue, e.g. two user turns in a row. */
  render(messages: readonly ChatMessage[], options?: ChatOptions): string;
}

/**
 * A chat template in Jinja; `specialTokens` are its variables `bos_token`, `eos_token` and so on.
 * @throws PreceptError checkpoint-invalid when it cannot be parsed.
 */
export function chatTemplate(source: string, specialTokens: SpecialTokens, path = "chat_template.jinja"): ChatTemplate {
  let write: ReturnType<typeof compileJinja>;
  try {
    write = compileJinja(source);
  } catch (cause) {
    throw new PreceptError("checkpoint-invalid", {
      attempted: `Reading the chat template ${path}`,
      found: messageOf(cause),
      expected: "a Jinja template",
      cause,
    });
  }
  return {
    source,
    render(messages, { addGenerationPrompt = true, variables = {}, now = new Date() } = {}) {
      try {
        return write({
          ...specialTokens,
          tools: null,
          documents: null,
          strftime_now: (format: string) => strftime(now, format),
          ...variables,
          messages,
          add_generation_prompt: addGenerationPrompt,
        });
      } catch (cause) {
        throw new PreceptError("input-invalid", {
          attempted: `Writing a dialogue of ${messages.length} turns by the chat template ${path}`,
          found: messageOf(cause),
          remedy: "give roles in the order that the model expects, e.g. user and assistant in turns",
          cause,
        });
      }
    },
  };
}

/** What a template writes around an answer. */
export interface AnswerFrame {
  /** After the prompt and before the answer: a space, a line, an empty thought. */
  readonly opening: string;
  /** The end of the turn, and what follows it. */
  readonly closing: string;
}

const PROBE = "precept-answer";

/** The frame of an answer to this dialogue; undefined where the prompt is no beginning of the whole, or a turn is refused. */
export function frameOf(chat: ChatTemplate, prompt: readonly ChatMessage[], now?: Date): AnswerFrame | undefined {
  try {
    const asked = chat.render(prompt, { now });
    const answer = { role: "assistant", content: PROBE };
    const whole = chat.render([...prompt, answer], { now, addGenerationPrompt: false });
    if (!whole.startsWith(asked)) return undefined;
    const [opening, closing] = whole.slice(asked.length).split(PROBE);
    return opening === undefined || closing === undefined ? undefined : { opening, closing };
  } catch {
    return undefined;
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What a part of a tokenizer_config.json's "chat_template" may be: one template, or named ones, "default" first. */
export function templateSource(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) return undefined;
  const named = value.filter(isNamedTemplate);
  return (named.find(({ name }) => name === "default") ?? named[0])?.template;
}

function isNamedTemplate(value: unknown): value is { name: string; template: string } {
  if (typeof value !== "object" || value === null) return false;
  return "name" in value && "template" in value && typeof value.template === "string";
}
