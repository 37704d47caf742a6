import { expect, test } from "vitest";
import { guardOf } from "./fake-upstream.test-support.ts";
import { type GuardObserved, proxyApp, type Upstream } from "./index.ts";

const masked = "kind: pii, kinds: [email], stage: [input, output, tool-call], action: mask, restore: true";
const policyIn = (mode: string): string => `mode: ${mode}
route: { or: "A colleague will answer." }
principles: { no-commitments: { say: "No offers here." } }
rules:
  - { id: words, principle: no-commitments, pattern: "legally binding", stage: [output, tool-call, reasoning] }
  - { id: mail, principle: privacy, ${masked} }
`;
const say = "To <EMAIL_1> and boss@example.net: ";
const call = '{"to":"<EMAIL_1>"}';

/** What a model's server answers on each route: a thought, a text and a call of a tool. */
const routes = {
  "/v1/chat/completions": {
    body: { messages: [{ role: "user", content: "I am a@example.org" }] },
    whole: (text: string) => {
      const tool_calls = [{ id: "1", type: "function", function: { name: "mail", arguments: call } }];
      return {
        choices: [{ index: 0, message: { reasoning: "Hm.", content: text, tool_calls }, finish_reason: "stop" }],
      };
    },
    events: (text: string) => {
      const tool_calls = [{ index: 0, id: "1", function: { name: "mail", arguments: call } }];
      const deltas = [{ reasoning: "Hm." }, ...[...text].map((content) => ({ content })), { tool_calls }];
      return [...deltas.map((delta) => ({ delta })), { delta: {}, finish_reason: "stop" }].map((choice) => ({
        choices: [{ index: 0, ...choice }],
      }));
    },
  },
  "/v1/messages": {
    body: { max_tokens: 9, messages: [{ role: "user", content: "I am a@example.org" }] },
    whole: (text: string) => ({
      type: "message",
      content: [
        { type: "thinking", thinking: "Hm." },
        { type: "text", text },
        { type: "tool_use", id: "1", name: "mail", input: JSON.parse(call) },
      ],
    }),
    events: (text: string) => [
      { type: "message_start", message: {} },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      ...[...text].map((own) => ({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: own } })),
      { type: "content_block_stop", index: 0 },
      { type: "content_block_start", index: 1, content_block: { type: "tool_use", id: "1", name: "mail" } },
      { type: "content_block_delta", index: 1, delta: { type: "input_json_delta", partial_json: call } },
      { type: "content_block_stop", index: 1 },
      { type: "message_stop" },
    ],
  },
  "/v1/responses": {
    body: { input: "I am a@example.org" },
    whole: (text: string) => ({
      output: [
        { type: "reasoning", id: "r", summary: [{ type: "summary_text", text: "Hm." }] },
        { type: "message", id: "m", content: [{ type: "output_text", text }] },
        { type: "function_call", id: "c", call_id: "c", name: "mail", arguments: call },
      ],
    }),
    events: (text: string) => [
      { type: "response.created", response: {} },
      { type: "response.output_item.added", output_index: 0, item: { type: "message", id: "m", content: [] } },
      ...[...text].map((delta) => ({ type: "response.output_text.delta", output_index: 0, content_index: 0, delta })),
      { type: "response.output_item.done", output_index: 0, item: { type: "message", id: "m" } },
      {
        type: "response.output_item.added",
        output_index: 1,
        item: { type: "function_call", name: "mail", arguments: "" },
      },
      { type: "response.function_call_arguments.delta", output_index: 1, delta: call },
      {
        type: "response.output_item.done",
        output_index: 1,
        item: { type: "function_call", name: "mail", arguments: call },
      },
      { type: "response.completed", response: {} },
    ],
  },
} as const;

const cases = Object.keys(routes).flatMap((path) =>
  ["block", "route"].flatMap((mode) =>
    [true, false].flatMap((stream) =>
      [true, false].map((isFair) => ({ path: path as keyof typeof routes, mode, stream, isFair })),
    ),
  ),
);

test.each(cases)(
  "$path, $mode, stream $stream, fair $isFair: what was delivered was checked, nothing leaked",
  async ({ path, mode, stream, isFair }) => {
    const { body, whole, events } = routes[path];
    const text = `${say}${isFair ? "fair." : "legally binding."}`;
    const lines = events(text).map((event) => `data: ${JSON.stringify(event)}\n\n`);
    const upstream: Upstream = {
      name: "fake",
      async fetch(request) {
        expect(await request.text()).not.toContain("a@example.org");
        return stream ? new Response(lines.join("")) : Response.json(whole(text));
      },
    };
    const seen: GuardObserved[] = [];
    const guard = await guardOf(policyIn(mode), (event) => seen.push(event));
    const asked = JSON.stringify({ ...body, stream });
    const response = await proxyApp(guard, upstream).request(path, { method: "POST", body: asked });
    const answer = await response.text();
    expect(answer).not.toMatch(/legally|boss@example/);
    const stages = seen.filter(({ coverage }) => coverage.delivered > 0).map(({ stage }) => stage);
    if (isFair) {
      expect(answer).toContain("a@example.org");
      expect(stages).toEqual(expect.arrayContaining(["output", "tool-call"]));
    }
    for (const { coverage, status, action } of seen) {
      expect(status).toBe("checked");
      expect(coverage.delivered).toBeLessThanOrEqual(coverage.checked);
      expect(coverage.leaked).toBe(0);
      if (action === "route") expect(coverage.delivered).toBe(0);
    }
  },
);
