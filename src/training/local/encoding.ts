import { PreceptError } from "../../errors.ts";
import type { Prompt } from "../../language-model.ts";
import { type ChatTemplate, frameOf, type Tokenizer } from "../../tokenizer/index.ts";
import { loadCheckpointTokenizer } from "../../transformer/index.ts";
import type { SftExample, TrainingJob, TrainingJobBase } from "../trainer.ts";
import type { TokenDocument } from "./batching.ts";

/** A prompt and its response as one token sequence; the response is `tokens[responseStart …]` and ends as a turn or text does. */
export interface EncodedResponse {
  readonly tokens: readonly number[];
  readonly responseStart: number;
}

/** What chat templates that write the date take for today, so that equal jobs train on equal tokens. */
const TRAINING_DAY = new Date(2026, 0, 1);

/**
 * Tokens of a prompt: text with the marks that the model expects before it, or a dialogue by the model's chat template.
 * @throws PreceptError "input-invalid" for a dialogue where the model has no chat template.
 */
export function encodePrompt(tokenizer: Tokenizer, prompt: Prompt): number[] {
  if (typeof prompt === "string") return tokenizer.encode(prompt, { addSpecialTokens: true });
  if (tokenizer.chat !== undefined) return tokenizer.encode(tokenizer.chat.render(prompt, { now: TRAINING_DAY }));
  throw new PreceptError("input-invalid", {
    attempted: "Encoding a prompt for training",
    found: `a dialogue of ${prompt.length} messages, and a model without a chat template`,
    expected: "text as the model sees it",
    remedy: "render the dialogue before making the example",
  });
}

/** @throws PreceptError "input-invalid" for a job with dialogues whose model has no chat template, before anything starts. */
export async function refuseDialogues(job: TrainingJob): Promise<void> {
  const rows: readonly { readonly id: string; readonly prompt: Prompt }[] =
    job.objective === "token-heads"
      ? job.examples
      : job.objective === "sft"
        ? [...job.examples, ...(job.heldOut ?? [])]
        : job.objective === "dpo" || job.objective === "preference-model"
          ? [...job.comparisons, ...(job.heldOut ?? [])]
          : job.prompts;
  const dialogues = rows.filter(({ prompt }) => typeof prompt !== "string");
  const [first] = dialogues;
  if (first === undefined || (await loadCheckpointTokenizer(job.initial)).chat !== undefined) return;
  throw new PreceptError("input-invalid", {
    attempted: `Training ${job.initial}`,
    found: `${dialogues.length} of ${rows.length} prompts that are dialogues (${first.id}), and a model without a chat template`,
    expected: "chat_template.jinja beside the model, or prompts as the text that the model is to see",
    remedy: "put the template of a model of this family into the folder, or render the prompts first",
  });
}

/**
 * Of a dialogue, what the chat template writes: the response is what the whole has and the prompt has not, the end of the
 * turn included. Of a text: prompt tokens, then the response's, then the end token unless the response brought one.
 * @throws PreceptError "input-invalid" where the template's prompt is no beginning of its whole.
 */
export function encodeResponse(tokenizer: Tokenizer, prompt: Prompt, response: string): EncodedResponse {
  if (typeof prompt !== "string" && tokenizer.chat !== undefined)
    return encodeTurn(tokenizer, tokenizer.chat, prompt, response);
  const before = encodePrompt(tokenizer, prompt);
  const after = tokenizer.encode(response);
  if (!stopTokens(tokenizer).includes(after.at(-1) ?? -1)) after.push(tokenizer.endToken);
  return { tokens: [...before, ...after], responseStart: before.length };
}

function encodeTurn(
  tokenizer: Tokenizer,
  chat: ChatTemplate,
  prompt: Exclude<Prompt, string>,
  response: string,
): EncodedResponse {
  const asked = chat.render(prompt, { now: TRAINING_DAY });
  const turns = [...prompt, { role: "assistant", content: response }];
  const whole = chat.render(turns, { now: TRAINING_DAY, addGenerationPrompt: false });
  if (!whole.startsWith(asked)) {
    const parting = asked.split("").findIndex((unit, place) => unit !== whole[place]);
    const after = (text: string): string => JSON.stringify(text.slice(Math.max(0, parting - 20), parting + 40));
    throw new PreceptError("input-invalid", {
      attempted: "Encoding an answer by the model's chat template",
      found: `a prompt that is no beginning of the dialogue: ${after(asked)} in the one, ${after(whole)} in the other`,
      expected:
        "a template that writes the same before an answer and without it, as the model is trained on what it is asked",
      remedy: "give prompts and completions as text, written as the model is to see them",
    });
  }
  const before = tokenizer.encode(asked);
  const tokens = encodeAfter(tokenizer, before, asked, whole);
  const ends = stopTokens(tokenizer);
  // A template that ends no turn: the model would never stop.
  if (!tokens.slice(before.length).some((token) => ends.includes(token))) tokens.push(tokenizer.endToken);
  const isBeginning = before.every((token, place) => token === tokens[place]);
  return { tokens, responseStart: isBeginning ? before.length : before.findIndex((token, at) => token !== tokens[at]) };
}

