import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApiAnswer } from "../../../test/support/api-answer.ts";
import { byteTokenizer } from "../../../test/support/byte-tokenizer.ts";
import { smallConfig } from "../../../test/support/small-config.ts";
import { openModel } from "../../models/index.ts";
import { rng } from "../../rng.ts";
import { initialWeights, saveCheckpoint } from "../../transformer/index.ts";
import { type Server, startServer } from "../index.ts";
import { EngineModel } from "./index.ts";

const special = ["<s>", "</s>", "<|end|>"];
const template =
  "{{ bos_token }}{% for m in messages %}{{ m.role + ': ' + m.content }}<|end|>{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}";

let folder = "";
const servers: Server[] = [];
const serve = async (options: { readonly chatTemplate?: string } = {}): Promise<Server> => {
  const model = await EngineModel.load(join(folder, "model"), { threads: 1, ...options });
  const server = await startServer(model, { port: 0 });
  servers.push(server);
  return server;
};
let url = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "precept-bytes-"));
  const tokenizer = byteTokenizer({ special, template });
  const config = smallConfig({ vocabularySize: tokenizer.vocabularySize, contextLength: 96 });
  await saveCheckpoint(join(folder, "model"), { config, tokenizer, weights: initialWeights(config, rng(3)) });
  url = (await serve()).url;
});
afterAll(async () => {
  for (const server of servers) await server.close();
  await rm(folder, { recursive: true, force: true });
});

const post = async (path: string, body: object, base = url): Promise<ApiAnswer> =>
  (await (await fetch(`${base}/v1/${path}`, { method: "POST", body: JSON.stringify(body) })).json()) as ApiAnswer;

describe("log-probabilities of a model of bytes", () => {
  it("have their places in code points, and parts of characters their bytes", async () => {
    const prompt = "é𝄞<z";
    const body = { prompt, max_tokens: 0, echo: true, logprobs: 1 };
    const [choice] = (await post("completions", body)).choices;
    expect(choice?.text).toBe(prompt);
    expect(choice?.logprobs.text_offset).toEqual([0, 0, 1, 1, 1, 1, 2, 3]);
    expect(choice?.logprobs.tokens).toEqual([
      "bytes:\\xc3",
      "bytes:\\xa9",
      "bytes:\\xf0",
      "bytes:\\x9d",
      "bytes:\\x84",
      "bytes:\\x9e",
      "<",
      "z",
    ]);
  });

  it("keep every one of the most probable tokens apart", async () => {
    const body = { prompt: "é𝄞", max_tokens: 6, seed: 1, logprobs: 20, temperature: 1 };
    const [choice] = (await post("completions", body)).choices;
    expect(choice?.logprobs.top_logprobs.map((top) => Object.keys(top ?? {}).length)).toEqual(Array(6).fill(20));
  });

  it("give the bytes that the model said, whole characters or not", async () => {
    const { choices } = await post("chat/completions", {
      messages: [{ role: "user", content: "😀" }],
      max_tokens: 24,
      seed: 4,
      logprobs: true,
      top_logprobs: 20,
    });
    const content = choices[0]?.logprobs.content ?? [];
    expect(content.some(({ token }) => /^\\x[89a-f]/.test(token))).toBe(true);
    const said = Uint8Array.from(content.flatMap(({ bytes }) => bytes));
    expect(said).toHaveLength(content.length);
    expect(new TextDecoder().decode(said)).toBe(choices[0]?.message.content);
  });

  it("let a client over HTTP score a text with an emoji as it is scored here", async () => {
    const requests = [{ id: "a", prompt: "a 🍲 b: ", continuation: "🍲 so" }];
    const here = await openModel(`local:${join(folder, "model")}`);
    const there = await openModel(`openai-compatible:model@${url}/v1`, { env: {}, cache: false });
    const [own] = await Array.fromAsync(here.score?.(requests) ?? []);
    const [far] = await Array.fromAsync(there.score?.(requests) ?? []);
    const total = (logprobs: readonly number[] = []): number => logprobs.reduce((sum, one) => sum + one, 0);
    expect(total(far?.logprobs)).toBeCloseTo(total(own?.logprobs), 4);
    await here.dispose?.();
  });
});

describe("a chat template from a file", () => {
  it("knows the tokens that the model's own knows", async () => {
    const file = join(folder, "same.jinja");
    await writeFile(file, template);
    const other = await serve({ chatTemplate: file });
    const body = { messages: [{ role: "user", content: "Hi" }], max_tokens: 1 };
    const { usage } = await post("chat/completions", body);
    expect(usage.prompt_tokens).toBe(1 + "user: Hi".length + 1 + "assistant: ".length);
    expect((await post("chat/completions", body, other.url)).usage).toEqual(usage);
  });

  it("refuses two different limits", async () => {
    const body = { messages: [{ role: "user", content: "Hi" }], max_tokens: 1, max_completion_tokens: 2 };
    expect((await post("chat/completions", body)).error).toMatchObject({ param: "max_tokens" });
  });
});
