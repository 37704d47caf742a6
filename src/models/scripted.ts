import { PreceptError, throwIfInterrupted } from "../errors.ts";
import type {
  CallOptions,
  ChoiceRequest,
  GenerationOptions,
  GenerationRequest,
  LanguageModel,
  Prompt,
  ScoreRequest,
} from "../language-model.ts";
import { findStop } from "./stop-strings.ts";

/** What a scripted model says; whatever is left out throws when it is asked for. */
export interface Script {
  readonly id?: string;
  readonly generate?: (request: GenerationRequest) => string;
  /** Any weights over the options, at least 0; they are normalised. */
  readonly choose?: (request: ChoiceRequest) => readonly number[];
  /** One natural log per word of the continuation. */
  readonly score?: (request: ScoreRequest) => readonly number[];
}

/** A model that follows a script and remembers what it was asked. */
export interface ScriptedModel extends LanguageModel {
  /** Everything that was asked, in order. */
  readonly calls: readonly (GenerationRequest | ChoiceRequest | ScoreRequest)[];
}

const splitWords = (text: string): string[] => text.split(/\s+/).filter((word) => word !== "");

/** The text of a prompt; a dialogue as its turns, one per line. */
export function promptText(prompt: Prompt): string {
  return typeof prompt === "string" ? prompt : prompt.map(({ role, content }) => `${role}: ${content}`).join("\n");
}

/** A model that answers by function, for tests. Tokens are words; stop strings and `maxTokens` hold as for any model. */
export function scriptedModel(script: Script): ScriptedModel {
  const { id = "scripted" } = script;
  const calls: (GenerationRequest | ChoiceRequest | ScoreRequest)[] = [];
  const promptTokens = (prompt: Prompt): number => splitWords(promptText(prompt)).length;
  return {
    id,
    capabilities: { logprobs: true, prefill: true, rawCompletion: true },
    calls,
    async *generate(requests, options: GenerationOptions) {
      for (const request of requests) {
        throwIfInterrupted(options.signal, "Running a scripted model");
        calls.push(request);
        const said = requirePart(script.generate, id, "generate")(request);
        const kept = splitWords(said.slice(0, findStop(said, options.stop ?? [])));
        const isLong = kept.length > options.maxTokens;
        yield {
          id: request.id,
          text: isLong ? kept.slice(0, options.maxTokens).join(" ") : kept.join(" "),
          finishReason: isLong ? "length" : "stop",
          usage: {
            promptTokens: promptTokens(request.prompt),
            completionTokens: Math.min(kept.length, options.maxTokens),
          },
        };
      }
    },
    async *choose(requests, options: CallOptions = {}) {
      for (const request of requests) {
        throwIfInterrupted(options.signal, "Running a scripted model");
        calls.push(request);
        const weights = requirePart(script.choose, id, "choose")(request);
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        if (weights.length !== request.options.length || weights.some((weight) => !(weight >= 0)) || !(total > 0)) {
          throw new PreceptError("model-failed", {
            attempted: `Asking ${id} to choose`,
            found: `weights ${weights.join(", ")} for ${request.options.length} options`,
            expected: "one weight per option, at least 0, not all 0",
          });
        }
        const usage = { promptTokens: promptTokens(request.prompt), completionTokens: 0 };
        yield { id: request.id, probabilities: weights.map((weight) => weight / total), method: "logprobs", usage };
      }
    },
    async *score(requests, options: CallOptions = {}) {
      for (const request of requests) {
        throwIfInterrupted(options.signal, "Running a scripted model");
        calls.push(request);
        const logprobs = requirePart(script.score, id, "score")(request);
        const usage = { promptTokens: promptTokens(request.prompt), completionTokens: logprobs.length };
        yield { id: request.id, logprobs, usage };
      }
    },
  };
}

function requirePart<T>(part: T | undefined, id: string, name: string): T {
  if (part !== undefined) return part;
  throw new PreceptError("model-failed", { attempted: `Asking ${id}`, found: `a script without ${name}` });
}
