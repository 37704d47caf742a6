import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { keepAnswer, keepAudit, keepDiff, keepEvaluation, keepFeature, keepFigures, keepForgotten } from "./index.ts";

const estimate = { estimate: 0.9, low: 0.85, high: 0.95, n: 400 };
const words = (text: string): string[] => text.split(" ");

const dictionary = "rl-cai-2-mlp-64-k4";
/** Names in the run that `writeFindings` makes. */
export const foundNames = { dictionary, twin: `${dictionary}-seed2`, feature: 7, example: "sl-cai/p-00001/example-1" };

const f1 = { f1: 0.91, low: 0.86, high: 0.95 };
const best = { ...f1, unit: foundNames.feature, n: 400, positives: 40 };

function exampleAt(interval: "top" | number, text: string, most: number) {
  const tokens = words(text);
  return {
    ...{ interval, text: 0, tokens, peak: 1 },
    activations: tokens.map((_, i) => (i === 1 ? most : i === 2 ? most / 3 : 0)),
    effects: tokens.map((_, i) => (i === 2 ? -0.7 : i === 3 ? 0.2 : 0)),
  };
}

function writeDictionary(folder: string, seed: number): void {
  mkdirSync(folder, { recursive: true });
  const precept = {
    ...{
      models: [
        { name: "demo@initial", hash: "aa" },
        { name: "demo@rl-cai", hash: "bb" },
      ],
      kind: "batch-topk",
      k: 4,
    },
    ...{ l1: 0.02, seed, texts: "t", rows: 4096, steps: 4, batch: 1024, learningRate: 0.002, seconds: 3 },
    ...{ unexplained: 0.2, l0: 4.1, dead: 1 },
  };
  const metadata = { model_name: "demo@rl-cai", hook_name: "blocks.2.mlp.hook_post", hook_layer: 2, precept };
  writeFileSync(join(folder, "cfg.json"), JSON.stringify({ architecture: "jumprelu", d_in: 8, d_sae: 64, metadata }));
}

/** A run's folder with everything that commands keep of what they found within. */
export function writeFindings(run: string): void {
  const folder = join(run, "features", dictionary);
  writeDictionary(folder, 1);
  writeDictionary(`${folder}-seed2`, 2);
  keepEvaluation(folder, {
    loss: {
      ...{ model: 0.7, rebuilt: 0.71, meanAblated: 0.9, zeroAblated: 1.5, recovered: estimate },
      ...{ recoveredAgainstZero: 0.99, unexplained: 0.2, l0: 4.1, tokens: 9000 },
    },
    ...{ size: 64, silent: 3, ultralow: 2 },
    attributes: [
      {
        ...{ group: "principle", name: "privacy", side: "request" },
        best: { feature: best, probe: { ...best, f1: 0.99 }, untrained: { ...best, f1: 0.1, low: 0, high: 0.3 } },
      },
    ],
  });
  keepFeature(folder, foundNames.feature, {
    address: `demo@rl-cai/${dictionary}/7`,
    page: {
      ...{ feature: 7, tokens: 9000, density: 0.02, max: 6, mean: 2.5, histogram: [4, 2, 1] },
      examples: [exampleAt("top", "where does rosa live today ?", 6), exampleAt(2, "the mill is open now .", 1.5)],
      logits: { up: [{ token: "private", effect: 2.1 }], down: [{ token: "mill", effect: -1.2 }] },
      neurons: [{ neuron: 12, correlation: 0.6 }],
    },
    attribute: { group: "principle", name: "privacy", side: "request", ...f1, max: 6, holds: [1, 2], others: [3, 0] },
    twin: { dictionary: `${dictionary}-seed2`, feature: 11, correlation: 0.81 },
  });
  const example = { request: "where does rosa live ?", before: "rosa lives here .", after: "that is private ." };
  keepDiff(folder, {
    ...{ before: "demo@initial", after: "demo@rl-cai", n: 200, features: 64 },
    changed: [
      {
        ...{ feature: 7, side: "request", before: 0.1, after: 0.4, q: 0.0001, examples: [example] },
        difference: { estimate: 0.3, low: 0.2, high: 0.4 },
        groups: [{ group: "privacy", before: 0.1, after: 0.9, n: 20 }],
      },
    ],
    review: [
      {
        ...{ feature: 7, principle: "privacy", effect: { own: -1.5, other: 0.6, n: 24 } },
        causes: [
          { id: foundNames.example, principleId: "privacy", activation: 5.5, text: "where is kate ? private ." },
        ],
        shares: [{ principleId: "privacy", share: 0.8, n: 30 }],
      },
    ],
  });
  writeProbe(join(run, "probes", "rl-cai-privacy"));
  writeAttribution(run);
}

