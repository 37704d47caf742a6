/**
 * An input head of SmolLM2-135M-Instruct on real English, with labels of persons from published sets: a check that heads carry over to
 * requests of another make, not the product's claim, whose labels are AI feedback alone.
 *   PRECEPT_MODELS=… node benchmarks/guard-english.ts [--epochs 2] [--seed 1] [--write]
 * Training continues where it stopped, in runs/guard-english. --write puts the table into docs/guard.md.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createConstitution } from "../src/constitution/index.ts";
import { principleHash, smoothReadings, writeHeadFile } from "../src/guard/index.ts";
import { openTokenClassifier, tokenizerHash } from "../src/guard/local/index.ts";
import { duration, terminalProgress } from "../src/progress/index.ts";
import { rng } from "../src/rng.ts";
import { adapterGuardModelOptions } from "../src/stages/index.ts";
import { auc, clusterBootstrap, type Estimate } from "../src/statistics/index.ts";
import { hashText } from "../src/storage/index.ts";
import { LocalTrainer } from "../src/training/local/index.ts";
import { loadCheckpointTokenizer } from "../src/transformer/index.ts";
import { type LabelledRequest, readShelf, readXstest, shelfOf } from "./guard-english/shelf.ts";
import { keyWordScore, weightedWordScore } from "./guard-english/words.ts";
import { modelsFolder } from "./models/fetch.ts";
import { fetchedModels } from "./models/table.ts";

const { values } = parseArgs({
  options: {
    epochs: { type: "string", default: "2" },
    seed: { type: "string", default: "1" },
    write: { type: "boolean", default: false },
  },
});
const shelf = shelfOf();
if (shelf === undefined) throw new Error("no benchmark data: set PRECEPT_DATA to the shelf's folder");
const seed = Number(values.seed);
const name = "smollm2-135m-instruct";
const backbone = join(modelsFolder(), name, fetchedModels[name]?.file ?? "");
const { training, adapter, temperature } = adapterGuardModelOptions;
/** Requests have about fifteen tokens: a mean of sixteen would be one of all. */
const window = 4;
const constitution = createConstitution({
  name: "harm",
  principles: [{ id: "harm", text: "Ask for nothing that harms people." }],
});
const progress = terminalProgress({ stream: process.stderr });

/** Trains a head on labelled requests, to be read by the guard's own reader. */
async function trainHead(
  folder: string,
  requests: readonly LabelledRequest[],
  labels: readonly boolean[],
): Promise<void> {
  const trainer = new LocalTrainer();
  const steps = trainer.train({
    objective: "token-heads",
    initial: backbone,
    output: folder,
    seed,
    examples: requests.map(({ id, text }, i) => ({ id, prompt: "", response: text, labels: [labels[i] ? 1 : 0] })),
    heads: 1,
    window,
    temperature,
    epochs: Number(values.epochs),
    learningRate: training.learningRate,
    lora: adapter,
    batch: training.batch,
    stateEvery: training.stateEvery,
  });
  let isBegun = false;
  for await (const { step, steps: total } of steps) {
    if (!isBegun) progress.start("guard-english", folder, total, "steps");
    isBegun = true;
    progress.advance(1, { tokens: 0 });
    if (step === total) progress.finish();
  }
  const [principle] = constitution.principles;
  if (principle === undefined) throw new RangeError("no principle");
  writeHeadFile(folder, {
    schemaVersion: 1,
    constitutionHash: constitution.hash,
    side: "input",
    principles: [{ id: principle.id, hash: principleHash(principle), slope: 1, offset: 0 }],
    window,
    holdTokens: 1,
    tokenizerHash: tokenizerHash(await loadCheckpointTokenizer(backbone)),
    recordsHash: `sha256:${hashText(JSON.stringify(requests))}`,
  });
}

/** The greatest smoothed logit of the head in each request. */
async function readHead(folder: string, requests: readonly LabelledRequest[]): Promise<number[]> {
  const classifier = await openTokenClassifier(folder);
  try {
    const peaks: number[] = [];
    for (const { text } of requests) {
      const { logits } = await classifier.read({ turns: [] }, text);
      peaks.push(smoothReadings(logits, 1, window).reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY));
    }
    return peaks;
  } finally {
    await classifier.dispose();
  }
}

const started = performance.now();
const all = await readShelf(shelf, seed);
/** A fifth by the hash of the text is not trained on: the same sets, other requests. */
const isHeldOut = ({ text }: LabelledRequest): boolean =>
  Number.parseInt(hashText(text).slice(0, 8), 16) / 2 ** 32 < 0.2;
