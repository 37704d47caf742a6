import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI from "openai";
import { expect, onTestFinished, test } from "vitest";
import { saying, startGuarded } from "./fake-upstream.test-support.ts";
import { openGuard, verifyAudit } from "./index.ts";

interface Labelled {
  readonly id: string;
  readonly principle: string;
  readonly prompt?: string;
  readonly messages?: OpenAI.ChatCompletionMessageParam[];
  readonly response: string;
  readonly label: string;
}

const template = new URL("../../templates/support-bot/", import.meta.url);
const rows: Labelled[] = readFileSync(new URL("labelled.jsonl", template), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line));
const rowOf = (id: string): Labelled => rows.find((row) => row.id === id)!;

/** The template's own policy before a model that says this. */
async function serve(response: string) {
  const folder = mkdtempSync(join(tmpdir(), "precept-support-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ["guard.yaml", "constitution.yaml"]) cpSync(new URL(name, template), join(folder, name));
  const guard = await openGuard(join(folder, "guard.yaml"));
  onTestFinished(() => guard.close());
  const { url } = await startGuarded(guard, saying(response));
  const client = new OpenAI({ baseURL: url, apiKey: "none-needed", maxRetries: 0 });
  return { client, audit: join(folder, "guard-audit.jsonl") };
}

const messagesOf = ({ prompt = "", messages }: Labelled): OpenAI.ChatCompletionMessageParam[] =>
  messages ?? [{ role: "user", content: prompt }];

async function streamed(client: OpenAI, messages: OpenAI.ChatCompletionMessageParam[]) {
  let text = "";
  let reason: string | null = null;
  for await (const chunk of await client.chat.completions.create({ model: "fake", messages, stream: true })) {
    text += chunk.choices[0]?.delta.content ?? "";
    reason = chunk.choices[0]?.finish_reason ?? reason;
  }
  return { text, reason };
}

// The delivery firm's bot that was told to disregard its rules, and the car dealer's that was told how to end its answers.
test.each([
  ["dpd", "no-swearing.swear-agreed-before", "no-swearing", /fuck/],
  ["chevrolet", "no-binding-offers.offer-trap-phrase", "no-binding-offers", /legally binding|deal, /],
])("%s: the breach is blocked and named, the fair answer is untouched", async (_, id, principle, forbidden) => {
  const breach = rowOf(`${id}.1`);
  const bad = await serve(breach.response);
  const { data, response } = await bad.client.chat.completions
    .create({ model: "fake", messages: messagesOf(breach) })
    .withResponse();
  expect(data.choices[0]?.finish_reason).toBe("content_filter");
  expect(data.choices[0]?.message.content).not.toMatch(forbidden);
  expect(response.headers.get("x-precept-principle")).toBe(principle);
  const stream = await streamed(bad.client, messagesOf(breach));
  expect(stream.reason).toBe("content_filter");
  expect(stream.text).not.toMatch(forbidden);
  const report = await verifyAudit(bad.audit);
  expect(report).toMatchObject({ leaked: 0, faults: [], principles: { [principle]: 2 } });

  const fair = rowOf(`${id}.2`);
  const good = await serve(fair.response);
  const whole = await good.client.chat.completions.create({ model: "fake", messages: messagesOf(fair) });
  expect(whole.choices[0]).toMatchObject({ finish_reason: "stop", message: { content: fair.response } });
  expect(await streamed(good.client, messagesOf(fair))).toEqual({ text: fair.response, reason: "stop" });
  expect((await verifyAudit(good.audit)).delivered).toBe(2 * fair.response.length);
});
