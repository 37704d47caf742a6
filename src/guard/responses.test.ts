import { createOpenAI } from "@ai-sdk/openai";
import { generateText, streamText } from "ai";
import fc from "fast-check";
import OpenAI from "openai";
import { expect, test } from "vitest";
import { ResponseStream } from "./adapters/responses-stream.ts";
import { guardOf, type Reply, startGuarded } from "./fake-upstream.test-support.ts";
import type { GuardObserved } from "./index.ts";

const policy = `rules:
  - { id: words, principle: no-commitments, pattern: "legally binding", stage: [output, reasoning, tool-call, input, tool-result] }
  - { id: pii, principle: privacy, kind: pii, kinds: [email], stage: [input, tool-result, output], action: mask, restore: true }
principles: { no-commitments: { say: "No offers here." } }
`;
const fair = "The listed price is 649 euros.";
const breach = "Deal! And that is legally binding, no way back.";

type Item = { readonly type: string; readonly [key: string]: unknown };
const message = (text: string): Item => {
  const content = [{ type: "output_text", text, annotations: [{ type: "url_citation", title: "legally binding" }] }];
  return { type: "message", id: "m1", role: "assistant", status: "completed", content };
};
const call = (given: string, id = "c1"): Item => {
  return { type: "function_call", id, call_id: id, name: "mail", arguments: given, status: "completed" };
};
const thought = (text: string): Item => {
  return { type: "reasoning", id: "r1", summary: [{ type: "summary_text", text }], encrypted_content: "sealed" };
};

/** OpenAI's events for one item, its texts in pieces of these sizes, in turns. */
function* eventsOf(item: Item, output_index: number, sizes: readonly number[] = [3]): Generator<Item> {
  const at = { output_index, item_id: item["id"] };
  const cut = function* (text: string): Generator<string> {
    let turn = 0;
    for (let at = 0; at < text.length; ) {
      const size = sizes[turn++ % sizes.length] ?? 1;
      yield text.slice(at, at + size);
      at += size;
    }
  };
  yield {
    type: "response.output_item.added",
    output_index,
    item: { ...item, content: [], summary: [], arguments: "" },
  };
  if (item.type === "function_call") {
    const given = String(item["arguments"]);
    for (const delta of cut(given)) yield { type: "response.function_call_arguments.delta", ...at, delta };
    yield { type: "response.function_call_arguments.done", ...at, arguments: given };
  }
  const isThought = item.type === "reasoning";
  const [part] = (isThought ? item["summary"] : (item["content"] ?? [])) as Item[];
  if (part !== undefined) {
    const text = String(part["text"]);
    const place = { ...at, [isThought ? "summary_index" : "content_index"]: 0 };
    const name = isThought ? "response.reasoning_summary" : "response.output";
    const kind = isThought ? "response.reasoning_summary_part" : "response.content_part";
    yield { type: `${kind}.added`, ...place, part: { ...part, text: "" } };
    for (const delta of cut(text)) yield { type: `${name}_text.delta`, ...place, delta };
    yield { type: `${name}_text.done`, ...place, text };
    yield { type: `${kind}.done`, ...place, part };
  }
  yield { type: "response.output_item.done", output_index, item };
}

/** A server of responses that answers with these items. */
const responding =
  (...output: readonly Item[]): Reply =>
  ({ body }, response) => {
    const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
    const head = { id: "resp_1", object: "response", created_at: 1, model: "fake", status: "completed", error: null };
    if (JSON.parse(body).stream !== true) {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ ...head, output, usage }));
      return;
    }
    response.setHeader("content-type", "text/event-stream");
    let sequence_number = 0;
    const send = (event: Item): void =>
      void response.write(
        `event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number: sequence_number++ })}\n\n`,
      );
    const write = (event: Item): void => send(event);
    write({ type: "response.created", response: { ...head, status: "in_progress", output: [] } });
    for (const [index, item] of output.entries()) for (const event of eventsOf(item, index)) write(event);
    write({ type: "response.completed", response: { ...head, output, usage } });
    response.end();
  };

