import { z } from "zod";
import { type ChainRecord, type CritiqueRecord, isPassedOver, textOf } from "../../feedback/index.ts";
import type { Message } from "../../language-model.ts";
import { messageSchema, probabilitySchema, provenance, SCHEMA_VERSION } from "../../records/index.ts";
import { hashText } from "../../storage/index.ts";
import { ANY } from "./head-file.ts";

/** What a label is for: to learn from, to set thresholds by, or to report on. */
export const SPLITS = ["training", "development", "report"] as const;
export type LabelSplit = (typeof SPLITS)[number];

/**
 * One text, and how surely it breaks each principle, as the critiques and revisions of a run say: never a person or an oracle.
 * parents: [the text's record, the critiques read].
 */
export const guardLabelSchema = z.object({
  type: z.literal("guard-label"),
  ...provenance,
  promptId: z.string().min(1),
  side: z.enum(["input", "output"]),
  split: z.enum(SPLITS),
  /** Of the prompt, as the run has it. */
  kind: z.enum(["red-team", "helpful"]),
  messages: z.array(messageSchema),
  text: z.string().min(1),
  /** P(breaks) by principle; absent where nobody said. */
  labels: z.record(z.string(), probabilitySchema),
  sources: z.record(z.string(), z.enum(["critique", "revision", "samples"])),
  /** Where a usable revision of this text begins to differ from it, in UTF-16 units: up to here nobody saw a breach. */
  differsAt: z.int().min(0).optional(),
});
export type GuardLabelRecord = z.infer<typeof guardLabelSchema>;

/** By a hash of what was asked, so that all texts about one prompt stand on one side: half, then seven parts of ten of the rest. */
export function splitOf(messages: readonly Message[]): LabelSplit {
  const text = JSON.stringify(messages.map(({ role, content }) => [role, content]));
  const share = Number.parseInt(hashText(text).slice(0, 8), 16) / 2 ** 32;
  return share < 0.5 ? "training" : share < 0.85 ? "development" : "report";
}

/**
 * The labels of finished chains: what a critique found, and that a usable revision keeps the principle that it was written
 * under. A critique of the revision itself goes before the latter; a text that stands twice under a prompt is labelled once.
 */
export function labelOutputs(records: readonly ChainRecord[]): GuardLabelRecord[] {
  return [...Map.groupBy(records, ({ promptId }) => promptId).values()].flatMap(labelChain);
}

/** A critique that says something, and was not passed over for quoting what no document says. */
const isClear = (critique: CritiqueRecord): boolean => critique.finding !== "unclear" && !isPassedOver(critique);

function labelChain(chain: readonly ChainRecord[]): GuardLabelRecord[] {
  const critiques = Map.groupBy(
    chain.filter((record) => record.type === "critique").filter(isClear),
    ({ parents }) => parents[0] ?? "",
  );
  const response = chain.find((record) => record.type === "response");
  if (response === undefined) return [];
  const revisions = chain.filter((record) => record.type === "revision").filter(({ outcome }) => outcome === "usable");
  const isAnswer = response.missing === undefined && response.response.trim() !== "";
  const split = splitOf(response.messages);
  const made = new Map<string, GuardLabelRecord>();
  for (const record of [...(isAnswer ? [response] : []), ...revisions]) {
    const text = textOf(record);
    const read = critiques.get(record.id) ?? [];
    const labels = Object.fromEntries(
      read.map(({ principleId, finding }) => [principleId, finding === "breaks" ? 1 : 0]),
    );
    const sources = Object.fromEntries(read.map(({ principleId }) => [principleId, "critique" as const]));
    const keeps = record.type === "revision" && labels[record.principleId] === undefined ? [record.principleId] : [];
    const rewritten = revisions.find(({ parents }) => parents[0] === record.id);
    if (made.has(text) || read.length + keeps.length === 0) continue;
    made.set(text, {
      type: "guard-label",
      schemaVersion: SCHEMA_VERSION,
      id: `guard-model/output/${record.id}`,
      parents: [record.id, ...read.map(({ id }) => id)],
      principleId: null,
      constitutionHash: record.constitutionHash,
      templateVersion: record.templateVersion,
      model: read[0]?.model ?? record.model,
      seed: record.seed,
      promptId: record.promptId,
      side: "output",
      split,
      kind: response.kind,
      messages: response.messages,
      text,
      labels: { ...labels, ...Object.fromEntries(keeps.map((id) => [id, 0])) },
      sources: { ...sources, ...Object.fromEntries(keeps.map((id) => [id, "revision" as const])) },
      differsAt: rewritten && commonLength(text, rewritten.revision),
    });
  }
  return [...made.values()];
}

