import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rng } from "../rng.ts";
import { temporaryFolder, tinyCheckpoint } from "../training/local/tiny.test-support.ts";
import { initialAdapter, loadCheckpoint, loraConfig, saveAdapter } from "../transformer/index.ts";
import { EngineModel, ReloadingModel } from "./local/index.ts";
import { servedFetch } from "./server.ts";

let model: ReloadingModel;
let adapter: string;
let place: string;
beforeAll(async () => {
  place = await tinyCheckpoint();
  model = await ReloadingModel.load(place);
  adapter = join(await temporaryFolder(), "adapter");
  const { weights } = await loadCheckpoint(place);
  const config = loraConfig({ rank: 2 });
  const { weights: own } = initialAdapter(weights, config, rng(1, "lora"));
  for (const { data } of own.values()) data.fill(0.5);
  await saveAdapter(adapter, { config, weights: own }, place);
});
afterAll(() => model.close());

const post = async (path: string, body: object): Promise<{ status: number; text: string }> => {
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const answer = await servedFetch(model)(new Request(`http://x${path}`, init));
  return { status: answer.status, text: await answer.text() };
};

const ask = async (name: string): Promise<unknown> => {
  const body = { model: name, prompt: [1, 9, 3, 2], max_tokens: 4, temperature: 0, logprobs: 0 };
  const { status, text } = await post("/v1/completions", body);
  return status === 200 ? (JSON.parse(text) as { choices: unknown[] }).choices[0] : status;
};

test("an adapter is loaded, replaced where that is asked, answers under its name, and is unloaded", async () => {
  expect(await ask("policy")).toBe(404);
  const load = { lora_name: "policy", lora_path: adapter };
  expect(await post("/v1/load_lora_adapter", load)).toMatchObject({
    status: 200,
    text: expect.stringContaining("policy"),
  });
  expect(model.adapters).toEqual(["policy"]);
  expect(await ask("policy")).not.toEqual(await ask(model.name));
  expect((await post("/v1/load_lora_adapter", load)).status).toBe(400);
  expect((await post("/v1/load_lora_adapter", { ...load, load_inplace: true })).status).toBe(200);
  expect((await post("/v1/load_lora_adapter", { ...load, lora_name: "other", lora_path: "/no/folder" })).status).toBe(
    404,
  );
  expect(model.adapters).toEqual(["policy"]);
  expect((await post("/v1/unload_lora_adapter", { lora_name: "policy" })).status).toBe(200);
  expect((await post("/v1/unload_lora_adapter", { lora_name: "policy" })).status).toBe(404);
  expect(await ask("policy")).toBe(404);
});

test("a model that was not opened for it does not have these addresses", async () => {
  const fixed = await EngineModel.load(place);
  const request = new Request("http://x/v1/load_lora_adapter", { method: "POST", body: "{}" });
  expect((await servedFetch(fixed)(request)).status).toBe(404);
  await fixed.close();
});
