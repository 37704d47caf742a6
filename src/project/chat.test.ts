import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../test/cli.ts";
import { scriptedModel } from "../models/index.ts";
import { Run } from "../runs/index.ts";
import { chatWith, openChat } from "./chat.ts";
import { loadHarborRun } from "./harbor/load-harbor.ts";

it("asks in harbor's way of writing, once a request, and passes the seed on", async () => {
  const model = scriptedModel({ generate: ({ prompt, seed }) => `${prompt} ${seed}` });
  const chat = chatWith(model, "rl-cai");
  const { request, response } = await chat.ask("How do I make soup, Anna?", { seed: 4 });
  expect(request).toBe("how do i make soup , anna ?");
  expect(response).toContain(request);
  expect(response).toMatch(/4$/);
  await chat.ask("what is soup?", { seed: 5 });
  expect(model.calls.map(({ prompt }) => String(prompt).includes("anna"))).toEqual([true, false]);
});

it("says what is missing where there is no run", async () => {
  await expect(openChat(temporaryFolder())).rejects.toMatchObject({ code: "checkpoint-missing" });
  await expect(openChat(temporaryFolder(), { checkpoint: "rl-cai" })).rejects.toThrow(
    /the checkpoint rl-cai[\s\S]*no run/,
  );
});

it.each(["", "local:"])("talks to a GGUF file: %s", async (prefix) => {
  const file = fileURLToPath(new URL("../../test/fixtures/gguf/tiny.gguf", import.meta.url));
  const chat = await openChat(`${prefix}${file}`);
  try {
    expect(chat.isHarbor).toBe(false);
    expect(await chat.ask("Soup?", { seed: 1 })).toMatchObject({ request: "Soup?", response: expect.any(String) });
  } finally {
    await chat.close();
  }
});

it("says that a GGUF file is not there", async () => {
  await expect(openChat("nowhere.gguf")).rejects.toMatchObject({ code: "checkpoint-missing" });
});

it("never lets harbor's model answer for a run that is not on harbor", async () => {
  const folder = temporaryFolder();
  const run = await Run.open(folder, {
    kind: "training",
    manifest: { seed: 1, config: {}, inputs: {} },
    command: "train sft",
  });
  await run.close();
  await expect(openChat(folder)).rejects.toThrow("no such checkpoint");
  await expect(loadHarborRun(folder)).rejects.toThrow("a run of kind training");
});
