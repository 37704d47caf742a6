import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FeedbackRecord } from "../../src/feedback/records.ts";
import type { Manifest } from "../../src/runs/index.ts";
import { type Item, principles } from "./items.ts";

const constitutionHash = `sha256:${"0".repeat(64)}`;
const usage = { promptTokens: 40, completionTokens: 120 };

/** A run whose SL-CAI has one chain an item: response, critique, revision and training row. */
export function writePreceptRun(folder: string, items: readonly Item[], seed: number): void {
  mkdirSync(join(folder, "sl-cai"), { recursive: true });
  const text = items.flatMap((item) => recordsOf(item, seed).map((record) => `${JSON.stringify(record)}\n`)).join("");
  writeFileSync(join(folder, "sl-cai", "records.jsonl"), text);
  writeFileSync(
    join(folder, "constitution.json"),
    JSON.stringify({ name: "bench", principles: principles.map((id) => ({ id, text: `The answer is ${id}.` })) }),
  );
  const manifest: Manifest = {
    format: 2,
    kind: "project",
    of: `${items.length} items of benchmarks/viewer-peers.ts`,
    version: "0.0.0",
    node: process.version,
    platform: process.platform,
    gitCommit: null,
    command: "npm run bench:viewer-peers",
    seed,
    config: {},
    inputs: { constitution: constitutionHash },
    stages: {
      "sl-cai": {
        status: "done",
        after: [],
        inputsHash: "0",
        records: { records: createHash("sha256").update(text).digest("hex") },
        checkpoints: [],
        seconds: 1,
        peakMemoryBytes: 1,
      },
    },
  };
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest, null, 2));
}

function recordsOf(item: Item, seed: number): FeedbackRecord[] {
  const { id: promptId, principle: principleId, request, response, critique, revision } = item;
  const of = (id: string, parents: string[], principle: string | null) =>
    ({
      schemaVersion: 1,
      id: `sl-cai/${promptId}/${id}`,
      parents,
      principleId: principle,
      constitutionHash,
      templateVersion: "bench-1",
      model: "bench",
      seed,
    }) as const;
  const common = { promptId, finishReason: "stop", usage } as const;
  const messages = [{ role: "user" as const, content: request }];
  const [answered, found, revised] = [`response-0`, `critique-1-${principleId}`, `revision-1`];
  const asId = (name: string): string => `sl-cai/${promptId}/${name}`;
  return [
    { ...of(answered, [promptId], null), ...common, type: "response", kind: "red-team", messages, sample: 0, response },
    {
      ...of(found, [asId(answered)], principleId),
      ...common,
      type: "critique",
      principleId,
      round: 1,
      critique,
      finding: "breaks",
    },
    {
      ...of(revised, [asId(answered), asId(found)], principleId),
      ...common,
      type: "revision",
      principleId,
      round: 1,
      tripped: [principleId],
      revision,
      outcome: "usable",
    },
    {
      ...of("example-1", [asId(revised)], principleId),
      type: "sl-example",
      source: "revision",
      promptId,
      round: 1,
      prompt: messages,
      completion: revision,
      weight: 1,
    },
  ];
}
