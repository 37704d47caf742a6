import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LocalModel } from "../src/models/local/local.ts";
import { openModel } from "../src/models/open.ts";
import type { OpenModel } from "../src/models/open-model.ts";

const checkpoint = new URL("../models/harbor/checkpoint", import.meta.url).pathname;
const program = new URL("../bin/precept.js", import.meta.url).pathname;

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** Real HTTP against our own server: what it says of a text must be what the engine says of it in process. */
describe("precept serve, asked through openModel", () => {
  let child: ReturnType<typeof spawn>;
  let remote: OpenModel;
  let local: LocalModel;

  beforeAll(async () => {
    child = spawn(process.execPath, [program, "serve", checkpoint, "--port", "0", "--json", "--threads", "1"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [chunk] = (await once(child.stdout!, "data")) as [Buffer];
    const address = /http:\/\/[\w.:[\]]+/.exec(chunk.toString())?.[0] ?? "";
    remote = await openModel(`${address}/v1`, { env: {}, cache: false });
    local = await LocalModel.load(checkpoint, { threads: 1 });
  });
  afterAll(async () => {
    await local?.dispose();
    const end = once(child, "exit");
    child.kill("SIGTERM");
    await end;
  });

  it("continues raw text and gives log-probabilities", () => {
    expect(remote.report.capabilities).toMatchObject({ rawCompletion: true, logprobs: true });
  });

  it("weighs options as the engine does", async () => {
    const prompts = ["the boat", "we can", "do not"];
    const options = [" the", " go", " stay"];
    const requests = prompts.map((prompt) => ({ id: prompt, prompt, options, seed: 1 }));
    const own = new Map((await collect(local.choose(requests))).map((choice) => [choice.id, choice]));
    const answers = await collect(remote.choose(requests));
    expect(answers).toHaveLength(prompts.length);
    for (const { id, probabilities, method } of answers) {
      expect(method).toBe("logprobs");
      for (const [index, probability] of probabilities.entries()) {
        expect(probability).toBeCloseTo(own.get(id)?.probabilities[index] ?? Number.NaN, 3);
      }
    }
  });

  it("says the same for the same seed", async () => {
    const requests = [1, 2, 1].map((seed, index) => ({ id: `${index}`, prompt: "the boat", seed }));
    const answers = new Map((await collect(remote.generate(requests, { maxTokens: 12 }))).map((a) => [a.id, a.text]));
    expect(answers.get("0")).toBe(answers.get("2"));
  });
});
