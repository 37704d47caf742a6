import { createOpenAI } from "@ai-sdk/openai";
import Anthropic from "@anthropic-ai/sdk";
import { streamText, wrapLanguageModel } from "ai";
import fc from "fast-check";
import OpenAI from "openai";
import { expect, test } from "vitest";
import type { GenerationRequest } from "../language-model.ts";
import { type Script, scriptedModel } from "../models/index.ts";
import { guardOf, type Reply, saying, startGuarded, startUpstream } from "./fake-upstream.test-support.ts";
import { type GuardObserved, guard } from "./index.ts";

const policy = `mode: revise
stream: mend
checks: { critic: { model: "openai:stands-for-the-script" } }
principles: { no-commitments: { say: "No offers here." } }
rules:
  - { id: words, principle: no-commitments, pattern: "legally binding|my offer" }
  - { id: mail, principle: privacy, kind: pii, kinds: [email], action: mask }
`;
const isRevision = ({ prompt }: GenerationRequest): boolean => JSON.stringify(prompt).includes("Reply with the text");

/** A critic that finds a breach and goes on with these words. */
function mending(rest: string, seen: (string | undefined)[] = []) {
  const generate: NonNullable<Script["generate"]> = (request) => {
    if (!isRevision(request)) return "It binds.\n\nFinding: breaks";
    seen.push(request.prefill);
    return rest;
  };
  return scriptedModel({ generate });
}

const breach = "Mail a@example.org. And that is legally binding, no way back.";

test("what was delivered stays, and the rest is rewritten from there, in one text", async () => {
  const seen: (string | undefined)[] = [];
  const events: GuardObserved[] = [];
  const opened = await guardOf(policy, (event) => events.push(event), { critic: mending("the listed price. ", seen) });
  const { url } = await startGuarded(opened, saying(breach));
  const body = JSON.stringify({ stream: true, messages: [{ role: "user", content: "A deal?" }] });
  const text = await (await fetch(`${url}/chat/completions`, { method: "POST", body })).text();
  const chunks = [...text.matchAll(/^data: (\{.*\})$/gm)].map(([, json = ""]) => JSON.parse(json));
  const said = chunks.map(({ choices }) => choices[0].delta.content ?? "").join("");
  expect(said).toBe("Mail <EMAIL_1>. And that is the listed price.");
  expect(chunks.at(-1)).toMatchObject({ choices: [{ finish_reason: "stop" }], precept: { action: "revise" } });
  expect(chunks.at(-1).precept.retract).toBeUndefined();
  // The start has no white space at its end, and no text that is masked.
  expect(seen).toEqual(["Mail <EMAIL_1>. And that is"]);
  expect(events.at(-1)).toMatchObject({ action: "revise", coverage: { leaked: 0 } });
});

test("inside the AI SDK it is one text too", async () => {
  const { url } = await startUpstream(saying(breach));
  const inner = createOpenAI({ baseURL: url, apiKey: "none-needed" }).chat("fake");
  const opened = await guardOf(policy, undefined, { critic: mending("the listed price.") });
  const stream = streamText({
    model: wrapLanguageModel({ model: inner, middleware: guard({ policy: opened }) }),
    prompt: "A deal?",
  });
  expect(await stream.text).toBe("Mail <EMAIL_1>. And that is the listed price.");
  expect(await stream.finishReason).toBe("stop");
});

/** These events as a server writes them. */
const writing =
  (...events: readonly { readonly type: string; readonly [key: string]: unknown }[]): Reply =>
  (_, response) => {
    response.setHeader("content-type", "text/event-stream");
    for (const event of events) response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    response.end();
  };
const mended = "Mail <EMAIL_1>. And that is the listed price.";

