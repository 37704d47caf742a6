import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import type { ApiAnswer } from "../../../test/support/api-answer.ts";
import { byteTokenizer } from "../../../test/support/byte-tokenizer.ts";
import { smallConfig } from "../../../test/support/small-config.ts";
import { type ModelEvent, type OpenModel, openModel } from "../../models/index.ts";
import { rng } from "../../rng.ts";
import { initialWeights, saveCheckpoint } from "../../transformer/index.ts";
import { type Server, startServer } from "../index.ts";
import { EngineModel } from "./index.ts";

const template = "{{ bos_token }}{% for m in messages %}{{ m.content }}<|end|>{% endfor %}";
// Texts begin with <s>, as Llama's do.
const first = { SpecialToken: { id: "<s>", type_id: 0 } };
const post_processor = {
  type: "TemplateProcessing",
  single: [first, { Sequence: { id: "A", type_id: 0 } }],
  pair: [first, { Sequence: { id: "A", type_id: 0 } }, { Sequence: { id: "B", type_id: 1 } }],
  special_tokens: { "<s>": { id: "<s>", ids: [256], tokens: ["<s>"] } },
};
const tokenizer = byteTokenizer({ special: ["<s>", "</s>", "<|end|>"], template, file: { post_processor } });
const root = mkdtempSync(join(tmpdir(), "precept-token-ids-"));
const folder = join(root, "model");
let server: Server;
beforeAll(async () => {
  const config = smallConfig({ vocabularySize: tokenizer.vocabularySize, contextLength: 200 });
  await saveCheckpoint(folder, { config, tokenizer, weights: initialWeights(config, rng(3)) });
  server = await startServer(await EngineModel.load(folder, { threads: 1 }), { port: 0 });
});
afterAll(async () => {
  await server.close();
  rmSync(root, { recursive: true, force: true });
});

const post = (path: string, body: object): Promise<Response> =>
  fetch(`${server.url}/${path}`, { method: "POST", body: JSON.stringify(body) });
const complete = async (body: object): Promise<ApiAnswer> =>
  (await (await post("v1/completions", body)).json()) as ApiAnswer;
const tokenize = async (body: object): Promise<number[]> =>
  z.object({ tokens: z.array(z.number()) }).parse(await (await post("tokenize", body)).json()).tokens;

describe("a server of token ids", () => {
  it("tells the ids of texts and dialogues, which continue as the texts do", async () => {
    const ids = await tokenize({ prompt: "ab" });
    expect(ids).toEqual([256, 97, 98]);
    expect(await tokenize({ prompt: "ab", add_special_tokens: false })).toEqual([97, 98]);
    expect(await tokenize({ messages: [{ role: "user", content: "ab" }] })).toEqual([256, 97, 98, 258]);
    const ask = { max_tokens: 5, seed: 1 };
    expect((await complete({ ...ask, prompt: ids })).choices).toEqual(
      (await complete({ ...ask, prompt: "ab" })).choices,
    );
    expect((await post("tokenize", { text: "ab" })).status).toBe(400);
    expect((await post("tokenize", { model: "another", prompt: "ab" })).status).toBe(404);
  });

  it("tells the log-probabilities of the tokens that are named, as it tells them among the most probable", async () => {
    const ask = { prompt: "abc z", max_tokens: 2, seed: 4, return_tokens_as_token_ids: true };
    const [most] = (await complete({ ...ask, logprobs: 20 })).choices;
    const told = Object.keys(most?.logprobs.top_logprobs[0] ?? {}).map((name) => Number(name.split(":")[1]));
    const listed = [told[19], told[3]];
    const [named] = (await complete({ ...ask, logprobs: 0, logprob_token_ids: listed })).choices;
    for (const place of [0, 1]) {
      const top = named?.logprobs.top_logprobs[place] ?? {};
      expect(Object.keys(top)).toEqual(listed.map((id) => `token_id:${id}`));
    }
    const first = named?.logprobs.top_logprobs[0] ?? {};
    for (const [name, logprob] of Object.entries(first)) expect(logprob).toBe(most?.logprobs.top_logprobs[0]?.[name]);
    const refused = await post("v1/completions", { ...ask, logprobs: 0, logprob_token_ids: [9999] });
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining("token 9999")]);
  });

  it("ends at tokens that are named, and tells the ids of what it said, the last one included", async () => {
    const ask = { prompt: "abc z", max_tokens: 12, seed: 4, return_token_ids: true };
    const { token_ids: whole = [] } = (await complete(ask)).choices[0] ?? {};
    const end = whole[4] ?? -1;
    const ended = await complete({ ...ask, stop_token_ids: [end], cache_salt: "a" });
    const token_ids = whole.slice(0, whole.indexOf(end) + 1);
    expect(ended.choices[0]).toMatchObject({ finish_reason: "stop", token_ids });
    expect((await post("v1/completions", { ...ask, stop_token_ids: [9999] })).status).toBe(400);
  });

  it("tells them where the text ends, too", async () => {
    const ask = { prompt: "ab", max_tokens: 1, temperature: 0, logprobs: 0, logprob_token_ids: [97] };
    const [choice] = (await complete(ask)).choices;
    expect(choice).toMatchObject({ text: "", finish_reason: "stop" });
    expect(Object.keys(choice?.logprobs.top_logprobs[0] ?? {})).toEqual(["a"]);
  });

  it("tells a prompt's own, as an echo does", async () => {
    const [echoed] = (await complete({ prompt: "abc", max_tokens: 0, echo: true, logprobs: 0 })).choices;
    const answer = await complete({ prompt: "abc", max_tokens: 1, temperature: 0, prompt_logprobs: 1 });
    const shape = z.object({
      prompt_logprobs: z.array(z.record(z.string(), z.object({ logprob: z.number() })).nullable()),
    });
    const { prompt_logprobs: own } = shape.parse(answer.choices[0]);
    expect(answer.choices[0]?.text).not.toContain("abc");
    expect(own[0]).toBeNull();
    for (const [place, id] of [97, 98, 99].entries())
      expect(own[place + 1]?.[id]?.logprob).toBe(echoed?.logprobs.token_logprobs[place + 1]);
  });
});