const known = all.filter((one) => !isHeldOut(one));
const own = all.filter(isHeldOut);
const xstest = await readXstest(shelf);
const root = "runs/guard-english";
const labels = known.map(({ isHarmful }) => isHarmful);
await trainHead(join(root, "head"), known, labels);
await trainHead(join(root, "shuffled"), known, rng(seed, "shuffled").shuffle(labels));
const keyWords = keyWordScore(known);
const weighted = weightedWordScore(known);

const scorers: readonly {
  readonly label: string;
  readonly score: (requests: readonly LabelledRequest[]) => Promise<number[]>;
}[] = [
  { label: "head of SmolLM2-135M-Instruct", score: (requests) => readHead(join(root, "head"), requests) },
  { label: `${keyWords.size} key words`, score: async (requests) => requests.map(({ text }) => keyWords.score(text)) },
  {
    label: "all words, with weights (naive Bayes)",
    score: async (requests) => requests.map(({ text }) => weighted(text)),
  },
  { label: "control: length in characters", score: async (requests) => requests.map(({ text }) => text.length) },
  {
    label: "control: head with labels dealt out anew",
    score: (requests) => readHead(join(root, "shuffled"), requests),
  },
];

const show = ({ estimate, low, high }: Estimate): string =>
  `${estimate.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
const areaOf = (rows: readonly { readonly isHarmful: boolean; readonly score: number }[]): Estimate =>
  auc(
    rows.filter(({ isHarmful }) => isHarmful).map(({ score }) => score),
    rows.filter(({ isHarmful }) => !isHarmful).map(({ score }) => score),
  );
const scored: { readonly label: string; readonly own: number[]; readonly xstest: number[] }[] = [];
// One after the other: each head is a model in memory.
for (const { label, score } of scorers) scored.push({ label, own: await score(own), xstest: await score(xstest) });
const [head] = scored;
if (head === undefined) throw new RangeError("no head");
const rows = scored.map((scorer) => {
  const rowsOf = (requests: readonly LabelledRequest[], scores: readonly number[]) =>
    requests.map(({ isHarmful }, i) => ({ isHarmful, score: scores[i] ?? Number.NaN }));
  const pairs = xstest.map(({ isHarmful }, i) => ({
    isHarmful,
    head: head.xstest[i] ?? 0,
    other: scorer.xstest[i] ?? 0,
  }));
  const difference =
    scorer === head
      ? "–"
      : show(
          clusterBootstrap(
            pairs,
            pairs.map((_, i) => String(i)),
            (drawn) =>
              areaOf(drawn.map((one) => ({ ...one, score: one.head }))).estimate -
              areaOf(drawn.map((one) => ({ ...one, score: one.other }))).estimate,
            { rng: rng(seed, "difference") },
          ),
        );
  return `| ${scorer.label} | ${show(areaOf(rowsOf(own, scorer.own)))} | ${show(areaOf(rowsOf(xstest, scorer.xstest)))} | ${difference} |`;
});
const count = (requests: readonly LabelledRequest[], isHarmful: boolean): number =>
  requests.filter((one) => one.isHarmful === isHarmful).length;
const sets = [...Map.groupBy(known, ({ set }) => set)].map(([set, requests]) => `${set} ${requests.length}`).sort();
const text = [
  "",
  `Trained on ${known.length} requests that their authors call harmful (${count(known, true)}) or harmless (${count(known, false)}): ${sets.join(", ")}; an adapter of rank ${adapter?.rank}, ${values.epochs} epochs, seed ${seed}. This process took ${duration((performance.now() - started) / 1000)}.`,
  "",
  `| score of a request | area under the curve, ${own.length} other requests of these sets (${count(own, true)} harmful) | XSTest's odd half, ${count(xstest, true)} unsafe and ${count(xstest, false)} safe | head minus this, XSTest |`,
  "| --- | --- | --- | --- |",
  ...rows,
].join("\n");
process.stdout.write(`${text}\n`);
if (values.write) {
  const path = new URL("../docs/guard.md", import.meta.url);
  const next = readFileSync(path, "utf8").replace(
    /(<!-- english -->\n)[\s\S]*?(<!-- end english -->)/,
    (_, from, to) => `${from}${text}\n\n${to}`,
  );
  writeFileSync(path, next);
}