test("on Anthropic's route it is one block", async () => {
  const opened = await guardOf(policy, undefined, { critic: mending("the listed price.") });
  const head = {
    id: "m",
    type: "message",
    role: "assistant",
    model: "f",
    usage: { input_tokens: 1, output_tokens: 1 },
  };
  const { url } = await startGuarded(
    opened,
    writing(
      { type: "message_start", message: { ...head, content: [] } },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: breach } },
      { type: "content_block_stop", index: 0 },
      { type: "message_stop" },
    ),
  );
  const client = new Anthropic({ baseURL: url.replace(/\/v1$/, ""), apiKey: "none-needed", maxRetries: 0 });
  const ask = { model: "fake", max_tokens: 99, messages: [{ role: "user" as const, content: "A deal?" }] };
  const answer = await client.messages.stream(ask).finalMessage();
  expect(answer.content).toMatchObject([{ type: "text", text: mended }]);
  expect(answer.stop_reason).toBe("end_turn");
});

test("of OpenAI's responses it is one message", async () => {
  const opened = await guardOf(policy, undefined, { critic: mending("the listed price.") });
  const item = { type: "message", id: "m", role: "assistant", content: [] };
  const { url } = await startGuarded(
    opened,
    writing(
      { type: "response.created", response: { id: "r", object: "response", status: "in_progress", output: [] } },
      { type: "response.output_item.added", output_index: 0, item },
      { type: "response.output_text.delta", output_index: 0, content_index: 0, item_id: "m", delta: breach },
      { type: "response.output_text.done", output_index: 0, content_index: 0, item_id: "m", text: breach },
    ),
  );
  const client = new OpenAI({ baseURL: url, apiKey: "none-needed", maxRetries: 0 });
  const answer = await client.responses.stream({ model: "fake", input: "A deal?" }).finalResponse();
  expect(answer.output).toMatchObject([{ type: "message", content: [{ text: mended }] }]);
  expect(answer.status).toBe("completed");
});

test("what breaks the principle again, speaks of the rewriting, or does not come is blocked", async () => {
  for (const rest of ["my offer, still.", "Here is a revised response: fine.", ""]) {
    const opened = await guardOf(policy, undefined, { critic: mending(rest) });
    const { url } = await startGuarded(opened, saying(breach));
    const body = JSON.stringify({ stream: true, messages: [{ role: "user", content: "A deal?" }] });
    const text = await (await fetch(`${url}/chat/completions`, { method: "POST", body })).text();
    expect(text).toContain("No offers here.");
    expect(text).toMatch(/"finish_reason":"content_filter"[^\n]*"retract"/);
  }
});

test("the same text is mended alike however it was cut", async () => {
  const opened = await guardOf(policy, undefined, { critic: mending("a price.") });
  const read = async (pieces: readonly string[]) => {
    const text = opened.begin({ turns: [{ role: "user", text: "hi" }] }).open("output");
    let said = "";
    for (const piece of pieces) for (const { text: own } of await text.push(piece)) said += own;
    const { pieces: rest, verdict } = await text.end();
    for (const { text: own } of rest) said += own;
    return { said, verdict, revision: text.revision };
  };
  const part = fc.constantFrom(
    "legally ",
    "binding",
    "my off",
    "er",
    " a@example.org ",
    "a@exam",
    "ple.org",
    "x",
    " ",
    "😀",
  );
  const actions = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(part, { maxLength: 9 }),
      fc.array(fc.nat(60), { maxLength: 9 }),
      async (parts, places) => {
        const whole = parts.join("");
        const ends = [...places.filter((place) => place < whole.length).sort((a, b) => a - b), whole.length];
        const once = await read([whole]);
        actions.add(once.verdict.action);
        expect(await read(ends.map((end, index) => whole.slice(ends[index - 1] ?? 0, end)))).toEqual(once);
      },
    ),
    { numRuns: 200, seed: 8 },
  );
  expect(actions).toEqual(new Set(["pass", "mask", "revise"]));
});

test("a critic that takes no start, and a policy that mends nothing, do not start", async () => {
  const critic = mending("x");
  const without = { ...critic, capabilities: { ...critic.capabilities, prefill: false } };
  await expect(guardOf(policy, undefined, { critic: without })).rejects.toThrow(/cannot go on from a given start/);
  for (const wrong of [
    policy.replace("mode: revise", "mode: block"),
    policy.replace("mode: revise", "mode: route\nroute: { or: no }"),
    policy.replace('script"', 'script", when: always'),
  ]) {
    await expect(guardOf(wrong)).rejects.toThrow(/stream: mend is for mode: revise/);
  }
});
