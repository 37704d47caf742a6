import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { standardise, standardOf } from "../../src/interpretability/dictionaries/standardise.ts";
import {
  ActivationStore,
  type DictionaryOptions,
  DictionaryTraining,
  writeActivations,
} from "../../src/interpretability/index.ts";
import { featureDefaults } from "../../src/project/index.ts";
import { inspectionText } from "../../src/worlds/harbor/index.ts";
import { type InsideJob, progress, siteOfJob, tableOf, withPlace } from "./shared.ts";

const program = new URL("../../python/learn_dictionary.py", import.meta.url).pathname;
/** That either side takes. */
const turns = 10;

interface Turn {
  readonly seconds: number;
  readonly unexplained: number;
  readonly l0: number;
  readonly dead: number;
}

/** One recipe, BatchTopK of 1,024 features with k = 12, over the same activations in the same order: ours, and SAELens on PyTorch, in turns. */
export async function measurePeer(job: InsideJob): Promise<string> {
  const python = process.env["PRECEPT_PYTHON"];
  if (python === undefined || !existsSync(python)) throw new Error("PRECEPT_PYTHON names no Python with sae_lens");
  const threads = Number(process.env["PRECEPT_THREADS"] ?? 2);
  const { data, width, site, seconds: reading } = await writeRows(job);
  const { batch, size, k, learningRate } = featureDefaults;
  const steps = Math.floor(job.learned / batch);
  const options = {
    rows: join(job.scratch, "peer.f32"),
    width,
    batch,
    steps,
    size,
    k,
    rate: learningRate,
    seed: 1,
    threads,
  };
  writeFileSync(options.rows, data);
  const place = join(job.scratch, "peer.json");
  writeFileSync(place, JSON.stringify(options));
  const ours = await openOurs(data, { ...options, kind: "batch-topk", l1: 0, learningRate });
  const theirs = await openTheirs(python, place);
  const took: { readonly ours: Turn[]; readonly theirs: Turn[] } = { ours: [], theirs: [] };
  progress.start("inside", "turns of learning", 2 * turns, "turns");
  try {
    for (let turn = 0; turn < turns; turn++) {
      const count = Math.floor(((turn + 1) * steps) / turns) - Math.floor((turn * steps) / turns);
      const sides = [["ours", ours.take] as const, ["theirs", theirs.take] as const];
      // Whoever goes first in one turn goes second in the next.
      for (const [name, take] of turn % 2 === 0 ? sides : sides.reverse()) {
        took[name].push(await take(count));
        progress.advance(1);
      }
    }
  } finally {
    progress.finish();
    await ours.close();
    await theirs.close();
  }
  return showPeer(took, { site, width, steps, batch, reading, rows: data.length / width, threads });
}

/** Activations of the demo's last checkpoint, of mean 0 and variance 1, in the order in which both learn from them. */
async function writeRows(job: InsideJob) {
  return withPlace(`${job.run}@rl-cai`, async (place) => {
    const site = siteOfJob(place);
    const folder = join(job.scratch, "peer");
    const textAt = (n: number): number[] => place.model.tokenizer.encode(inspectionText(1, n));
    const started = performance.now();
    await writeActivations({
      ...{
        folder,
        models: [place],
        sites: [site],
        textAt,
        textsName: "harbor, seed 1",
        rows: job.rows,
        seed: 1,
        progress,
      },
    });
    const seconds = (performance.now() - started) / 1000;
    const store = new ActivationStore(folder);
    const { batch } = featureDefaults;
    const batches = Array.from({ length: Math.floor(store.rows / batch) }, (_, i) => store.batch(i, batch)[0]!);
    const width = batches[0]!.length / batch;
    const standard = standardOf(batches[0]!, width);
    const data = new Float32Array(batches.length * batch * width);
    for (const [i, own] of batches.entries()) data.set(standardise(own, standard), i * batch * width);
    return { data, width, site, seconds };
  });
}

async function openOurs(
  data: Float32Array,
  options: DictionaryOptions & { readonly width: number; readonly threads: number },
) {
  const { width, batch, threads } = options;
  const training = await DictionaryTraining.create(options, { inputs: width, outputs: width }, threads);
  const perPass = data.length / (batch * width);
  return {
    async take(count: number): Promise<Turn> {
      const started = performance.now();
      let last = { unexplained: Number.NaN, l0: Number.NaN, dead: 0 };
      for (let i = 0; i < count; i++) {
        const at = training.step % perPass;
        const rows = data.subarray(at * batch * width, (at + 1) * batch * width);
        last = await training.train(rows, rows);
      }
      return { ...last, seconds: (performance.now() - started) / 1000 };
    },
    close: () => training.dispose(),
  };
}

async function openTheirs(python: string, options: string) {
  const child = spawn(python, [program, options], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, HF_HUB_OFFLINE: "1", PYTHONDONTWRITEBYTECODE: "1" },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const read = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error("SAELens ended; see above");
    return JSON.parse(value);
  };
  await read();
  return {
    async take(count: number): Promise<Turn> {
      child.stdin.write(`${count}\n`);
      return (await read()) as Turn;
    },
    async close(): Promise<void> {
      child.stdin.end("\n");
      if (child.exitCode === null) await once(child, "exit");
    },
  };
}

function showPeer(
  { ours, theirs }: { readonly ours: readonly Turn[]; readonly theirs: readonly Turn[] },
  about: { site: string; width: number; steps: number; batch: number; reading: number; rows: number; threads: number },
): string {
  const total = (turns: readonly Turn[]): number => turns.reduce((sum, { seconds }) => sum + seconds, 0);
  const rowOf = (name: string, own: readonly Turn[]): string[] => {
    const last = own.at(-1)!;
    const slowest = Math.max(...own.map(({ seconds }) => seconds));
    const fastest = Math.min(...own.map(({ seconds }) => seconds));
    return [
      name,
      total(own).toFixed(0),
      `${fastest.toFixed(1)} to ${slowest.toFixed(1)}`,
      (100 * last.unexplained).toFixed(1),
      last.l0.toFixed(1),
      String(last.dead),
    ];
  };
  const { site, width, steps, batch, reading, rows, threads } = about;
  const ratios = ours.map(({ seconds }, i) => (theirs[i]?.seconds ?? Number.NaN) / seconds).sort((a, b) => a - b);
  return [
    `${(steps * batch).toLocaleString("en")} activations of ${site} (${width} numbers each, ${rows.toLocaleString("en")} different ones, read from the model in ${reading.toFixed(0)} s before), 1,024 features, k = 12, batches of ${batch}, ${threads} threads; ${turns} turns each, alternately.`,
    tableOf(
      ["", "seconds", "a turn, fastest to slowest", "variance left in the last batch, %", "features per token", "dead"],
      [rowOf("Precept", ours), rowOf("SAELens on PyTorch", theirs)],
    ),
    `Precept is ${(total(theirs) / total(ours)).toFixed(2)} times as fast; turn by turn ${ratios[0]?.toFixed(2)} to ${ratios.at(-1)?.toFixed(2)}. Aims: three minutes, and once.`,
  ].join("\n\n");
}
