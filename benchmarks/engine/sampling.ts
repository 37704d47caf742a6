import { Contender, type Generated, type Loaded, median, settle } from "./contender.ts";
import type { BenchmarkModel, Prepared } from "./models.ts";
import { OURS } from "./training.ts";

export const PROMPT = 32;
export const NEW_TOKENS = 128;
const WARM_UP_TOKENS = 16;
/** A turn is repeated for at least so long: a few tokens of a small model take milliseconds. */
const LEAST_SECONDS = 1;

export interface SamplingPeer {
  readonly name: string;
  readonly loadSeconds: number;
  readonly tokensPerSecond: number;
  readonly peakMemory: number;
  /** Whether the first 16 greedy tokens are ours: the same model, then. */
  readonly agrees: boolean;
}

export interface SamplingResult {
  readonly batch: number;
  readonly peers: readonly SamplingPeer[];
  /** Our tokens/s over each peer's: median over rounds. */
  readonly ratios: Readonly<Record<string, number>>;
}

export interface SamplingOptions {
  readonly python: string;
  readonly threads: number;
  readonly rounds: number;
  readonly batches: readonly number[];
}

/** Prompts of `PROMPT` tokens, `NEW_TOKENS` sampled at temperature 1 over the whole vocabulary, in turns. */
export async function compareSampling(
  { config }: BenchmarkModel,
  { folder }: Prepared,
  options: SamplingOptions,
  log: (line: string) => void,
): Promise<SamplingResult[]> {
  const { python, threads } = options;
  const path = (file: string): string => new URL(file, import.meta.url).pathname;
  const specs = [
    { name: OURS, file: process.execPath, argv: [path("./ours.ts")] },
    { name: "transformers", file: python, argv: [path("./bench_sampling.py")] },
    { name: "node-llama-cpp", file: process.execPath, argv: [path("./llama-cpp.ts")] },
  ];
  const racers: { contender: Contender; loadSeconds: number; greedy: string }[] = [];
  try {
    for (const { name, file, argv } of specs) {
      const contender = await new Contender(name, file, argv, threads).ready();
      const { seconds } = await contender.ask<Loaded>({
        command: "load",
        purpose: "sampling",
        folder,
        threads,
        vocabulary: config.vocabularySize,
      });
      const greedy = await contender.ask<readonly number[]>({ command: "greedy", prompt: PROMPT, tokens: 16 });
      racers.push({ contender, loadSeconds: seconds, greedy: greedy.join() });
      log(`${name}: greedy ${greedy.join(" ")}`);
    }
    const results: SamplingResult[] = [];
    for (const batch of options.batches) {
      const rates = racers.map((): number[] => []);
      const ask = async (racer: Contender, tokens = NEW_TOKENS, least = LEAST_SECONDS): Promise<number> => {
        let [total, made] = [0, 0];
        while (total < least || made === 0) {
          const answer = await racer.ask<Generated>({ command: "generate", batch, prompt: PROMPT, tokens });
          if (answer.tokens !== batch * tokens) throw new Error(`${racer.name} made ${answer.tokens} tokens`);
          total += answer.seconds;
          made += answer.tokens;
        }
        return made / total;
      };
      for (const { contender } of racers) await ask(contender, WARM_UP_TOKENS);
      for (let round = 0; round < options.rounds; round++) {
        for (const [index, { contender }] of racers.entries()) {
          await settle();
          rates[index]!.push(await ask(contender));
        }
        log(
          `batch ${batch}, round ${round + 1}: ${racers.map(({ contender }, i) => `${contender.name} ${rates[i]!.at(-1)!.toFixed(0)}`).join(", ")}`,
        );
      }
      results.push({
        batch,
        peers: racers.map(({ contender, loadSeconds, greedy }, index) => ({
          name: contender.name,
          loadSeconds,
          tokensPerSecond: median(rates[index]!),
          peakMemory: contender.peakMemory(),
          agrees: greedy === racers[0]!.greedy,
        })),
        ratios: Object.fromEntries(
          racers
            .slice(1)
            .map(({ contender }, index) => [
              contender.name,
              median(rates[0]!.map((own, round) => own / rates[index + 1]![round]!)),
            ]),
        ),
      });
    }
    return results;
  } finally {
    for (const { contender } of racers) contender.end();
  }
}