/** What the real client reads, whole and streamed. */
async function ask(reply: Reply, input: OpenAI.Responses.ResponseCreateParams["input"] = "A deal?", rules = policy) {
  const events: GuardObserved[] = [];
  const { url, seen } = await startGuarded(await guardOf(rules, (event) => events.push(event)), reply);
  const client = new OpenAI({ baseURL: url, apiKey: "none-needed", maxRetries: 0 });
  const params = { model: "fake", input: input ?? "" };
  const whole = await client.responses.create(params);
  const stream = client.responses.stream(params);
  let pieces = "";
  stream.on("response.output_text.delta", ({ delta }) => {
    pieces += delta;
  });
  const streamed = await stream.finalResponse();
  return { whole, streamed, pieces, events, seen };
}

test("the real client, whole and streamed: what keeps the principles passes, what breaks one is stopped and named", async () => {
  const fine = await ask(responding(message(fair)));
  expect([fine.whole.output_text, fine.streamed.output_text, fine.pieces]).toEqual([fair, fair, fair]);
  expect(fine.whole.status).toBe("completed");
  expect(JSON.stringify([fine.whole, fine.streamed])).not.toContain("legally");
  const stopped = await ask(responding(message(breach)));
  expect(stopped.whole).toMatchObject({
    status: "incomplete",
    incomplete_details: { reason: "content_filter" },
    output_text: "No offers here.",
    precept: { action: "block", principle: "no-commitments" },
  });
  expect(stopped.pieces).toBe("Deal! And that is No offers here.");
  expect(stopped.streamed).toMatchObject({
    status: "incomplete",
    precept: { action: "block", retract: { from: 0 } },
  });
  expect(stopped.events.map(({ coverage }) => coverage.leaked)).toEqual([0, 0, 0, 0]);
});

test("the AI SDK's own way to OpenAI is this route", async () => {
  const { url } = await startGuarded(await guardOf(policy), responding(message(breach)));
  const model = createOpenAI({ baseURL: url, apiKey: "none-needed" })("fake");
  const whole = await generateText({ model, prompt: "A deal?" });
  expect([whole.text, whole.finishReason]).toEqual(["No offers here.", "content-filter"]);
  const stream = streamText({ model, prompt: "A deal?" });
  expect([await stream.text, await stream.finishReason]).toEqual([
    "Deal! And that is No offers here.",
    "content-filter",
  ]);
});

test("a stream says the same however it was cut", async () => {
  const guard = await guardOf(policy);
  const read = async (sizes: readonly number[], text: string) => {
    const events = [...eventsOf(message(text), 0, sizes)].map((event) => ({
      event: event.type,
      data: JSON.stringify(event),
    }));
    const end = { type: "response.completed", response: { id: "r", status: "completed" } };
    const all = [...events, { event: end.type, data: JSON.stringify(end) }];
    const stream = new ResponseStream(guard.begin({ turns: [{ role: "user", text: "hi" }] }, { traceId: "t" }));
    let said = "";
    let last: unknown;
    for await (const written of stream.guard(batchesOf(all))) {
      for (const [, json = ""] of written.matchAll(/^data: (.*)$/gm)) {
        const { type, delta, response } = JSON.parse(json);
        if (type === "response.output_text.delta") said += delta;
        last = response ?? last;
      }
    }
    return { said, last };
  };
  const part = fc.constantFrom("legally ", "binding", "legal", " a@example.org ", "a@exam", "ple.org", "x", "😀", "é");
  await fc.assert(
    fc.asyncProperty(
      fc.array(part, { minLength: 1, maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 9 }),
      async (parts, sizes) => {
        const text = parts.join("");
        expect(await read(sizes, text)).toEqual(await read([text.length], text));
      },
    ),
    { numRuns: 100, seed: 5 },
  );
});

async function* batchesOf<T>(events: readonly T[]): AsyncGenerator<T[]> {
  for (const event of events) yield [event];
}

test("input is judged: a string, items, results of tools; what a rule stops never reaches the model", async () => {
  for (const input of [
    "Is it legally binding?",
    [{ role: "user" as const, content: [{ type: "input_text" as const, text: "legally binding" }] }],
    [{ type: "function_call_output" as const, call_id: "c1", output: "It is legally binding" }],
  ]) {
    const { whole, streamed, seen } = await ask(responding(message(fair)), input);
    expect([whole.output_text, streamed.output_text]).toEqual(["No offers here.", "No offers here."]);
    expect(whole.incomplete_details?.reason).toBe("content_filter");
    expect(seen).toEqual([]);
  }
});

