import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Score } from "../../language-model.ts";
import { recall } from "./recall.ts";
import { ResponseCache } from "./response-cache.ts";

const usage = { promptTokens: 1, completionTokens: 1 };

function open() {
  const folder = mkdtempSync(join(tmpdir(), "precept-recall-"));
  const cache = ResponseCache.open(folder);
  onTestFinished(() => {
    cache.close();
    rmSync(folder, { recursive: true });
  });
  return { cache, model: "m", identity: "m@1" };
}

test("an answer is asked for once, whoever asks; of another model's it knows nothing", async () => {
  const memory = open();
  let asked = 0;
  const ask = async () => ({ logprobs: [-0.1 * ++asked], usage });
  expect(await recall<Score>(memory, "a", { kind: "score" }, ask)).toEqual({ id: "a", logprobs: [-0.1], usage });
  expect(await recall<Score>(memory, "b", { kind: "score" }, ask)).toMatchObject({
    id: "b",
    logprobs: [-0.1],
    isCached: true,
  });
  expect(await recall<Score>({ ...memory, identity: "m@2" }, "a", { kind: "score" }, ask)).toMatchObject({
    logprobs: [-0.2],
  });
  expect((await recall<Score>(undefined, "a", { kind: "score" }, ask)).isCached).toBeUndefined();
  expect(asked).toBe(3);
});

test("errors and what JSON cannot hold are asked for again", async () => {
  const memory = open();
  const bad = [
    { logprobs: [Number.NEGATIVE_INFINITY], usage },
    { logprobs: [], error: "no", usage },
  ];
  for (const [n, answer] of bad.entries()) {
    const one = async () => recall<Score & { error?: string }>(memory, "a", { kind: "score", n }, async () => answer);
    await one();
    expect((await one()).isCached).toBeUndefined();
  }
});
