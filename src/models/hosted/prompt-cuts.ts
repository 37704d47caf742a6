import type { Prompt } from "../../language-model.ts";
import type { ModelEvent } from "../options.ts";

/** Prose has 4 to 5 characters per token in any tokenizer, technical terms 6. */
const MOST_CHARACTERS_PER_TOKEN = 8;
/** Below these counts, chance and chat templates say too much. */
const LEAST_TOKENS = 64;
const LEAST_SHARED_TOKENS = 256;
/** Prompts that must have given one count, and how far their lengths must lie apart. */
const SHARING = 3;
const APART = 1.25;
/** Prompts remembered until it shows whether others of their count differ from them. */
const MOST_WAITING = 10_000;

/** A prompt that an endpoint seems to have cut. */
export interface CutPrompt {
  readonly id: string;
  /** What is odd about the count reported for it, for people. */
  readonly oddity: string;
}

/**
 * Watches for an endpoint that cuts prompts without a word, by the token counts that it reports: the whole context it states,
 * far fewer tokens than the text can have, or one count, its largest, for prompts of different lengths. A count that is small
 * beside its others is none of these: some servers do not count what they had cached. All prompts of a shared count are told
 * of, the first ones once another shows it, so that the order in which answers arrive makes no difference.
 */
export class PromptCuts {
  readonly #contextLength: number;
  #most = 0;
  /** Lengths of prompts that gave the largest count, as many as needed. */
  #lengths = new Set<number>();
  #shortest = Number.POSITIVE_INFINITY;
  #longest = 0;
  #waiting: CutPrompt[] = [];

  constructor(contextLength = Number.POSITIVE_INFINITY) {
    this.#contextLength = contextLength;
  }

  /** The prompts that seem to have been cut, as the count reported for one more shows: this one, or earlier ones too. */
  check(id: string, prompt: Prompt, reported: number): readonly CutPrompt[] {
    const length =
      typeof prompt === "string" ? prompt.length : prompt.reduce((n, { content }) => n + content.length, 0);
    this.#count(reported, length);
    const report = (oddity: string): readonly CutPrompt[] => [{ id, oddity }];
    if (reported >= this.#contextLength)
      return report(`${reported} tokens, all of its context, for a prompt it answered`);
    if (reported < LEAST_TOKENS || reported < 0.9 * this.#most) return [];
    if (length / reported > MOST_CHARACTERS_PER_TOKEN && collapsedLength(prompt) / reported > MOST_CHARACTERS_PER_TOKEN)
      return report(`${reported} tokens for a prompt of ${length} characters`);
    if (reported < LEAST_SHARED_TOKENS || reported < this.#most) return [];
    if (this.#waiting.length < MOST_WAITING)
      this.#waiting.push({
        id,
        oddity: `${reported} tokens for a prompt of ${length} characters and for others alike`,
      });
    const isShared = this.#lengths.size === SHARING && this.#longest >= APART * this.#shortest;
    return isShared ? this.#waiting.splice(0) : [];
  }

  #count(reported: number, length: number): void {
    if (reported < this.#most) return;
    if (reported > this.#most) {
      this.#most = reported;
      this.#lengths = new Set();
      [this.#shortest, this.#longest, this.#waiting] = [Number.POSITIVE_INFINITY, 0, []];
    }
    if (this.#lengths.size < SHARING) this.#lengths.add(length);
    this.#shortest = Math.min(this.#shortest, length);
    this.#longest = Math.max(this.#longest, length);
  }
}

/** Characters with every run of spaces as one, since tokens hold long runs of them. */
function collapsedLength(prompt: Prompt): number {
  const texts = typeof prompt === "string" ? [prompt] : prompt.map(({ content }) => content);
  return texts.reduce((sum, text) => sum + text.replace(/\s+/g, " ").length, 0);
}

/** Says once for each model, and at once, that its endpoint seems to cut prompts: answers to them are no answers. */
export function cutPromptNotice(say: (text: string) => void): (model: string, event: ModelEvent) => void {
  const said = new Set<string>();
  return (model, event) => {
    if (event.type !== "cut-prompt" || said.has(model)) return;
    said.add(model);
    say(
      `${model} seems to cut prompts: it reports ${event.oddity} (${event.id}). Raise its context (vllm --max-model-len, llama-server -c, OLLAMA_CONTEXT_LENGTH) or shorten the prompts`,
    );
  };
}
