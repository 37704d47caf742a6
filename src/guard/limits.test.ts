import { expect, onTestFinished, test, vi } from "vitest";
import { scriptedModel } from "../models/index.ts";
import { CriticBudget } from "./critic-budget.ts";
import { guardOf } from "./fake-upstream.test-support.ts";
import type { GuardObserved, GuardOptions } from "./index.ts";
import { principleHash } from "./principle-hash.ts";

const always = `checks: { critic: { model: "openai:stands-for-the-script", when: always } }\n`;
const keeps = () => "Nothing to object to.\n\nFinding: keeps";
const never = () => new Promise<never>(() => undefined);

/** What the audit says of an answer under a policy, and what was said. */
async function judge(policy: string, options: GuardOptions, answer = "Anything.") {
  const events: GuardObserved[] = [];
  const guarded = (await guardOf(policy, (event) => events.push(event), options)).begin({ turns: [] });
  const text = guarded.open("output", true);
  await text.push(answer);
  const { verdict } = await text.end();
  guarded.close(text, verdict);
  return { status: events[0]?.status, limit: events[0]?.limit, action: events[0]?.action };
}

/** Heads that never come to a word. */
async function stuckHeads(): Promise<GuardOptions> {
  const { constitution } = (await guardOf(always)).loaded;
  const [principle] = constitution.principles;
  if (principle === undefined) throw new RangeError("no principle");
  const head = { id: principle.id, hash: principleHash(principle), slope: 1, offset: 0 };
  const shape = { schemaVersion: 1, side: "output", window: 1, holdTokens: 1 } as const;
  const hashes = { constitutionHash: "c", tokenizerHash: "t", recordsHash: "r" };
  const file = { ...shape, ...hashes, principles: [head] };
  const open = () => ({ read: never, close: () => undefined });
  return { classifiers: [{ place: "heads", file, read: never, open, dispose: async () => undefined }] };
}

test("heads that take longer than addedMs fail as the policy says, and the audit names the limit", async () => {
  const heads = await stuckHeads();
  const policy = "limits: { addedMs: 5 }\nchecks: { output: heads }\n";
  const closed = { action: "block", status: "failed-closed", limit: "addedMs" };
  expect(await judge(policy, heads)).toEqual(closed);
  const open = { action: "pass", status: "failed-open", limit: "addedMs" };
  expect(await judge(`failure: { classifier: open }\n${policy}`, heads)).toEqual(open);
});

test("a critic that takes longer than addedMs, or than criticMs", async () => {
  const critic = scriptedModel({ generate: keeps });
  const stuck = {
    ...critic,
    generate: async function* () {
      yield await never();
    },
  };
  const open = { action: "pass", status: "failed-open" };
  expect(await judge(`limits: { addedMs: 5 }\n${always}`, { critic: stuck })).toEqual({ ...open, limit: "addedMs" });
  expect(await judge(`limits: { criticMs: 5 }\n${always}`, { critic: stuck })).toEqual({ ...open, limit: "criticMs" });
  const closed = await judge(`failure: { critic: closed }\nlimits: { addedMs: 5 }\n${always}`, { critic: stuck });
  expect(closed).toEqual({ action: "block", status: "failed-closed", limit: "addedMs" });
  expect(await judge(always, { critic })).toEqual({ action: "pass", status: "checked", limit: undefined });
});

test("calls per minute and characters", async () => {
  const critic = scriptedModel({ generate: keeps });
  expect(await judge(`limits: { criticCallsPerMinute: 1 }\n${always}`, { critic })).toMatchObject({
    status: "failed-open",
    limit: "criticCallsPerMinute",
  });
  expect(await judge(`limits: { maxCharacters: 3 }\n${always}`, { critic })).toEqual({
    action: "block",
    status: "failed-closed",
    limit: "maxCharacters",
  });
});

test("a day's dollars: calls that might pass the limit are not made; the next day begins anew", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  vi.setSystemTime("2026-12-01T12:00:00Z");
  const limits = { criticMs: 1, criticCallsPerMinute: 100, maxCharacters: 9, costPerDay: 0.01 };
  const budget = new CriticBudget(limits, { input: 0, output: 40 });
  // 100 tokens at $40 per million cost at most $0.004: two fit, and what they did not use lets a third in.
  const call = { prompt: "Is it?", maxTokens: 100 };
  expect(budget.take([call, call, call])).toEqual({ sent: 2, limit: "costPerDay" });
  expect(budget.take([call])).toEqual({ sent: 0, limit: "costPerDay" });
  budget.settle(call, { promptTokens: 5, completionTokens: 50 });
  expect(budget.take([call])).toEqual({ sent: 1, limit: undefined });
  budget.settle(call, undefined);
  budget.settle(call, undefined);
  expect(budget.take([call])).toEqual({ sent: 0, limit: "costPerDay" });
  vi.setSystemTime("2026-12-02T00:00:01Z");
  expect(budget.take([call, call])).toEqual({ sent: 2, limit: undefined });
});

test("dollars need a price: of the list, one's own machine, or the policy", async () => {
  const policy = (model: string, more = "") =>
    `limits: { costPerDay: 0.5 }\n${more}checks: { critic: { model: "${model}", when: always } }\n`;
  await expect(guardOf(policy("openai:nobody-knows"))).rejects.toThrow(
    /2:11 limits\.costPerDay: no price is known for openai:nobody-knows/,
  );
  for (const [model, more] of [
    ["openai:gpt-4o-mini", ""],
    ["local:checkpoint", ""],
    ["openai:nobody-knows", 'prices: { "openai:nobody-knows": { input: 1, output: 2 } }\n'],
  ] as const) {
    const { loaded } = await guardOf(policy(model, more));
    expect(loaded.policy.limits.costPerDay).toBe(0.5);
  }
  const dear = policy("openai:x", 'prices: { "openai:x": { input: 1000, output: 100000 } }\n');
  const critic = scriptedModel({ generate: keeps });
  expect(await judge(dear, { critic })).toMatchObject({ status: "failed-open", limit: "costPerDay" });
  expect(critic.calls).toEqual([]);
});
