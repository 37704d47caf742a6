import { QualityMonitor } from "../../src/evaluation/quality/index.ts";
import type { CritiqueRecord, ResponseRecord, RevisionRecord } from "../../src/feedback/index.ts";
import { outcomeOf } from "../../src/feedback/revision-outcome.ts";
import { inputOf, type WeakOutput } from "./outputs.ts";
import type { OutputSet } from "./sets.ts";

/** What the monitors of a run say of a set's outputs: the codes of their warnings, and why the run would stop, if it would. */
export interface Alarms {
  readonly codes: readonly string[];
  readonly useless: string | undefined;
}

/** Feeds a model's outputs to the monitors as the records that a run would have made of them. */
export async function ringAlarms(sets: readonly OutputSet[], outputs: readonly WeakOutput[]): Promise<Alarms> {
  const findings = sets.every(({ templates }) => !templates.version.startsWith("paper"));
  // Which principles took part says nothing here: few prompts, and one principle drawn for each.
  const monitor = new QualityMonitor({ critique: [], comparison: [], findings });
  for (const set of sets) {
    for (const output of outputs.filter((one) => one.set === set.name))
      for (const record of await recordsOf(set, output)) monitor.add(record);
  }
  const codes = monitor.quality().warnings.map(({ code }) => code);
  return { codes: [...new Set(codes)], useless: monitor.useless()?.found };
}

type ChainRecord = ResponseRecord | CritiqueRecord | RevisionRecord;

async function recordsOf(set: OutputSet, output: WeakOutput): Promise<ChainRecord[]> {
  const { id, messages, principleId, response, critique, revision } = output;
  const provenance = {
    schemaVersion: 1,
    constitutionHash: "",
    templateVersion: set.templates.version,
    model: set.model,
    seed: 0,
    promptId: id,
    usage: { promptTokens: 0, completionTokens: 0 },
  } as const;
  const input = await inputOf(output, set);
  const finishOf = (reason: string) => (reason === "length" ? "length" : "stop");
  const text = { text: revision, finishReason: finishOf(output.finishReason) } as const;
  const records: ChainRecord[] = [
    {
      ...provenance,
      type: "response",
      id: `${id}/response`,
      parents: [],
      principleId: null,
      kind: "red-team",
      messages: [...messages],
      sample: 0,
      response,
      finishReason: finishOf(output.responseFinishReason),
    },
  ];
  const round = { ...provenance, principleId, round: 1 };
  if (critique !== null) {
    records.push({
      ...round,
      type: "critique",
      id: `${id}/critique`,
      parents: [],
      critique: critique.text,
      finding: set.templates.finding(critique.text),
      finishReason: finishOf(critique.finishReason),
    });
  }
  records.push({
    ...round,
    type: "revision",
    id: `${id}/revision`,
    parents: [],
    tripped: [],
    revision,
    ...outcomeOf(text, input, set.templates.revision(input).prompt, set.templates),
    finishReason: text.finishReason,
  });
  return records;
}
