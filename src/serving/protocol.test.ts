import { describe, expect, it } from "vitest";
import { ApiError, chatRequest, completionRequest, parseBody } from "./protocol.ts";

const messages = [{ role: "user", content: "Hi" }];
const fault = (read: () => unknown): ApiError => {
  try {
    read();
  } catch (error) {
    if (error instanceof ApiError) return error;
  }
  throw new Error("it was taken");
};
const faultOfChat = (more: object): ApiError => fault(() => parseBody(chatRequest, { messages, ...more }));
const faultOfText = (more: object): ApiError => fault(() => parseBody(completionRequest, { prompt: "a", ...more }));

describe("a field that would change the answer", () => {
  const tool = { type: "function", function: { name: "look", parameters: {} } };
  it.each([
    ["tools", [tool]],
    ["tool_choice", "required"],
    ["tool_choice", { type: "function", function: { name: "look" } }],
    ["functions", [{ name: "look" }]],
    ["function_call", { name: "look" }],
    ["response_format.type", { type: "json_object" }, "response_format"],
    ["response_format.json_schema.name", { type: "json_schema", json_schema: { schema: {} } }, "response_format"],
    ["modalities.1", ["text", "audio"], "modalities"],
    ["audio", { voice: "alloy", format: "wav" }],
    ["reasoning_effort", "low"],
    ["verbosity", "low"],
    ["web_search_options", {}],
    ["chat_template_kwargs", "enable_thinking"],
    ["moderation", { model: "omni-moderation-latest" }],
    ["suffix", "b"],
    ["echo", true],
    ["max_output_tokens", 5],
    ["system", "be brief"],
    ["stop_sequences", ["a"]],
    ["thinking", { type: "enabled" }],
    ["temprature", 0],
    ["guided_json", {}],
    ["stream_options.continuous_usage_stats", { continuous_usage_stats: true }, "stream_options"],
  ])("of a chat is refused by name: %s", (param, value, field = param) => {
    const error = faultOfChat({ [field]: value });
    expect([error.status, error.param]).toEqual([400, param]);
    expect(error.message).toContain(`${param}: `);
  });

  it.each([
    ["frequency_penalty", 0.5],
    ["presence_penalty", -1],
    ["repetition_penalty", 1.1],
    ["logit_bias", { 5: -100 }],
    ["top_k", 40],
    ["min_p", 0.1],
    ["n", 0],
    ["seed", 1.5],
    ["max_tokens", -1],
    ["stop", Array.from({ length: 17 }, (_, n) => `${n}`)],
    ["stop", 5],
  ])("is refused by name in both: %s", (param, value) => {
    for (const error of [faultOfChat({ [param]: value }), faultOfText({ [param]: value })])
      expect([error.status, error.param]).toEqual([400, param]);
  });

  it.each([
    ["best_of", 3],
    ["suffix", "b"],
    ["messages", messages],
    ["max_completion_tokens", 5],
  ])("of a completion is refused by name: %s", (param, value) => {
    expect(faultOfText({ [param]: value })).toMatchObject({ status: 400, param });
  });

  it.each([
    ["name", "Ada"],
    ["tool_calls", [{ id: "1", type: "function", function: { name: "look", arguments: "{}" } }]],
    ["tool_call_id", "1"],
    ["function_call", { name: "look", arguments: "{}" }],
    ["refusal", "No."],
    ["reasoning_content", "Hm."],
    ["prefix", true],
  ])("of a turn is refused by name: %s", (name, value) => {
    const error = faultOfChat({ messages: [...messages, { role: "assistant", content: "a", [name]: value }] });
    expect(error.param).toBe(`messages.1.${name}`);
  });
});

it("takes what changes nothing: who asks and what is kept, defaults written out, and a turn of ours sent back", () => {
  const idle = {
    user: "u",
    safety_identifier: "s",
    metadata: { a: "b" },
    store: true,
    service_tier: "flex",
    prompt_cache_key: "k",
    prompt_cache_retention: "24h",
    frequency_penalty: 0,
    presence_penalty: null,
    logit_bias: {},
    top_k: -1,
    min_p: 0,
    stop: null,
    seed: null,
    stream_options: { include_usage: true, include_obfuscation: false },
  };
  const chat = {
    ...idle,
    tools: [],
    tool_choice: "auto",
    parallel_tool_calls: true,
    function_call: "none",
    response_format: { type: "text" },
    modalities: ["text"],
    prediction: { type: "content", content: "a" },
    reasoning_effort: null,
    verbosity: "medium",
  };
  const ours = { role: "assistant", content: "Hi", refusal: null, annotations: [], tool_calls: null, audio: null };
  expect(parseBody(chatRequest, { messages: [...messages, ours], ...chat }).messages).toHaveLength(2);
  expect(parseBody(completionRequest, { prompt: "a", ...idle, best_of: 1, suffix: null, echo: false }).prompt).toBe(
    "a",
  );
});
