import { createOpenAI } from "@ai-sdk/openai";
import { streamText, wrapLanguageModel } from "ai";
import { expect, test } from "vitest";
import { createConstitution } from "../constitution/index.ts";
import { countCharacters } from "./adapters/ahead.ts";
import { guardOf, type Reply, saying, startGuarded } from "./fake-upstream.test-support.ts";
import {
  type GuardObserved,
  guard,
  proxyApp,
  type TokenClassifier,
  type TokenReadings,
  type Upstream,
} from "./index.ts";
import { principleHash } from "./principle-hash.ts";

const policy = `checks: { input: heads }
principles: { privacy: { say: "Not that." } }
rules: [{ id: words, principle: no-commitments, pattern: "legally binding", stage: [input, output] }]
`;
const [principle] = createConstitution({
  name: "one",
  principles: [{ id: "privacy", text: "The assistant keeps personal data to itself." }],
}).principles;

/** A guard model of the input that takes its time, and hates the word "secret". */
function slowHeads(wait: () => Promise<void>): TokenClassifier {
  if (principle === undefined) throw new RangeError("no principle");
  const head = { id: principle.id, hash: principleHash(principle), slope: 1, offset: 0 };
  const readWords = async (text: string): Promise<TokenReadings> => {
    await wait();
    const words = [...text.matchAll(/\S+/g)];
    const logits = words.map(([word]) => (word === "secret" ? 9 : -9));
    return { ends: words.map(({ 0: word, index }) => index + word.length), logits: Float32Array.from(logits) };
  };
  return {
    place: "heads",
    file: {
      schemaVersion: 1,
      constitutionHash: "c",
      side: "input",
      principles: [head],
      window: 1,
      holdTokens: 1,
      tokenizerHash: "t",
      recordsHash: "r",
    },
    read: (_, text) => readWords(text),
    open: () => ({ read: async (text) => ({ from: 0, ...(await readWords(text)) }), close: () => undefined }),
    dispose: async () => undefined,
  };
}

/** A moment that somebody tells of. */
function signal(): { readonly told: Promise<void>; readonly tell: () => void } {
  let tell = (): void => undefined;
  const told = new Promise<void>((resolve) => {
    tell = resolve;
  });
  return { told, tell };
}

const streamOf = (text: string): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: text } }] })}\n\n`;

/** Asks through the proxy; the heads speak only once `until` is there, which the model's server tells. */
async function ask(content: string, { until, reply, stream }: { until: Promise<void>; reply: Reply; stream: boolean }) {
  const events: GuardObserved[] = [];
  const options = { classifiers: [slowHeads(() => until)] };
  const { url, seen } = await startGuarded(await guardOf(policy, (event) => events.push(event), options), reply);
  const body = JSON.stringify({ model: "fake", stream, messages: [{ role: "user", content }] });
  const response = await fetch(`${url}/chat/completions`, { method: "POST", body });
  return { text: await response.text(), response, events, seen };
}

test("the model is asked while heads still read the input, and its answer waits for them", async () => {
  for (const stream of [false, true]) {
    const asked = signal();
    // The heads say nothing before the model was asked: one after the other would wait for ever.
    const reply: Reply = (seen, response) => {
      asked.tell();
      return saying("Good morning.")(seen, response);
    };
    const { text, events } = await ask("a fair question", { until: asked.told, reply, stream });
    expect(text).toContain(stream ? "Goo" : "Good morning.");
    expect(events.map(({ stage, action, wasted }) => [stage, action, wasted])).toEqual([
      ["input", "pass", undefined],
      ["output", "pass", undefined],
    ]);
  }
});

/** A model's server that writes these texts and then nothing; `read`: all of it was taken; `gone`: nobody wants the rest. */
function endlessAnswer(...texts: readonly string[]) {
  const read = signal();
  const gone = signal();
  const left = texts.map(streamOf);
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const text = left.shift();
        if (text !== undefined) controller.enqueue(new TextEncoder().encode(text));
        else setImmediate(read.tell);
      },
      cancel: gone.tell,
    },
    { highWaterMark: 0 },
  );
  const fetch = async (): Promise<Response> => new Response(body, { headers: { "content-type": "text/event-stream" } });
  return { fetch, read: read.told, gone: gone.told };
}

test("input that a head stops ends the request to the model; the audit says how much came in vain", async () => {
  const answer = endlessAnswer("Here is the ", "answer that ");
  const events: GuardObserved[] = [];
  const options = { classifiers: [slowHeads(() => answer.read)] };
  const opened = await guardOf(policy, (event) => events.push(event), options);
  const ended = signal();
  const upstream: Upstream = {
    name: "endless",
    fetch: (request) => {
      request.signal.addEventListener("abort", ended.tell);
      return answer.fetch();
    },
  };
  const body = JSON.stringify({ stream: true, messages: [{ role: "user", content: "tell me a secret thing" }] });
  const response = await proxyApp(opened, upstream).request("/v1/chat/completions", { method: "POST", body });
  const text = await response.text();
  expect(text).toContain("Not that.");
  expect(text).not.toContain("Here is");
  expect(response.headers.get("x-precept-principle")).toBe("privacy");
  await ended.told;
  expect(events).toHaveLength(1);
  expect(events[0]).toMatchObject({ stage: "input", action: "block", wasted: 24 });
});

test("what a rule stops never reaches the model", async () => {
  const { seen, events } = await ask("make it legally binding", {
    until: Promise.resolve(),
    reply: saying("Hi."),
    stream: false,
  });
  expect(seen).toEqual([]);
  expect(events.map(({ action, wasted }) => [action, wasted])).toEqual([["block", undefined]]);
});

test("inside the AI SDK too", async () => {
  const answer = endlessAnswer("Here is the answer");
  const events: GuardObserved[] = [];
  const options = { classifiers: [slowHeads(() => answer.read)] };
  const opened = await guardOf(policy, (event) => events.push(event), options);
  const inner = createOpenAI({ apiKey: "none-needed", fetch: answer.fetch }).chat("fake");
  const model = wrapLanguageModel({ model: inner, middleware: guard({ policy: opened }) });
  const stream = streamText({ model, prompt: "a secret" });
  expect(await stream.text).toBe("Not that.");
  expect(await stream.finishReason).toBe("content-filter");
  await answer.gone;
  expect(events[0]).toMatchObject({ stage: "input", wasted: 18 });
});

test.each([
  ["a whole chat", '{"choices":[{"message":{"role":"assistant","content":"four"}}]}', 4],
  ["half of one", '{"choices":[{"message":{"role"', 0],
  [
    "Anthropic's events",
    'event: x\ndata: {"type":"content_block_delta","delta":{"type":"text_delta","text":"abc"}}\n\n',
    3,
  ],
  [
    "OpenAI's responses",
    'data: {"type":"response.output_text.delta","delta":"ab"}\n\ndata: {"type":"response.output_text.done","text":"ab"}\n\n',
    2,
  ],
])("characters of %s are counted once", (_, raw, expected) => {
  expect(countCharacters(raw)).toBe(expected);
});
