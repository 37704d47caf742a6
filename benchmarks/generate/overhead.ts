import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText } from "ai";
import { openModel } from "../../src/models/index.ts";
import { spawnModelServer } from "../../test/support/model-server/process.ts";
import { cpuMs, inParallel, median, requests } from "./client.ts";

export interface Overhead {
  /** CPU milliseconds per call of this process, all threads. */
  readonly ours: number;
  readonly generateText: number;
  /** The model's own method, beneath generateText. */
  readonly doGenerate: number;
}

const WIDTH = 64;

/** The same calls through us and through the bare SDK in turns, within one process; medians over the rounds. */
export async function measureOverhead(calls: number, rounds: number): Promise<Overhead> {
  const server = await spawnModelServer();
  try {
    const sdk = createOpenAICompatible({ name: "bare", baseURL: server.url }).chatModel("toy");
    const throughput = { maxConcurrency: WIDTH, initialConcurrency: WIDTH };
    const model = await openModel(server.url, { env: {}, cache: false, throughput });
    const contenders = {
      ours: async () => {
        for await (const { text } of model.generate(requests(calls), { maxTokens: 64 }))
          if (text === "") throw new Error("no text");
      },
      generateText: () =>
        inParallel(calls, WIDTH, (index) =>
          generateText({
            model: sdk,
            prompt: `item ${index}`,
            maxOutputTokens: 64,
            temperature: 1,
            topP: 1,
            seed: index,
            maxRetries: 0,
          }),
        ),
      doGenerate: () =>
        inParallel(calls, WIDTH, async (index) =>
          sdk.doGenerate({
            prompt: [{ role: "user", content: [{ type: "text", text: `item ${index}` }] }],
            maxOutputTokens: 64,
            temperature: 1,
            topP: 1,
            seed: index,
          }),
        ),
    };
    const names = ["ours", "generateText", "doGenerate"] as const;
    const measured: Record<(typeof names)[number], number[]> = { ours: [], generateText: [], doGenerate: [] };
    for (let round = 0; round <= rounds; round++) {
      for (const name of names) {
        const before = cpuMs();
        await contenders[name]();
        // The first round warms up.
        if (round > 0) measured[name].push((cpuMs() - before) / calls);
      }
    }
    return {
      ours: median(measured.ours),
      generateText: median(measured.generateText),
      doGenerate: median(measured.doGenerate),
    };
  } finally {
    await server.stop();
  }
}
