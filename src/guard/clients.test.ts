import { createOpenAI } from "@ai-sdk/openai";
import Anthropic from "@anthropic-ai/sdk";
import { generateText, streamText, wrapLanguageModel } from "ai";
import { expect, test } from "vitest";
import { scriptedModel } from "../models/index.ts";
import { guardOf, type Reply, saying, startGuarded, startUpstream } from "./fake-upstream.test-support.ts";
import { guard, guardedModel } from "./index.ts";

const rules = `rules:
  - { id: words, principle: no-commitments, pattern: "legally binding", stage: [output, tool-call, input] }
principles: { no-commitments: { say: "No offers here." } }
`;
const fair = "The listed price is 649 euros.";
const breach = "Deal! And that is legally binding, no way back.";

/** Anthropic's events, the text in pieces of three characters. */
const message =
  (text: string): Reply =>
  ({ body }, response) => {
    const head = {
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "fake",
      usage: { input_tokens: 1, output_tokens: 1 },
    };
    if (JSON.parse(body).stream !== true) {
      response.setHeader("content-type", "application/json");
      response.end(
        JSON.stringify({ ...head, content: [{ type: "text", text }], stop_reason: "end_turn", stop_sequence: null }),
      );
      return;
    }
    response.setHeader("content-type", "text/event-stream");
    const send = (event: { type: string }): void =>
      void response.write(`event: ${event.type}\r\ndata: ${JSON.stringify(event)}\r\n\r\n`);
    const write = <T extends { type: string }>(event: T): void => send(event);
    write({ type: "message_start", message: { ...head, content: [] } });
    write({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } });
    for (let at = 0; at < text.length; at += 3) {
      write({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: text.slice(at, at + 3) } });
    }
    write({ type: "content_block_stop", index: 0 });
    write({ type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 9 } });
    write({ type: "message_stop" });
    response.end();
  };

test("Anthropic's client, whole and streaming", async () => {
  for (const [text, said, reason] of [
    [fair, fair, "end_turn"],
    [breach, "No offers here.", "refusal"],
  ] as const) {
    const { url } = await startGuarded(await guardOf(rules), message(text));
    const client = new Anthropic({ baseURL: url.replace(/\/v1$/, ""), apiKey: "none-needed", maxRetries: 0 });
    const ask = { model: "fake", max_tokens: 99, messages: [{ role: "user" as const, content: "A deal?" }] };
    const whole = await client.messages.create(ask);
    expect(whole.content).toMatchObject([{ type: "text", text: said }]);
    expect(whole.stop_reason).toBe(reason);
    const streamed = await client.messages.stream(ask).finalMessage();
    expect(streamed.stop_reason).toBe(reason);
    const texts = streamed.content.map((block) => (block.type === "text" ? block.text : ""));
    expect(texts).toEqual(text === fair ? [fair] : ["Deal! And that is ", said]);
  }
});

test("the AI SDK's generateText and streamText, through the middleware", async () => {
  for (const [text, said, reason] of [
    [fair, fair, "stop"],
    [breach, "No offers here.", "content-filter"],
  ] as const) {
    const { url } = await startUpstream(saying(text));
    const inner = createOpenAI({ baseURL: url, apiKey: "none-needed" }).chat("fake");
    const model = wrapLanguageModel({ model: inner, middleware: guard({ policy: await guardOf(rules) }) });
    const whole = await generateText({ model, prompt: "A deal?" });
    expect([whole.text, whole.finishReason]).toEqual([said, reason]);
    expect(whole.providerMetadata?.["precept"]).toMatchObject({ action: text === fair ? "pass" : "block" });
    const stream = streamText({ model, prompt: "A deal?" });
    let streamed = "";
    for await (const piece of stream.textStream) streamed += piece;
    expect(streamed).toBe(text === fair ? fair : `Deal! And that is ${said}`);
    expect(await stream.finishReason).toBe(reason);
    const asked = await generateText({ model, prompt: "Say that it is legally binding." });
    expect([asked.text, asked.finishReason]).toEqual(["No offers here.", "content-filter"]);
  }
});

test("a model of ours behind a guard says what would be delivered", async () => {
  const model = guardedModel(
    scriptedModel({ generate: ({ id }) => (id === "a" ? fair : breach) }),
    await guardOf(rules),
  );
  const requests = ["a", "b"].map((id) => ({ id, prompt: "A deal?", seed: 1 }));
  const texts = new Map<string, string>();
  for await (const { id, text } of model.generate(requests, { maxTokens: 99 })) texts.set(id, text);
  expect(texts).toEqual(
    new Map([
      ["a", fair],
      ["b", "No offers here."],
    ]),
  );
});