/** The same server, without what `hides` names, or with an adapter beside the model. */
async function serverBefore({ hides = "", isAdapted = false }): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const read = async (request: IncomingMessage): Promise<string> => (await Array.fromAsync(request)).join("");
  const front = createServer(async (request, response) => {
    const { url = "", method = "GET" } = request;
    const body = await read(request);
    asked.push(`${url} ${body}`);
    const isHidden = hides !== "" && url.includes(hides);
    const answer = await fetch(`${server.url}${url}`, method === "POST" ? { method, body } : {});
    const text = await answer.text();
    response.writeHead(isHidden ? 404 : answer.status, { "content-type": "application/json" });
    const listed = text.replace('"data":[', '"data":[{"id":"tuned","parent":"model"},');
    response.end(isHidden ? "{}" : isAdapted && url.endsWith("/models") ? listed : text);
  });
  await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void front.close());
  front.unref();
  return { url: `http://127.0.0.1:${(front.address() as AddressInfo).port}/v1`, asked };
}

const open = async (url: string, events: ModelEvent[] = []): Promise<OpenModel> =>
  openModel(`openai-compatible:model@${url}`, { env: {}, cache: false, onEvent: (event) => events.push(event) });
const spent = (events: readonly ModelEvent[]): number =>
  events.reduce((sum, event) => sum + (event.type === "call" ? event.usage.promptTokens : 0), 0);

describe("a client of token ids", () => {
  const prompt = `${"Which is better? ".repeat(6)}Answer: (`;
  const requests = [
    { id: "letters", prompt, options: ["A", "B"], seed: 1 },
    { id: "words", prompt, options: ["no", "not", "yes"], seed: 1 },
  ];

  it("weighs options as the echo of whole options does, with fewer tokens", async () => {
    const [byIds, byEcho]: [ModelEvent[], ModelEvent[]] = [[], []];
    const near = await open((await serverBefore({})).url, byIds);
    const far = await open((await serverBefore({ hides: "tokenize" })).url, byEcho);
    expect([near.report.choice, far.report.choice]).toEqual(["token-ids", "echo"]);
    const [first] = requests;
    const ask = async (model: OpenModel, some = requests) => Array.fromAsync(model.choose?.(some) ?? []);
    const [own, echoed] = [await ask(near), await ask(far)];
    for (const [n, one] of own.entries()) {
      const other = echoed[n];
      expect(one.method).toBe("logprobs");
      for (const [k, p] of one.probabilities.entries()) expect(p).toBeCloseTo(other?.probabilities[k] ?? -1, 5);
      expect(one.mass).toBeCloseTo(other?.mass ?? -1, 5);
    }
    byIds.length = byEcho.length = 0;
    await ask(near, first === undefined ? [] : [first]);
    await ask(far, first === undefined ? [] : [first]);
    expect(spent(byIds)).toBeGreaterThan(prompt.length);
    expect(spent(byIds)).toBeLessThanOrEqual(0.5 * spent(byEcho));
  });

  it("scores a continuation by its own tokens, as the model itself does", async () => {
    const here = await openModel(`local:${folder}`);
    onTestFinished(async () => here.dispose?.());
    const there = await open(`${server.url}/v1`);
    const scores = [{ id: "s", prompt: "a 🍲 b: ", continuation: "🍲 so" }];
    const [own] = await Array.fromAsync(here.score?.(scores) ?? []);
    const [far] = await Array.fromAsync(there.score?.(scores) ?? []);
    expect(far?.logprobs).toHaveLength(own?.logprobs.length ?? -1);
    for (const [n, logprob] of (far?.logprobs ?? []).entries()) expect(logprob).toBeCloseTo(own?.logprobs[n] ?? 1, 4);
  });

  it("never asks for a prompt's log-probabilities where an adapter stands beside the model", async () => {
    const { url, asked } = await serverBefore({ isAdapted: true });
    const model = await open(url);
    const [choice] = await Array.fromAsync(model.choose?.(requests.slice(0, 1)) ?? []);
    expect(choice?.method).toBe("logprobs");
    const scored = Array.fromAsync(model.score?.([{ id: "s", prompt: "a", continuation: "b" }]) ?? []);
    await expect(scored).rejects.toThrow(/echoes log-probabilities/);
    expect(asked.filter((text) => /echo|prompt_logprobs/.test(text))).toEqual([]);
    expect(asked.some((text) => text.includes("logprob_token_ids"))).toBe(true);
  });
});
