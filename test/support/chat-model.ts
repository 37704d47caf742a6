import { rng } from "../../src/rng.ts";
import { initialWeights, saveCheckpoint } from "../../src/transformer/index.ts";
import { byteTokenizer } from "./byte-tokenizer.ts";
import { smallConfig } from "./small-config.ts";

/** Writes a llama of a few thousand random weights, a token a byte, that speaks in turns. */
export async function writeChatModel(folder: string): Promise<void> {
  const template = [
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}",
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
  ].join("");
  const tokenizer = byteTokenizer({ special: ["<s>", "<|im_end|>", "<|im_start|>"], template });
  const config = smallConfig({ vocabularySize: 259, contextLength: 2048 });
  await saveCheckpoint(folder, { config, tokenizer, weights: initialWeights(config, rng(1)) });
}
