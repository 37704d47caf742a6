import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rng } from "../rng.ts";
import { canonicalJson, hashText } from "../storage/index.ts";
import type { RawRecord } from "./segments/listing.ts";

/** Words of five scripts; each stands alone between spaces. */
export const vocabulary = [
  ..."quay boat soup lye bread rope fuse tar mill forge".split(" "),
  ..."порт утро хлеб ключ".split(" "),
  ..."ميناء خبز صباح".split(" "),
  ..."नाव रोटी सुबह".split(" "),
  ..."naïve crème œuf".split(" "),
];
export const principles = ["danger", "help", "tone", "privacy"] as const;

const provenance = { schemaVersion: 1, constitutionHash: "h", templateVersion: "t-1", model: "initial", seed: 1 };
const usage = { promptTokens: 1, completionTokens: 1 };

/** A chain of records that fit the schemas, made up at random, in the order of their ids. */
export function randomChain(number: number, seed = 1): RawRecord[] {
  const random = rng(seed, "chain", number);
  const text = (): string => Array.from({ length: 1 + random.integer(6) }, () => random.pick(vocabulary)).join(" ");
  const promptId = `p-${String(number).padStart(5, "0")}`;
  const id = (name: string): string => `sl-cai/${promptId}/${name}`;
  const kind = random.pick(["red-team", "helpful"] as const);
  const records: RawRecord[] = [
    {
      ...{ ...provenance, usage, promptId, kind, sample: 0, finishReason: "stop", principleId: null },
      type: "response",
      id: id("response-0"),
      parents: [promptId],
      messages: [{ role: "user", content: text() }],
      response: text(),
    },
  ];
  let last = id("response-0");
  const rounds = random.integer(4);
  for (let round = 1; round <= rounds; round++) {
    for (const principleId of principles) {
      records.push({
        ...{ ...provenance, usage, promptId, principleId, round, finishReason: "stop" },
        type: "critique",
        id: id(`critique-${round}-${principleId}`),
        parents: [last],
        critique: text(),
        finding: random.pick(["breaks", "keeps", "unclear"] as const),
      });
    }
    const principleId = random.pick(principles);
    const outcome = random.pick(["usable", "usable", "unchanged", "copy"] as const);
    records.push({
      ...{ ...provenance, usage, promptId, principleId, round, finishReason: "stop" },
      type: "revision",
      id: id(`revision-${round}`),
      parents: [last, id(`critique-${round}-${principleId}`)],
      revision: text(),
      outcome,
      tripped: [principleId],
    });
    if (outcome === "usable") last = id(`revision-${round}`);
  }
  if (random.next() < 0.8) {
    records.push({
      ...{ ...provenance, promptId, round: rounds, principleId: null, weight: 1, prompt: text(), completion: text() },
      type: "sl-example",
      id: id(`example-${rounds}`),
      parents: [last],
      source: rounds === 0 ? kind.replace("red-team", "unrevised") : "revision",
    });
  }
  return records.sort((a, b) => (String(a["id"]) < String(b["id"]) ? -1 : 1));
}

/** A run of one stage, SL-CAI, with these lines as its records. */
export function writeRun(folder: string, lines: readonly string[], stage: object = {}): void {
  writeStages(folder, { "sl-cai": lines }, stage);
}

/** A run of these stages, with these lines as their records. */
export function writeStages(
  folder: string,
  stages: Readonly<Record<string, readonly string[]>>,
  changes: object = {},
): void {
  const entry = { status: "done", after: [], inputsHash: "h", checkpoints: [], seconds: 1, peakMemoryBytes: 1 };
  const entries = Object.entries(stages).map(([stage, lines]) => {
    const text = lines.map((line) => `${line}\n`).join("");
    mkdirSync(join(folder, stage), { recursive: true });
    writeFileSync(join(folder, stage, "records.jsonl"), text);
    return [stage, { ...entry, records: { records: hashText(text) }, ...changes }] as const;
  });
  const manifest = {
    ...{ format: 2, kind: "project", version: "0.2.0", node: "v24", platform: "linux", gitCommit: null },
    ...{ command: "run", seed: 1, config: {}, inputs: { constitution: "sha256:12" } },
    stages: Object.fromEntries(entries),
  };
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
  const named = principles.map((id) => ({ id, text: `the answer should keep ${id} .` }));
  writeFileSync(join(folder, "constitution.json"), JSON.stringify({ name: "test", principles: named }));
}

/** Records of chains as their lines. */
export function linesOf(chains: readonly (readonly RawRecord[])[]): string[] {
  return chains.flat().map((record) => canonicalJson(record));
}