function writeProbe(folder: string): void {
  const areas = { n: 120, positives: 30, logistic: estimate, difference: estimate, words: estimate, gain: estimate };
  const rows = ["held out", "without the word"].map((name) => ({ name, figures: areas }));
  keepFigures(folder, { fitted: 300, rows, alarms: { kept: 0.05, broken: 0.7 } });
  const probe = {
    ...{ model: { name: "demo@rl-cai", hash: "bb" }, site: "blocks.2.hook_resid_post", reading: "request" },
    ...{ principle: "privacy", labels: "its own answers", threshold: 0.4, falsePositiveRate: 0.05 },
  };
  writeFileSync(join(folder, "probe.json"), JSON.stringify(probe));
}

function writeAttribution(run: string): void {
  const ranks = (ekfac: number, bm25: number) => ({
    ekfac: { score: 1.5, rank: ekfac },
    bm25: { score: 9, rank: bm25 },
  });
  const line = (id: string, completion: string) => ({
    ...{ id, source: "revision", prompt: "<user> where is kate ? <asst>", completion, principles: ["privacy"] },
    critiques: [{ id: "sl-cai/p-00001/critique-1-privacy", principleId: "privacy", text: "it tells where kate is" }],
    missing: [],
  });
  const sum = { sum: 4, low: 1, high: 7, mean: 0.4, strongerHalf: 0.9 };
  const answered = { request: "where does ana live ?", response: "that is private ." };
  keepAnswer(run, {
    ...{ answering: "rl-cai", trained: "sl-cai", ...answered, examples: 1433 },
    principles: [
      { principleId: "privacy", text: "Keep secrets.", examples: 118, byMethod: { ekfac: { ...sum, rank: 1 } } },
      { principleId: "tone", examples: 200, byMethod: { ekfac: { ...sum, mean: -0.2, rank: 2 } } },
    ],
    strongest: [
      {
        ...{ example: line(foundNames.example, "kate is private ."), byMethod: ranks(1, 2), agreement: 2 },
        comparison: { id: "ai-feedback/c-1", request: "where is olga ?", principles: ["privacy"], label: 0.9 },
      },
      { example: line("sl-cai/p-00002/example-1", "that I keep ."), byMethod: ranks(900, 1), agreement: 1 },
    ],
    compared: {
      ...{ stage: "preference-model", comparisons: 542, opponents: [] },
      proponents: [
        {
          ...{ id: "ai-feedback/c-9", request: "who is olga ?", responses: ["a spy .", "private ."], label: 0.2 },
          ...{ principles: ["privacy"], influence: 0.31 },
        },
      ],
    },
    notes: ["tracin is of the last checkpoint alone"],
  } as Parameters<typeof keepAnswer>[1]);
  const suspicion = { "left-out": { value: 2.2, rank: 1 }, loss: { value: 0.9, rank: 3 } };
  const suspect = {
    ...{
      id: "ai-feedback/c-1",
      rank: 1,
      request: "where is olga ?",
      responses: ["at home .", "private ."],
      label: 0.1,
    },
    ...{ principles: ["privacy"], suspicion, isPlanted: false },
  };
  keepAudit(run, "own", { comparisons: 542, by: "left-out", suspects: [suspect] });
  const planted = { count: 9, recall: { "left-out": { ...estimate, n: 9 }, loss: { ...estimate, n: 9 } } };
  keepAudit(run, "planted", { comparisons: 542, by: "left-out", suspects: [], planted });
  const rows = ["none", "nearest", "random"].map((left, i) => ({
    ...{ left, logprob: -1 - 3 * i, siblings: { heldOut: { logprob: -2, n: 12 } } },
  }));
  keepForgotten(run, {
    ...{ trained: "sl-cai", ...answered, method: "ekfac", without: 50, principle: "privacy", rows },
  } as Parameters<typeof keepForgotten>[1]);
  const referee = join(run, "attribution", "referee-sl-cai");
  mkdirSync(referee, { recursive: true });
  const judged = {
    ...{ trained: "sl-cai", examples: 1433, retrainings: 20, queries: 60 },
    rows: [{ method: "ekfac", lds: { estimate: 0.374, low: 0.31, high: 0.437, n: 60 } }],
    ceiling: { estimate: null, low: null, high: null, n: 0, note: "fewer than four halves were trained twice" },
  };
  writeFileSync(join(referee, "referee.json"), JSON.stringify(judged));
  const index = join(run, "attribution", "sl-cai");
  mkdirSync(index, { recursive: true });
  writeFileSync(join(index, "index.json"), JSON.stringify({ rows: 1433, files: { ekfac: "h" } }));
}
