import { PreceptError } from "../errors.ts";
import type { Generation, GenerationOptions, LanguageModel, Message, Prompt } from "../language-model.ts";
import { rng } from "../rng.ts";
import type { Abilities, ChatTurn, Continuation, ServedModel, TextDelta, TextRequest } from "./served-model.ts";

export interface AnyModelOptions {
  /** What clients call it; default: the model's id. */
  readonly name?: string;
  /** As the model states it; bounds the answers of requests that do not. */
  readonly contextLength?: number | undefined;
}

/** Tokens of an answer where the client sets no limit: hosted models refuse limits beyond their own. */
const MAX_TOKENS = 4096;

/**
 * Any language model behind OpenAI's protocol. Such a model answers whole: a stream brings the text in one piece. It tells
 * no token's text, so log-probabilities, echo and token ids are refused. n answers are n requests with seeds of their own.
 */
export function serveLanguageModel(model: LanguageModel, options: AnyModelOptions = {}): ServedModel {
  const { name = model.id, contextLength = 2 * MAX_TOKENS } = options;
  const limit = Math.min(MAX_TOKENS, contextLength >> 1);
  const abilities: Abilities = {
    chat: true,
    completions: model.capabilities.rawCompletion,
    tokenIds: false,
    logprobs: false,
    echo: false,
  };
  let running = 0;
  return {
    name,
    adapters: [],
    abilities,
    prepare(request) {
      refuseBeyond(name, abilities, request);
      if (request.schema !== undefined && model.capabilities.schema === false) throw schemaFault(name);
      const prompt = promptOf(name, request);
      const { temperature, topP, stop, seed, schema, maxTokens = limit } = request;
      return request.ids.map((id): Continuation => {
        return async function* (signal) {
          running++;
          try {
            const one = { id, prompt, seed: id === "0" ? seed : rng(seed, id).integer(2 ** 31) };
            yield toDelta(name, await askOnce(model, one, { maxTokens, temperature, topP, stop, schema, signal }));
          } finally {
            running--;
          }
        };
      });
    },
    occupancy: async () => ({ running, waiting: 0 }),
    close: async () => model.dispose?.(),
  };
}

/** @throws PreceptError input-invalid for what the model cannot do, named, with what it can. */
function refuseBeyond(name: string, abilities: Abilities, request: TextRequest): void {
  const { prompt, topLogprobs, echo, adapter, stopTokens = [] } = request;
  const found =
    prompt.kind === "text" && !abilities.completions
      ? "a raw text to continue"
      : prompt.kind === "tokens"
        ? "a prompt of token ids"
        : topLogprobs !== undefined
          ? "a request for log-probabilities"
          : stopTokens.length > 0
            ? "tokens that end an answer"
            : echo
              ? "a request to echo the prompt"
              : adapter !== undefined
                ? `the adapter ${adapter}`
                : prompt.kind === "chat" && prompt.variables !== undefined
                  ? "variables of a chat template"
                  : undefined;
  if (found === undefined) return;
  const can = `chat completions${abilities.completions ? ", and completions of text," : ""} without log-probabilities`;
  throw new PreceptError("input-invalid", { attempted: `Asking ${name}`, found, expected: `${can}, which it gives` });
}

const schemaFault = (name: string): PreceptError =>
  new PreceptError("input-invalid", {
    attempted: `Asking ${name}`,
    found: "a response_format with a schema",
    expected: "none: this model cannot be held to one",
  });

function promptOf(name: string, { prompt }: TextRequest): Prompt {
  if (prompt.kind === "text") return prompt.text;
  if (prompt.kind === "tokens") return "";
  return prompt.turns.map((turn) => {
    if (isMessage(turn)) return turn;
    throw new PreceptError("input-invalid", {
      attempted: `Asking ${name}`,
      found: `a turn of the role ${turn.role}`,
      expected: "system, user or assistant",
    });
  });
}

const isMessage = (turn: ChatTurn): turn is Message => ["system", "user", "assistant"].includes(turn.role);

async function askOnce(
  model: LanguageModel,
  request: Parameters<LanguageModel["generate"]>[0][number],
  options: GenerationOptions,
): Promise<Generation> {
  for await (const generation of model.generate([request], options)) return generation;
  throw new PreceptError("model-failed", { attempted: `Asking ${model.id}`, found: "no answer" });
}

/** @throws PreceptError context-overflow, input-invalid or model-failed for an answer that is none. */
function toDelta(name: string, { text, finishReason, usage, outcome, error }: Generation): TextDelta {
  if (finishReason === "content-filter") return { text, finishReason: "content_filter", usage };
  if (finishReason !== "error") return { text, finishReason, usage };
  const code =
    outcome === "context-overflow" ? outcome : outcome === "invalid" ? "input-invalid" : ("model-failed" as const);
  throw new PreceptError(code, { attempted: `Asking ${name}`, found: error ?? outcome ?? "no answer" });
}