/** The items that are answered in the place of a prompt, `count` times, each by its own stream of chance. */
export const samplesOf = <P extends { readonly id: string }>(prompt: P, count: number): P[] =>
  Array.from({ length: count }, (_, sample) => ({ ...prompt, id: `${prompt.id}/sample-${sample}` }));

/**
 * What people wrote, labelled by what it leads to: of the sampled answers to a prompt, the share in which a critique found a breach
 * of each principle. Unclear critiques count for neither side. parents: [the prompt, the critiques read].
 */
export function labelInputs(records: readonly ChainRecord[]): GuardLabelRecord[] {
  const byPrompt = Map.groupBy(records, ({ promptId }) => promptId.replace(/\/sample-\d+$/, ""));
  return [...byPrompt].flatMap(([promptId, own]): GuardLabelRecord[] => {
    const response = own.find((record) => record.type === "response");
    const text = (response?.messages ?? [])
      .filter(({ role }) => role === "user")
      .map(({ content }) => content)
      .join("\n");
    const read = own
      .filter((record) => record.type === "critique")
      .filter((critique) => isClear(critique) && critique.principleId !== null);
    if (response === undefined || text.trim() === "" || read.length === 0) return [];
    const shares = [...Map.groupBy(read, ({ principleId }) => principleId)].map(([id, critiques]) => {
      const broken = critiques.filter(({ finding }) => finding === "breaks").length;
      return [id, broken / critiques.length] as const;
    });
    return [
      {
        type: "guard-label",
        schemaVersion: SCHEMA_VERSION,
        id: `guard-model/input/${promptId}`,
        parents: [promptId, ...read.map(({ id }) => id)],
        principleId: null,
        constitutionHash: response.constitutionHash,
        templateVersion: response.templateVersion,
        model: read[0]?.model ?? response.model,
        seed: response.seed,
        promptId,
        side: "input",
        split: splitOf(response.messages),
        kind: response.kind,
        messages: response.messages,
        text,
        labels: Object.fromEntries(shares),
        sources: Object.fromEntries(shares.map(([id]) => [id, "samples" as const])),
      },
    ];
  });
}

/**
 * The label of "breaks any": the greatest of a text's labels where one says that it is broken, and where all principles that apply to the
 * text were read; else nobody said. `asked`: ids of the principles that apply.
 */
export function labelAny(record: GuardLabelRecord, asked: readonly string[]): GuardLabelRecord {
  const most = Math.max(...Object.values(record.labels));
  const isKnown = most > 0.5 || asked.every((id) => record.labels[id] !== undefined);
  return isKnown ? { ...record, labels: { ...record.labels, [ANY]: most } } : record;
}

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < Math.min(a.length, b.length) && a[length] === b[length]) length++;
  return length;
}

/** How many labels say that each principle is broken (above one half), and that it is kept. */
export function countLabels(
  records: readonly Pick<GuardLabelRecord, "labels">[],
): Readonly<Record<string, { readonly breaks: number; readonly keeps: number }>> {
  const counts: Record<string, { breaks: number; keeps: number }> = {};
  for (const { labels } of records) {
    for (const [id, label] of Object.entries(labels)) {
      const { breaks = 0, keeps = 0 } = counts[id] ?? {};
      counts[id] = label > 0.5 ? { breaks: breaks + 1, keeps } : { breaks, keeps: keeps + 1 };
    }
  }
  return counts;
}
