import { expect, test } from "vitest";
import type { Capabilities, Generation, GenerationRequest, LanguageModel } from "../language-model.ts";
import { promptText, scriptedModel } from "../models/index.ts";
import { prefillAnswer, prefillAnswers, prefillWay } from "./index.ts";

const request: GenerationRequest = { id: "1", prompt: [{ role: "user", content: "A lamp." }], seed: 1 };
const options = { maxTokens: 40 };

/** A model that says one thing, or fails. */
function modelOf(capabilities: Partial<Capabilities>, answer: (asked: GenerationRequest) => Partial<Generation>) {
  const calls: GenerationRequest[] = [];
  const base = scriptedModel({});
  const model: LanguageModel = {
    ...base,
    capabilities: { logprobs: false, prefill: false, rawCompletion: false, ...capabilities },
    async *generate(requests) {
      for (const asked of requests) {
        calls.push(asked);
        const usage = { promptTokens: 1, completionTokens: 1 };
        yield { id: asked.id, text: "", finishReason: "stop", usage, ...answer(asked) };
      }
    },
  };
  return { model, calls };
}

test("a model that continues is given the beginning, which is not doubled", async () => {
  const { model, calls } = modelOf({ prefill: true }, () => ({ text: 'lamp"}' }));
  expect(await prefillAnswer(model, request, '{"name": "', options)).toMatchObject({
    text: '{"name": "lamp"}',
    how: "native",
    kept: true,
  });
  expect(calls[0]?.prefill).toBe('{"name": "');
  const { model: echo } = modelOf({ prefill: true }, () => ({ text: '{"name": "lamp"}' }));
  expect((await prefillAnswer(echo, request, '{"name": "', options)).text).toBe('{"name": "lamp"}');
});

test("a model of raw text continues behind its template", async () => {
  const { model, calls } = modelOf({ rawCompletion: true }, () => ({ text: " all" }));
  const render = () => "<user>A lamp.<bot>";
  expect(await prefillAnswer(model, request, "Not at", { ...options, render })).toMatchObject({
    text: "Not at all",
    how: "template",
    kept: true,
  });
  expect(calls[0]?.prompt).toBe("<user>A lamp.<bot>Not at");
});

test("any other model is asked, and what it says is looked at", async () => {
  const says = (text: string) => prefillAnswer(modelOf({}, () => ({ text })).model, request, "{", options);
  expect(await says(' {"a": 1}')).toMatchObject({ text: '{"a": 1}', how: "asked", kept: true });
  expect(await says("Sure!")).toMatchObject({ text: "Sure!", how: "asked", kept: false });
  const { model, calls } = modelOf({}, () => ({ text: "{" }));
  await prefillAnswer(model, request, "{", options);
  expect(promptText(calls[0]?.prompt ?? "")).toMatch(/^user: A lamp\.\n\nBegin your answer with exactly[\s\S]*\{$/);
});

test("a model that refuses a prefill is asked in words, then and from then on", async () => {
  const { model, calls } = modelOf({ prefill: true }, ({ prefill }) =>
    prefill === undefined
      ? { text: "{}" }
      : {
          finishReason: "error",
          outcome: "invalid",
          error: "400: Prefilling assistant messages is not supported for this model",
        },
  );
  const two = [request, { ...request, id: "2" }].map((one) => ({ ...one, prefill: "{" }));
  const answers = await Array.fromAsync(prefillAnswers(model, two, options));
  expect(answers.map(({ id, text, how, kept }) => [id, text, how, kept])).toEqual([
    ["1", "{}", "asked", true],
    ["2", "{}", "asked", true],
  ]);
  expect(calls).toHaveLength(4);
  expect(prefillWay(model)).toBe("asked");
  await prefillAnswer(model, request, "{", options);
  expect(calls).toHaveLength(5);
});

test("another fault is no refusal of prefills", async () => {
  const fault = { finishReason: "error", outcome: "context-overflow", error: "too long" } as const;
  const { model } = modelOf({ prefill: true }, () => fault);
  expect(await prefillAnswer(model, request, "{", options)).toMatchObject({ text: "", how: "native", kept: false });
  expect(prefillWay(model)).toBe("native");
});

test.each(["", "a ", "a\n"])("%j is refused before anything is asked", async (text) => {
  const { model, calls } = modelOf({ prefill: true }, () => ({}));
  await expect(prefillAnswer(model, request, text, options)).rejects.toThrow("white space");
  expect(calls).toEqual([]);
});

test("raw text is continued where the model takes it, and else asked for the beginning", async () => {
  const raw = { ...request, prompt: "A lamp." };
  const { model, calls } = modelOf({ rawCompletion: true }, () => ({ text: " all" }));
  expect(await prefillAnswer(model, raw, "Not at", options)).toMatchObject({
    text: "Not at all",
    how: "template",
    kept: true,
  });
  expect(calls[0]?.prompt).toBe("A lamp.Not at");
  const { model: chat, calls: asked } = modelOf({}, () => ({ text: "Not at all" }));
  expect(await prefillAnswer(chat, raw, "Not at", options)).toMatchObject({ how: "asked", kept: true });
  expect(asked[0]?.prompt).toMatch(/^A lamp\.\n\nBegin your answer with exactly[\s\S]*\nNot at$/);
});
