import { createOpenAI } from "@ai-sdk/openai";
import Anthropic from "@anthropic-ai/sdk";
import { generateText, streamText, wrapLanguageModel } from "ai";
import fc from "fast-check";
import { expect, test } from "vitest";
import { scriptedModel } from "../models/index.ts";
import { guardOf, type Reply, saying, startGuarded, startUpstream } from "./fake-upstream.test-support.ts";
import { guard, guardedModel } from "./index.ts";
import { Masks } from "./masks.ts";
import { Restorer } from "./restorer.ts";

const stages = "stage: [input, output, tool-call, tool-result]";
const policy = `rules: [{ id: pii, principle: privacy, kind: pii, kinds: [email], ${stages}, action: mask, restore: true }]\n`;
const kept = policy.replace(", restore: true", "");
const asked = "Write to a.b@example.com, and to c@example.org.";

const post = async (url: string, messages: readonly unknown[], more: object = {}): Promise<string> => {
  const body = JSON.stringify({ model: "fake", messages, ...more });
  return (await fetch(`${url}/chat/completions`, { method: "POST", body })).text();
};
/** What a chat's stream says. */
const joinChunks = (events: string): string =>
  [...events.matchAll(/^data: (\{.*\})$/gm)]
    .map(([, json = ""]) => JSON.parse(json).choices[0]?.delta?.content ?? "")
    .join("");

test("what is masked in the input is put back in the answer, whole and streamed; what the model brings stays masked", async () => {
  const answer = "Sent to <EMAIL_1> and <EMAIL_2>, not <EMAIL_9>; copy to boss@example.net.";
  for (const [rules, said] of [
    [policy, "Sent to a.b@example.com and c@example.org, not <EMAIL_9>; copy to <EMAIL_3>."],
    [kept, "Sent to <EMAIL_1> and <EMAIL_2>, not <EMAIL_9>; copy to <EMAIL_3>."],
  ] as const) {
    for (const size of [1, 3, 100]) {
      const { url, seen } = await startGuarded(await guardOf(rules), saying(answer, size));
      const messages = [{ role: "user", content: asked }];
      expect(JSON.parse(await post(url, messages)).choices[0].message.content).toBe(said);
      expect(joinChunks(await post(url, messages, { stream: true }))).toBe(said);
      for (const { body } of seen) {
        expect(JSON.parse(body).messages).toEqual([{ role: "user", content: "Write to <EMAIL_1>, and to <EMAIL_2>." }]);
      }
    }
  }
});

test("names are the same in the next request of a conversation, and nothing that was put back is sent on", async () => {
  const { url, seen } = await startGuarded(await guardOf(policy), saying("Fine."));
  const call = { name: "mail", arguments: '{"to":"a.b@example.com"}' };
  await post(url, [
    { role: "user", content: asked },
    { role: "assistant", content: "Sent to a.b@example.com; copy to <EMAIL_3>.", tool_calls: [{ function: call }] },
    { role: "tool", content: "no such address: c@example.org" },
    { role: "user", content: [{ type: "text", text: "Then d@example.org, please, or a.b@example.com." }] },
  ]);
  const sent = JSON.parse(seen[0]?.body ?? "").messages;
  expect(sent.map(({ content }: { content: unknown }) => content)).toEqual([
    "Write to <EMAIL_1>, and to <EMAIL_2>.",
    "Sent to <EMAIL_1>; copy to <EMAIL_3>.",
    "no such address: <EMAIL_2>",
    // The name that an answer had is not given anew.
    [{ type: "text", text: "Then <EMAIL_4>, please, or <EMAIL_1>." }],
  ]);
  expect(sent[1].tool_calls[0].function.arguments).toBe('{"to":"<EMAIL_1>"}');
});

test("in the arguments of calls too, whole and streamed", async () => {
  const calls = [
    {
      index: 0,
      id: "1",
      type: "function",
      function: { name: "mail", arguments: '{"to":"<EMAIL_1>","cc":"x@example.net"}' },
    },
  ];
  const reply: Reply = ({ body }, response) => {
    const isStream = JSON.parse(body).stream === true;
    const choice = isStream
      ? { index: 0, delta: { tool_calls: calls }, finish_reason: "tool_calls" }
      : { index: 0, message: { content: null, tool_calls: calls }, finish_reason: "tool_calls" };
    const text = JSON.stringify({ choices: [choice] });
    response.setHeader("content-type", isStream ? "text/event-stream" : "application/json");
    response.end(isStream ? `data: ${text}\n\ndata: [DONE]\n\n` : text);
  };
  const { url } = await startGuarded(await guardOf(policy), reply);
  for (const stream of [false, true]) {
    const text = await post(url, [{ role: "user", content: asked }], { stream });
    expect(text).toContain(JSON.stringify('{"to":"a.b@example.com","cc":"<EMAIL_3>"}'));
  }
});

test("on Anthropic's route, in results of tools and earlier calls as well", async () => {
  const { url, seen } = await startGuarded(await guardOf(policy), ({ body }, response) => {
    expect(body).not.toContain("example");
    response.setHeader("content-type", "application/json");
    const content = [
      { type: "text", text: "To <EMAIL_1>." },
      { type: "tool_use", id: "t2", name: "mail", input: { to: "<EMAIL_2>" } },
    ];
    response.end(
      JSON.stringify({ id: "m", type: "message", role: "assistant", model: "f", content, stop_reason: "tool_use" }),
    );
  });
  const client = new Anthropic({ baseURL: url.replace(/\/v1$/, ""), apiKey: "none-needed", maxRetries: 0 });
  const answer = await client.messages.create({
    model: "fake",
    max_tokens: 9,
    system: "Never write to a.b@example.com twice.",
    messages: [
      { role: "user", content: [{ type: "text", text: asked, cache_control: { type: "ephemeral" } }] },
      { role: "assistant", content: [{ type: "tool_use", id: "t1", name: "mail", input: { to: "a.b@example.com" } }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "t1", content: "c@example.org bounced" }] },
    ],
  });
  expect(answer.content).toMatchObject([
    { type: "text", text: "To a.b@example.com." },
    { type: "tool_use", input: { to: "c@example.org" } },
  ]);
  const sent = JSON.parse(seen[0]?.body ?? "");
  expect(sent.messages[0].content).toEqual([
    { type: "text", text: "Write to <EMAIL_1>, and to <EMAIL_2>.", cache_control: { type: "ephemeral" } },
  ]);
  expect(sent.messages[2].content[0]).toMatchObject({ tool_use_id: "t1", content: "<EMAIL_2> bounced" });
});

