import { createOpenAI } from "@ai-sdk/openai";
import { generateText, wrapLanguageModel } from "ai";
import { expect, test } from "vitest";
import { scriptedModel } from "../models/index.ts";
import { guardOf, saying, startGuarded, startUpstream } from "./fake-upstream.test-support.ts";
import { type GuardObserved, guard } from "./index.ts";
import { StickyTurns, tightenPolicy } from "./sticky.ts";

/** "offer" alone is for the critic to decide, who sees nothing in it; a deal acts. */
const policy = `sticky: 2
checks: { critic: { model: "openai:stands-for-the-script" } }
principles: { no-commitments: { act: 0.5, pass: 0.1, say: "No offers here." } }
rules:
  - { id: maybe, principle: no-commitments, pattern: offer, score: 0.3 }
  - { id: sure, principle: no-commitments, pattern: deal, stage: input }
  - { id: mail, principle: privacy, kind: pii, kinds: [email], stage: input, action: mask }
`;
const critic = scriptedModel({ generate: () => "Nothing to object to.\n\nFinding: keeps" });

test("after a finding a conversation is judged more strictly for so many turns; others are not", async () => {
  const events: GuardObserved[] = [];
  const { url } = await startGuarded(
    await guardOf(policy, (event) => events.push(event), { critic }),
    saying("My offer stands."),
  );
  const ask = async (content: string, conversation?: string): Promise<string> => {
    const headers = new Headers(conversation === undefined ? [] : [["x-precept-conversation", conversation]]);
    const body = JSON.stringify({ messages: [{ role: "user", content }] });
    const response = await fetch(`${url}/chat/completions`, { method: "POST", headers, body });
    return ((await response.json()) as { choices: [{ message: { content: string } }] }).choices[0].message.content;
  };
  for (const conversation of [undefined, undefined, "a", "a"])
    expect(await ask("hello", conversation)).toBe("My offer stands.");
  expect(await ask("a deal?", "a")).toBe("No offers here.");
  expect(await ask("hello", "b")).toBe("My offer stands.");
  expect(await ask("hello", "a")).toBe("No offers here.");
  expect(events.at(-1)).toMatchObject({ stage: "output", action: "block", isStrict: true });
  expect(events.at(-3)).toMatchObject({ action: "observe" });
  expect(events.at(-3)?.isStrict).toBeUndefined();
});

test("inside the AI SDK a call names its conversation in its options", async () => {
  const { url } = await startUpstream(saying("My offer stands."));
  const inner = createOpenAI({ baseURL: url, apiKey: "none-needed" }).chat("fake");
  const model = wrapLanguageModel({
    model: inner,
    middleware: guard({ policy: await guardOf(policy, undefined, { critic }) }),
  });
  const ask = async (prompt: string, conversation: string): Promise<string> =>
    (await generateText({ model, prompt, providerOptions: { precept: { conversation } } })).text;
  expect(await ask("a deal?", "a")).toBe("No offers here.");
  expect(await ask("hello", "a")).toBe("No offers here.");
  expect(await ask("hello", "b")).toBe("My offer stands.");
});

test("a mask is no finding against anybody", async () => {
  const { url } = await startGuarded(await guardOf(policy, undefined, { critic }), saying("My offer stands."));
  const body = JSON.stringify({ messages: [{ role: "user", content: "I am a@example.org" }] });
  const ask = async (): Promise<string> => {
    const headers = { "x-precept-conversation": "m" };
    return (await fetch(`${url}/chat/completions`, { method: "POST", headers, body })).text();
  };
  for (let turn = 0; turn < 3; turn++) expect(await ask()).toContain("My offer stands.");
});

test("turns are counted down, and the map is bounded", () => {
  const turns = new StickyTurns(2, 2);
  turns.note("a");
  expect([turns.begin("a"), turns.begin("a"), turns.begin("a")]).toEqual([true, true, false]);
  for (const id of ["a", "b", "c"]) turns.note(id);
  expect([turns.begin("a"), turns.begin("b"), turns.begin("c")]).toEqual([false, true, true]);
});

test("answers and input both act from halfway on, also of principles that the policy does not name", async () => {
  const { loaded } = await guardOf(policy.replace('say: "No', 'input: { act: 0.9, pass: 0.3 }, say: "No'));
  const { principles } = tightenPolicy(loaded.policy, loaded.constitution);
  expect(principles["no-commitments"]).toMatchObject({ act: 0.3, pass: 0.1, say: "No offers here." });
  expect(principles["no-commitments"]?.input).toEqual({ act: 0.6, pass: 0.3 });
  expect(principles["privacy"]).toEqual({ act: 0.3, pass: 0.1, input: { act: 0.3, pass: 0.1 } });
});