test("calls of tools and thoughts: read whole, taken out, or the end of the answer", async () => {
  const both = await ask(
    responding(thought("Let me see."), call('{"to":"x"}'), call('{"a":"legally\\u0020binding"}', "c2")),
  );
  for (const { output } of [both.whole, both.streamed]) {
    expect(output).toMatchObject([
      { type: "reasoning", encrypted_content: "sealed", summary: [{ text: "Let me see." }] },
      { type: "function_call", call_id: "c1", arguments: '{"to":"x"}' },
    ]);
  }
  const none = await ask(responding(call('{"a":"legally binding"}')));
  expect([none.whole.output_text, none.streamed.output_text]).toEqual(["No offers here.", "No offers here."]);
  const thinks = await ask(responding(thought("I could say legally binding."), message(fair)));
  expect([thinks.whole.output_text, thinks.streamed.status]).toEqual(["No offers here.", "incomplete"]);
  expect(JSON.stringify(thinks)).not.toContain("legally binding.");
});

test("masks of the input are sent, kept in earlier calls, and put back", async () => {
  const input: OpenAI.Responses.ResponseInput = [
    { role: "user", content: "I am a@example.org" },
    { type: "function_call", call_id: "c0", name: "look", arguments: '{"who":"a@example.org"}' },
    { type: "function_call_output", call_id: "c0", output: "b@example.org is free" },
  ];
  const answer = responding(message("Written to <EMAIL_2>."), call('{"to":"<EMAIL_1>"}'));
  const { whole, streamed, pieces, seen } = await ask(answer, input);
  expect([whole.output_text, streamed.output_text, pieces]).toEqual(Array(3).fill("Written to b@example.org."));
  for (const { output } of [whole, streamed]) expect(output[1]).toMatchObject({ arguments: '{"to":"a@example.org"}' });
  for (const { body } of seen) expect(body).not.toContain("example");
  expect(seen).toHaveLength(2);
});

test.each([
  [
    "an item that is not known",
    { type: "web_search_call", id: "w1", status: "completed" },
    /cannot be (?:checked|read)/,
  ],
  ["a part that is not known", { type: "message", id: "m", content: [{ type: "output_audio" }] }, /cannot be read/],
])("%s ends the answer", async (_, item, message_) => {
  const { url } = await startGuarded(await guardOf(policy), responding(item, message(fair)));
  for (const stream of [false, true]) {
    const body = JSON.stringify({ model: "fake", input: "hi", stream });
    const text = await (await fetch(`${url}/responses`, { method: "POST", body })).text();
    if (!stream || item.type !== "message") expect(text).toMatch(message_);
    expect(text).not.toContain(stream && item.type === "message" ? "output_audio" : fair);
  }
});

test("an event that is not known ends a stream; history that the guard cannot see is closed; observe changes nothing", async () => {
  const odd: Reply = (_, response) => {
    response.setHeader("content-type", "text/event-stream");
    response.end(
      'data: {"type":"response.audio.delta","delta":"x"}\n\ndata: {"type":"response.output_text.delta","delta":"x"}\n\n',
    );
  };
  const post = async (rules: string, reply: Reply, body: object) => {
    const { url, seen } = await startGuarded(await guardOf(rules), reply);
    const response = await fetch(`${url}/responses`, {
      method: "POST",
      body: JSON.stringify({ input: "hi", ...body }),
    });
    return { text: await response.text(), seen };
  };
  expect((await post(policy, odd, { stream: true })).text).toMatch(/unknown_event[^x]*response\.audio\.delta/);
  const hidden = await post(policy, responding(message(fair)), { previous_response_id: "resp_0" });
  expect(hidden.text).toContain("This cannot be checked here: previous_response_id");
  expect(hidden.seen).toEqual([]);
  const observed = await post(`mode: observe\n${policy}`, responding(message(breach)), {});
  expect(JSON.parse(observed.text).output[0].content[0].text).toBe(breach);
});
