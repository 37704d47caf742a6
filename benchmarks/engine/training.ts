import { trainingFlopsPerToken } from "../../src/transformer/checkpoint/config.ts";
import { Contender, type Loaded, median, type Steps, settle } from "./contender.ts";
import { BATCHES, type BenchmarkModel, type Prepared } from "./models.ts";

export interface TrainingPeer {
  readonly name: string;
  readonly precision: "fp32" | "bf16";
  /** Loading, and the first step less a usual one: what compiling and allocating cost. */
  readonly loadSeconds: number;
  readonly warmUpSeconds: number;
  /** Median of a step. */
  readonly milliseconds: number;
  /** Median processor time of a step, over all threads. */
  readonly processorMilliseconds: number;
  readonly tokensPerSecond: number;
  readonly gflops: number;
  /** Of the machine's fp32 matrix product, measured between the turns. */
  readonly gemmShare: number;
  readonly peakMemory: number;
  /** Largest difference from our losses over the first 20 steps. */
  readonly lossDifference: number;
}

export interface TrainingResult {
  readonly parameters: number;
  readonly batch: number;
  readonly length: number;
  readonly gemm: { readonly fp32: number; readonly bf16: number };
  readonly peers: readonly TrainingPeer[];
  readonly ratios: Readonly<Record<"fp32" | "bf16", Ratio>>;
}

/** Our tokens/s over those of the best peer of one precision. */
export interface Ratio {
  readonly median: number;
  readonly rounds: readonly number[];
  /** The same in processor time. */
  readonly processor: number;
}

export interface TrainingOptions {
  readonly python: string;
  readonly threads: number;
  readonly rounds: number;
  readonly precisions: readonly ("fp32" | "bf16")[];
  readonly modes: readonly string[];
  /** Rank of the adapter; 0 trains everything. */
  readonly lora: number;
}

export const OURS = "precept";

const TURN_MILLISECONDS = 800;

interface Racer {
  readonly spec: { readonly name: string; readonly precision: "fp32" | "bf16"; readonly mode: string };
  readonly contender: Contender;
  readonly load: number;
  readonly usual: number;
  readonly first: number;
  readonly losses: readonly number[];
  readonly all: number[];
  readonly processor: number[];
  readonly rounds: number[];
}

/** All contenders take their turns on the same batches; what one measures, all have measured in the same minute. */
export async function compareTraining(
  model: BenchmarkModel,
  { folder, parameters }: Prepared,
  options: TrainingOptions,
  log: (line: string) => void,
): Promise<TrainingResult> {
  const { batch, length, config } = model;
  const { python, threads, lora } = options;
  const script = new URL("./bench_training.py", import.meta.url).pathname;
  const entry = new URL("./ours.ts", import.meta.url).pathname;
  const specs = [
    { name: OURS, precision: "fp32" as const, mode: "" },
    ...options.precisions.flatMap((precision) =>
      options.modes.map((mode) => ({ name: `torch ${mode}`, precision, mode })),
    ),
  ];
  const racers: Racer[] = [];
  const gemmer = await new Contender("gemm", python, [script], threads).ready();
  try {
    for (const spec of specs) {
      const [file, argv] = spec.name === OURS ? [process.execPath, [entry]] : [python, [script]];
      const contender = await new Contender(spec.name, file, argv, threads).ready();
      const { seconds } = await contender.ask<Loaded>({
        command: "load",
        purpose: "training",
        folder,
        threads,
        batch,
        length,
        lora,
        precision: spec.precision,
        mode: spec.mode,
      });
      const { milliseconds, losses } = await contender.ask<Steps>({ command: "steps", count: BATCHES });
      const usual = median(milliseconds);
      racers.push({
        spec,
        contender,
        load: seconds,
        usual,
        first: (milliseconds[0]! - usual) / 1000,
        losses,
        all: [],
        processor: [],
        rounds: [],
      });
      log(
        `${spec.name} ${spec.precision}: ${usual.toFixed(0)} ms per step while warming up, loss ${losses.at(-1)!.toFixed(4)}`,
      );
      await settle();
    }
    const turns = Math.max(1, Math.round(TURN_MILLISECONDS / median(racers.map(({ usual }) => usual))));
    const rates: { fp32: number; bf16: number }[] = [];
    for (let round = 0; round < options.rounds; round++) {
      rates.push(await gemmer.ask<{ fp32: number; bf16: number }>({ command: "gemm", repeats: 5 }));
      await settle();
      for (const racer of racers) {
        const { milliseconds, processor } = await racer.contender.ask<Steps>({ command: "steps", count: turns });
        racer.all.push(...milliseconds);
        racer.processor.push(...processor);
        racer.rounds.push(median(milliseconds));
        await settle();
      }
      log(
        `round ${round + 1}: ${racers.map(({ spec, rounds }) => `${spec.name} ${spec.precision} ${rounds.at(-1)!.toFixed(0)} ms`).join(", ")}`,
      );
    }
    const gemm = { fp32: median(rates.map(({ fp32 }) => fp32)), bf16: median(rates.map(({ bf16 }) => bf16)) };
    const ours = racers[0]!;
    const peers = racers.map(({ spec, contender, load, first, losses, all, processor }): TrainingPeer => {
      const milliseconds = median(all);
      const tokensPerSecond = (1000 * batch * length) / milliseconds;
      const gflops = (tokensPerSecond * trainingFlopsPerToken(config, parameters, length)) / 1e9;
      return {
        name: spec.name,
        precision: spec.precision,
        loadSeconds: load,
        warmUpSeconds: first,
        milliseconds,
        processorMilliseconds: median(processor),
        tokensPerSecond,
        gflops,
        gemmShare: gflops / gemm.fp32,
        peakMemory: contender.peakMemory(),
        lossDifference: Math.max(...losses.map((loss, i) => Math.abs(loss - ours.losses[i]!))),
      };
    });
    const ratio = (precision: "fp32" | "bf16") => {
      const rivals = racers.slice(1).filter(({ spec }) => spec.precision === precision);
      // The best peer is the one with the best median, not whoever was luckiest in a round.
      const best = rivals.toSorted((a, b) => median(a.all) - median(b.all))[0];
      const rounds = best === undefined ? [] : ours.rounds.map((own, i) => best.rounds[i]! / own);
      const processor = best === undefined ? Number.NaN : median(best.processor) / median(ours.processor);
      return { median: median(rounds), rounds, processor };
    };
    return {
      parameters,
      batch,
      length,
      gemm,
      peers,
      ratios: { fp32: ratio("fp32"), bf16: ratio("bf16") },
    };
  } finally {
    gemmer.end();
    for (const { contender } of racers) contender.end();
  }
}
