import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, Output } from "ai";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { temporaryFolder } from "../../../test/cli.ts";
import { writeChatModel } from "../../../test/support/chat-model.ts";
import { startServer } from "../server.ts";
import { EngineModel } from "./index.ts";

test("a client that asks for a schema gets JSON of it from random weights; one that cannot be held to is refused", async () => {
  const folder = temporaryFolder();
  await writeChatModel(folder);
  const model = await EngineModel.load(folder, { threads: 1 });
  const server = await startServer(model, { port: 0 });
  onTestFinished(() => server.close());
  const provider = createOpenAICompatible({
    name: "precept",
    baseURL: `${server.url}/v1`,
    supportsStructuredOutputs: true,
  });
  const schema = z.object({ word: z.string().max(5), n: z.int().min(0).max(9), isSure: z.boolean() });
  const settings = { model: provider(model.name), prompt: "A word.", seed: 3, maxRetries: 0 };
  const { output } = await generateText({ ...settings, output: Output.object({ schema }), maxOutputTokens: 600 });
  expect(schema.safeParse(output).success).toBe(true);

  const ask = (json: object): Promise<Response> =>
    fetch(`${server.url}/v1/chat/completions`, {
      method: "POST",
      body: JSON.stringify({
        messages: [{ role: "user", content: "A word." }],
        response_format: { type: "json_schema", json_schema: { name: "a", schema: json } },
      }),
    });
  const refused = await ask({ type: "string", pattern: "^a" });
  expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining("the keyword pattern, at #")]);
});
