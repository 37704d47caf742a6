import { adapterOf } from "./answers.ts";
import { dialogueOf } from "./chat-completions.ts";
import { ApiError, type TokenizeRequest } from "./protocol.ts";
import type { ServedModel } from "./served-model.ts";

/**
 * POST /tokenize, as vLLM answers it: the ids of a text or of a dialogue, to be sent as a prompt. A text begins with what the model's texts
 * begin with, unless `add_special_tokens` is false. @throws ApiError 400 where the model's tokens are not known here.
 */
export function answerTokenize(model: ServedModel, body: TokenizeRequest): object {
  adapterOf(model, body.model);
  if (model.vocabulary === undefined) throw new ApiError(400, `the tokens of ${model.name} are not known here`);
  const { contextLength, encode } = model.vocabulary;
  const tokens =
    "prompt" in body
      ? encode({ kind: "text", text: body.prompt }, { addSpecialTokens: body.add_special_tokens ?? true })
      : encode(dialogueOf(body), { addSpecialTokens: false });
  return { count: tokens.length, max_model_len: contextLength, tokens, token_strs: null };
}