test("inside the AI SDK, and around a model of ours", async () => {
  const { url, seen } = await startUpstream(saying("To <EMAIL_2>.", 2));
  const inner = createOpenAI({ baseURL: url, apiKey: "none-needed" }).chat("fake");
  const model = wrapLanguageModel({ model: inner, middleware: guard({ policy: await guardOf(policy) }) });
  expect((await generateText({ model, prompt: asked })).text).toBe("To c@example.org.");
  expect(await streamText({ model, prompt: asked }).text).toBe("To c@example.org.");
  expect(seen.map(({ body }) => JSON.parse(body).messages[0].content)).toEqual(
    Array(2).fill("Write to <EMAIL_1>, and to <EMAIL_2>."),
  );
  const scripted = scriptedModel({ generate: ({ prompt }) => `I read: ${prompt}` });
  const own = guardedModel(scripted, await guardOf(policy));
  const requests = [{ id: "a", prompt: asked, seed: 1 }];
  for await (const { text } of own.generate(requests, { maxTokens: 9 })) expect(text).toBe(`I read: ${asked}`);
});

test("a span that cannot be masked where it stands is not sent", async () => {
  const rules = `rules: [{ id: split, principle: privacy, pattern: "one\\ntwo", stage: input, action: mask }]\n`;
  const { url, seen } = await startGuarded(await guardOf(rules), saying("Fine."));
  const text = await post(url, [
    { role: "user", content: "one" },
    { role: "user", content: "two" },
  ]);
  expect(text).toContain("not_guarded");
  expect(seen).toEqual([]);
});

test.each([
  ["rules: [{ id: a, principle: privacy, pattern: x, stage: input, restore: true }]", /2:64 [^\n]*only what is masked/],
  ["rules: [{ id: a, principle: privacy, pattern: x, action: mask, restore: true }]", /2:64 [^\n]*only masks of input/],
])("%s is refused", async (rules, message) => {
  await expect(guardOf(rules)).rejects.toThrow(message);
});

test("names are put back alike however a text was cut, and no beginning of one is ever shown", () => {
  const masks = new Masks();
  masks.nameOf({ check: "pii.email" }, "a@b.example", true);
  masks.nameOf({ check: "pii.iban" }, 'a "quoted" <value>', true);
  masks.nameOf({ check: "words" }, "not put back");
  const part = fc.constantFrom("<EMAIL_1>", "<IBAN_1>", "<WORDS_1>", "<EMAIL_1", "<", "<EM", "1>", "x", "<EMAIL_2>");
  const texts = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(texts, fc.array(fc.nat(40), { maxLength: 8 }), (text, places) => {
      const ends = [...places.filter((place) => place < text.length).sort((a, b) => a - b), text.length];
      const restorer = new Restorer(masks);
      let said = "";
      let length = 0;
      for (const [index, end] of ends.entries()) {
        const own = text.slice(ends[index - 1] ?? 0, end);
        const isEnd = index === ends.length - 1;
        const pieces = restorer.push([{ text: own, length: own.length, isOwn: true }], isEnd);
        for (const piece of pieces) {
          said += piece.text;
          length += piece.length;
        }
        // Whatever was shown so far stands so in the end: no name is half shown.
        expect(masks.restore(text).startsWith(said)).toBe(true);
      }
      expect(said).toBe(masks.restore(text));
      expect(length).toBe(text.length);
    }),
    { numRuns: 500, seed: 3 },
  );
  expect(masks.restore("<EMAIL_1>, <IBAN_1>, <WORDS_1>")).toBe('a@b.example, a "quoted" <value>, <WORDS_1>');
  expect(JSON.parse(masks.restoreJson('{"a":"\\u003cIBAN_1\\u003e"}'))).toEqual({ a: 'a "quoted" <value>' });
});

test("whatever is masked is hidden wherever it stands as a word, also in JSON, and comes back the same", () => {
  const word = fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }).filter((text) => !/[<>]/.test(text));
  fc.assert(
    fc.property(fc.uniqueArray(word, { minLength: 1, maxLength: 4 }), (values) => {
      const masks = new Masks();
      const names = values.map((value) => masks.nameOf({ check: "words" }, value, true));
      const held = values.map((value) => `<${value}>`);
      expect(masks.hide(held)).toEqual(names.map((name) => `<${name}>`));
      const json = JSON.stringify({ held });
      expect(JSON.parse(masks.restoreJson(masks.hide(json)))).toEqual({ held });
    }),
    { numRuns: 300, seed: 6, examples: [[["a-b@example.org"]], [["x/y", "x"]]] },
  );
  const masks = new Masks();
  masks.reserve("<NUMBER_999999999> <OTHER_1000000>");
  masks.nameOf({ check: "number" }, "10");
  expect(masks.restore(masks.nameOf({ check: "other" }, "x", true))).toBe("x");
  expect(masks.hide("10, 100 and 10.")).toBe("<NUMBER_1>, 100 and <NUMBER_1>.");
});
