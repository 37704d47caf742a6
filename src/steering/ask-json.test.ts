import { expect, test } from "vitest";
import { z } from "zod";
import type {
  Capabilities,
  Generation,
  GenerationOptions,
  GenerationRequest,
  LanguageModel,
} from "../language-model.ts";
import { promptText, scriptedModel } from "../models/index.ts";
import { askJson, askJsonAll } from "./index.ts";

const schema = z.object({ name: z.string(), inches: z.number().max(90) });
const messages = [{ role: "user" as const, content: "A lamp of five inches." }];
const options = { schema, maxTokens: 50 };

type Said = string | Partial<Generation>;

/** Says one after the other, and keeps what it was asked. */
function saying(said: readonly Said[], capabilities: Partial<Capabilities> = {}) {
  const calls: { readonly request: GenerationRequest; readonly options: GenerationOptions }[] = [];
  const model: LanguageModel = {
    ...scriptedModel({}),
    capabilities: { logprobs: false, prefill: false, rawCompletion: false, ...capabilities },
    async *generate(requests, asked) {
      for (const request of requests) {
        const next = said[calls.length] ?? "";
        calls.push({ request, options: asked });
        const usage = { promptTokens: 10, completionTokens: 3 };
        yield {
          id: request.id,
          text: "",
          finishReason: "stop",
          usage,
          ...(typeof next === "string" ? { text: next } : next),
        };
      }
    },
  };
  return { model, calls };
}

test.each([
  [{ schema: true }, "held", true, undefined],
  [{}, "sent", true, undefined],
  [{ schema: false, prefill: true }, "prefill", false, '{"name": "'],
  [{ schema: false }, "asked", false, undefined],
] as const)("of a model that can %j an answer is %s", async (can, rung, isGiven, prefill) => {
  const { model, calls } = saying(
    [prefill === undefined ? '{"name": "lamp", "inches": 5}' : 'lamp", "inches": 5}'],
    can,
  );
  expect(await askJson(model, messages, options)).toMatchObject({
    value: { name: "lamp", inches: 5 },
    rung,
    attempts: 1,
    repaired: false,
    usage: { promptTokens: 10, completionTokens: 3 },
  });
  expect([calls[0]?.options.schema !== undefined, calls[0]?.request.prefill]).toEqual([isGiven, prefill]);
  expect(promptText(calls[0]?.request.prompt ?? "")).toContain('"inches":{"type":"number","maximum":90}');
});

test("a schema that cannot be held to goes down the ladder", async () => {
  const { model } = saying(['a"}'], { schema: true, prefill: true });
  const own = z.object({ name: z.string().regex(/^a/) });
  expect(await askJson(model, messages, { ...options, schema: own })).toMatchObject({
    value: { name: "a" },
    rung: "prefill",
  });
});

test("faults are told by number, twice at most, and all attempts are paid for", async () => {
  const { model, calls } = saying(["no idea", '{"name": 1, "inches": 400}', '{"name": "lamp", "inches": 5}']);
  const answer = await askJson(model, messages, options);
  expect(answer).toMatchObject({ value: { name: "lamp", inches: 5 }, attempts: 3, repaired: false });
  expect(answer.usage).toEqual({ promptTokens: 30, completionTokens: 9 });
  expect(promptText(calls[1]?.request.prompt ?? "")).toMatch(/no idea\nuser: That will not do:\n1\. There is no JSON/);
  expect(promptText(calls[2]?.request.prompt ?? "")).toMatch(/1\. name: [\s\S]*2\. inches: /);
  const { model: never, calls: asked } = saying(["no", "no", "no", '{"name": "lamp", "inches": 5}']);
  expect(await askJson(never, messages, options)).toMatchObject({ fault: "no-json", attempts: 3 });
  expect(asked).toHaveLength(3);
});

test.each([
  [{ text: '{"name": "la', finishReason: "length" }, "length"],
  [{ finishReason: "error", outcome: "context-overflow", error: "9 tokens" }, "context"],
  [{ finishReason: "content-filter" }, "withheld"],
  [{ finishReason: "error", error: "502" }, "failed"],
  [{ text: "I'm sorry, but I can't help with that." }, "refused"],
] as const)("%j ends at once", async (said, fault) => {
  const { model, calls } = saying([said]);
  expect(await askJson(model, messages, options)).toMatchObject({ fault, attempts: 1 });
  expect(calls).toHaveLength(1);
});

test.each([
  ["{'name': 'lamp', inches: 5,}", true],
  ['Sure:\n```json\n{"name": "lamp", "inches": 5}\n```', false],
])("%j counts as repaired: %j", async (text, repaired) => {
  expect(await askJson(saying([text]).model, messages, options)).toMatchObject({ value: { inches: 5 }, repaired });
});

test("a changed type counts as repaired", async () => {
  const coerced = z.object({ inches: z.coerce.number() });
  const answer = await askJson(saying(['{"inches": "5"}']).model, messages, { ...options, schema: coerced });
  expect(answer).toMatchObject({ value: { inches: 5 }, repaired: true });
});

test("examples are turns behind the system's, and several dialogues go out together", async () => {
  const { model, calls } = saying(['{"name": "a", "inches": 1}', "?", '{"name": "b", "inches": 2}']);
  const system = { role: "system" as const, content: "Be exact." };
  const examples = [{ id: "e", input: "A cup.", output: '{"name": "cup", "inches": 3}', tags: [] }];
  const requests = ["1", "2"].map((id) => ({ id, messages: [system, ...messages], seed: 1 }));
  const answers = await Array.fromAsync(askJsonAll(model, requests, { ...options, examples }));
  expect(answers.map((one) => [one.id, one.attempts, "value" in one && one.value.name])).toEqual([
    ["1", 1, "a"],
    ["2", 2, "b"],
  ]);
  const [first] = calls;
  expect(typeof first?.request.prompt === "string" ? [] : first?.request.prompt.map(({ role }) => role)).toEqual([
    "system",
    "user",
    "assistant",
    "user",
  ]);
});
