import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { writeChatModel } from "../../../test/support/chat-model.ts";
import type { GenerationOptions, GenerationRequest } from "../../language-model.ts";
import type { Engine } from "../../transformer/index.ts";
import { LocalModel } from "./local.ts";

const line = z.object({ word: z.string().min(1).max(8), n: z.int().min(-5).max(500), kind: z.enum(["a", "ü b", '"']) });
const schemas = {
  flat: line,
  nested: z.object({ lines: z.array(line).min(1).max(2), isDone: z.boolean(), note: z.string().max(4).nullable() }),
  numbers: z.object({ price: z.number().min(0).max(9.5), list: z.array(z.number()).max(3) }),
};
const heldTo = (schema: z.ZodType) => ({
  name: "answer",
  schema: z.toJSONSchema(schema) as Readonly<Record<string, unknown>>,
});
const request = (id: string, prefill?: string): GenerationRequest => ({
  id,
  prompt: [{ role: "user", content: `Number ${id}, please.` }],
  seed: 4,
  prefill,
});

describe.each(["graph", "kernels"] satisfies Engine[])("a model of random weights, by %s", (engine) => {
  let model: LocalModel;
  const folder = mkdtempSync(join(tmpdir(), "precept-held-"));
  beforeAll(async () => {
    await writeChatModel(folder);
    model = await LocalModel.load(folder, { engine, threads: 1 });
  });
  afterAll(async () => {
    await model.dispose();
    rmSync(folder, { recursive: true, force: true });
  });
  const generate = (requests: readonly GenerationRequest[], options: GenerationOptions) =>
    Array.fromAsync(model.generate(requests, options));

  test.each(Object.entries(schemas))("writes nothing but JSON of the schema: %s", async (_, schema) => {
    const requests = Array.from({ length: 12 }, (__, n) => request(`${n}`));
    const answers = await generate(requests, { maxTokens: 900, schema: heldTo(schema) });
    const whole = answers.filter(({ finishReason }) => finishReason === "stop");
    expect(whole.length).toBeGreaterThan(8);
    for (const { text } of whole) expect([text, schema.safeParse(JSON.parse(text)).success]).toEqual([text, true]);
  });

  test("goes on from a prefill, and says which one it cannot go on from", async () => {
    const begun = '{"word": "ab';
    const [answer] = await generate([request("1", begun)], { maxTokens: 900, schema: heldTo(line) });
    expect(line.parse(JSON.parse(begun + answer?.text))).toMatchObject({ word: expect.stringMatching(/^ab/) });
    const wrong = generate([request("1", "[")], { maxTokens: 9, schema: heldTo(line) });
    await expect(wrong).rejects.toThrow('begin with "["');
  });

  test("a schema that allows what is said anyway changes no token and no probability of it", async () => {
    const [free] = await generate([request("1")], { maxTokens: 6, temperature: 0 });
    const said = free?.text ?? "";
    const before = '{"say":"';
    // What it says within a string, where nearly everything is allowed.
    const [plain] = await generate([request("1", before)], { maxTokens: 6, temperature: 0 });
    const [held] = await generate([request("1", before)], {
      maxTokens: 6,
      temperature: 0,
      schema: heldTo(z.object({ say: z.string() })),
    });
    expect(said).not.toBe("");
    const common = plain?.tokens?.findIndex((token, n) => token !== held?.tokens?.[n]) ?? 0;
    const same = common < 0 ? (plain?.tokens?.length ?? 0) : common;
    expect(held?.tokens?.slice(0, same)).toEqual(plain?.tokens?.slice(0, same));
    expect(held?.logprobs?.slice(0, same)).toEqual(plain?.logprobs?.slice(0, same));
    // Where they part, what was said freely was not allowed.
    if (common >= 0) expect(plain?.tokens?.[common]).toSatisfy((token: number) => token < 0x20 || token >= 0x80);
  });

  test("a keyword that it cannot hold to is named", async () => {
    const schema = { name: "a", schema: { type: "string", pattern: "^a" } };
    await expect(generate([request("1")], { maxTokens: 4, schema })).rejects.toThrow("the keyword pattern, at #");
  });
});
