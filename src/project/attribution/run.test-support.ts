import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rng } from "../../rng.ts";
import { packageVersion } from "../../storage/index.ts";
import { temporaryFolder, tinyTokenizer } from "../../training/local/tiny.test-support.ts";
import { initialWeights, saveCheckpoint } from "../../transformer/index.ts";

const provenance = { constitutionHash: "", templateVersion: "harbor-1", model: "initial", seed: 1, schemaVersion: 1 };
const usage = { promptTokens: 1, completionTokens: 1 };
const colours = ["red", "green", "blue"];

/** A response, its critique, its revision and the example made of it. */
function chainOf(colour: string, number: string): Record<string, unknown>[] {
  const promptId = `${colour}-${number}`;
  const of = `sl-cai/${promptId}`;
  const messages = [{ role: "user", content: `say ${colour} ${number}` }];
  return [
    {
      ...{ ...provenance, type: "response", id: `${of}/response-0`, parents: [promptId], principleId: null, promptId },
      ...{ kind: "red-team", messages, sample: 0, response: `not ${colour} .`, finishReason: "stop", usage },
    },
    {
      ...{
        ...provenance,
        type: "critique",
        id: `${of}/critique-1`,
        parents: [`${of}/response-0`],
        principleId: colour,
      },
      ...{ promptId, round: 1, critique: `it says not ${colour}`, finding: "breaks", finishReason: "stop", usage },
    },
    {
      ...{ ...provenance, type: "revision", id: `${of}/revision-1`, promptId, principleId: colour, round: 1 },
      ...{ parents: [`${of}/response-0`, `${of}/critique-1`], tripped: [colour], outcome: "usable" },
      ...{ revision: `yes ${number} ${colour} .`, finishReason: "stop", usage },
    },
    {
      ...{
        ...provenance,
        type: "sl-example",
        id: `${of}/example-1`,
        parents: [`${of}/revision-1`],
        promptId,
        round: 1,
      },
      ...{ principleId: colour, source: "revision", prompt: `<user> say ${colour} ${number} <asst>`, weight: 1 },
      completion: `yes ${number} ${colour} .`,
    },
  ];
}

/** Nine chains of three principles. */
export const chainRecords: readonly Record<string, unknown>[] = colours.flatMap((colour) =>
  ["one", "two", "three"].flatMap((number) => chainOf(colour, number)),
);

export function writeRecords(run: string, kept: readonly Record<string, unknown>[]): void {
  const sorted = [...kept].sort((a, b) => (String(a["id"]) < String(b["id"]) ? -1 : 1));
  writeFileSync(join(run, "sl-cai", "records.jsonl"), sorted.map((record) => `${JSON.stringify(record)}\n`).join(""));
}

/** A run of SL-CAI by hand, with tiny models that learned nothing. */
export async function makeRun(): Promise<string> {
  const run = join(await temporaryFolder(), "run");
  mkdirSync(join(run, "sl-cai"), { recursive: true });
  const tokenizer = tinyTokenizer();
  const config = {
    ...{ vocabularySize: tokenizer.vocabularySize, hiddenSize: 16, feedForwardSize: 32, layers: 1, heads: 2 },
    ...{ keyValueHeads: 1, headSize: 8, contextLength: 64, ropeTheta: 10000, normEpsilon: 1e-5, tiedEmbeddings: true },
  };
  for (const [place, seed] of [["initial", 1] as const, ["sl-cai", 2] as const])
    await saveCheckpoint(join(run, place, "checkpoint"), {
      config,
      tokenizer,
      weights: initialWeights(config, rng(seed)),
    });
  const training = { epochs: 12, learningRate: 0.02 };
  const entry = { status: "done", after: [], inputsHash: "", checkpoints: [], seconds: 1, peakMemoryBytes: 1 };
  const manifest = {
    ...{ format: 2, kind: "project", version: packageVersion, node: "v24", platform: "linux-x64", gitCommit: null },
    ...{ command: "demo", seed: 1, config: { world: { name: "harbor" } }, method: { slCai: { training } }, inputs: {} },
    stages: { "sl-cai": { ...entry, records: { records: "" } } },
  };
  writeFileSync(join(run, "manifest.json"), JSON.stringify(manifest));
  writeRecords(run, chainRecords);
  return run;
}