/** The whole's tokens after the prompt's own, which are what the model is asked with; the whole's, where text would change. */
function encodeAfter(tokenizer: Tokenizer, before: readonly number[], asked: string, whole: string): number[] {
  const all = tokenizer.encode(whole);
  if (before.every((token, place) => token === all[place])) return all;
  const joined = [...before, ...tokenizer.encode(whole.slice(asked.length))];
  return tokenizer.decode(joined) === tokenizer.decode(all) ? joined : all;
}

/** The text of a sampled response, without what the template writes before an answer and would write again. */
export function responseText(tokenizer: Tokenizer, prompt: Prompt, tokens: readonly number[]): string {
  const text = tokenizer.decode(tokens);
  if (typeof prompt === "string" || tokenizer.chat === undefined) return text;
  const opening = frameOf(tokenizer.chat, prompt, TRAINING_DAY)?.opening ?? "";
  return text.startsWith(opening) ? text.slice(opening.length) : text;
}

/** A response that was cut, so that its end is not its own: without the token that ends it, and what follows that. */
export function leaveOpen(tokenizer: Tokenizer, { tokens, responseStart }: EncodedResponse): EncodedResponse {
  const ends = stopTokens(tokenizer);
  const end = tokens.findIndex((token, place) => place >= responseStart && ends.includes(token));
  return { tokens: end < 0 ? tokens : tokens.slice(0, end), responseStart };
}

/** Tokens that end a response. */
export const stopTokens = ({ stopTokens: all, endToken }: Tokenizer): readonly number[] => all ?? [endToken];

/** A demonstration with loss weight on the completion and its end token. */
export function encodeExample(tokenizer: Tokenizer, example: SftExample, promptWeight = 0): TokenDocument {
  const encoded = encodeResponse(tokenizer, example.prompt, example.completion);
  const { tokens, responseStart } = example.isCut === true ? leaveOpen(tokenizer, encoded) : encoded;
  const weight = example.weight ?? 1;
  return { tokens, weights: tokens.map((_, t) => (t < responseStart ? promptWeight * weight : weight)) };
}

/**
 * The items that fit a row. @throws PreceptError "context-overflow" naming those that do not, unless they are to be skipped,
 * and when none is left.
 */
export function keepFitting<T extends { readonly id: string; readonly length: number }>(
  items: readonly T[],
  contextLength: number,
  { length = contextLength, tooLong = "refuse" }: Pick<TrainingJobBase, "length" | "tooLong">,
): T[] {
  const limit = Math.min(length, contextLength);
  const long = items.filter((item) => item.length > limit);
  const kept = items.filter((item) => item.length <= limit);
  if (long.length === 0 || (tooLong === "skip" && kept.length > 0)) return kept;
  const named = long.slice(0, 5).map(({ id, length: own }) => `${id} (${own} tokens)`);
  throw new PreceptError("context-overflow", {
    attempted: "Encoding the data",
    found: `${long.length} of ${items.length} examples too long: ${named.join(", ")}${long.length > 5 ? ", …" : ""}`,
    expected: `at most ${limit} tokens, ${limit < contextLength ? "the length of a row" : `at most the context of ${contextLength}`}`,
    remedy: "shorten the texts, or skip them (tooLong, --skip-long)",
  });
}

/**
 * A row length that holds the longest sequence: a multiple of 16, at least 64, at most the context; and as many rows as
 * make about `tokens` per batch.
 * @throws PreceptError "context-overflow" when a sequence exceeds the context.
 */
export function shapeFor(
  lengths: readonly number[],
  contextLength: number,
  tokens = 2048,
): { batch: number; length: number } {
  const longest = lengths.reduce((a, b) => Math.max(a, b), 1);
  if (longest > contextLength) {
    throw new PreceptError("context-overflow", {
      attempted: "Choosing the shape of training batches",
      found: `a sequence of ${longest} tokens`,
      expected: `at most the context of ${contextLength}`,
      remedy: "shorten the text",
    });
  }
  const length = Math.min(contextLength, Math.max(64, 16 * Math.ceil(longest / 16)));
  return { batch: Math.max(1, Math.round(tokens / length)), length };
}
