import { rng } from "../rng.ts";
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
