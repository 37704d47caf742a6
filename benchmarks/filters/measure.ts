import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { outcomeOf } from "../../src/feedback/revision-outcome.ts";
import { hash32 } from "../../src/rng.ts";
import { inputOf, type WeakOutput } from "./outputs.ts";
import { type OutputSet, outputSets } from "./sets.ts";

/** What a reader saw in a text; RUBRIC.md says what each means. All but the first are to be dropped. */
export const labels = ["answer", "critique", "request", "few-shot", "method", "empty"] as const;
export type Label = (typeof labels)[number];

/** Rules were chosen on one part; the other was looked at once, for the figure. Outputs of one prompt stand in one part. */
export type Half = "tuning" | "held";

/** An output with its label and with what the filter makes of it. */
export interface Judged {
  readonly output: WeakOutput;
  readonly set: OutputSet;
  readonly half: Half;
  readonly label: Label;
  readonly isDropped: boolean;
}

const here = (name: string): URL => new URL(name, import.meta.url);

export function readOutputs(): WeakOutput[] {
  const lines = gunzipSync(readFileSync(here("outputs.jsonl.gz")))
    .toString("utf8")
    .trim()
    .split("\n");
  return lines.map((line) => JSON.parse(line) as WeakOutput);
}

/** @throws Error for a label that is none. */
export function readLabels(): ReadonlyMap<string, Label> {
  const lines = readFileSync(here("labels.tsv"), "utf8").trim().split("\n");
  return new Map(
    lines.map((line) => {
      const [id = "", label] = line.split("\t");
      const known = labels.find((name) => name === label);
      if (known === undefined) throw new Error(`labels.tsv: ${line}`);
      return [id, known];
    }),
  );
}

/** Prompts whose outputs were looked at, with the filter's verdicts, while the rules were chosen. */
const tunedOn: Readonly<Record<string, readonly string[]>> = {
  "smol-chat": ["r57", "r01", "r08", "h16"],
  "qwen-chat": ["r42", "h22", "h08"],
};
const tunedSets: readonly string[] = ["smol-chat-early", "qwen-chat-early"];

/** By the prompt, so that what is drawn from one prompt never stands on both sides; harbor's, which no rule was chosen on, by a hash. */
export function halfOf(id: string): Half {
  const [set = "", prompt = ""] = id.split("/");
  if (tunedSets.includes(set)) return "tuning";
  const isTuned = set === "harbor" ? hash32(id.replace(/\/\d+$/, "")) % 2 === 0 : tunedOn[set]?.includes(prompt);
  return isTuned === true ? "tuning" : "held";
}

/** Every labelled output, as the filter judges it where it ended by itself; `asEnded` judges those that were cut too. */
export async function judgeOutputs(asEnded = false): Promise<Judged[]> {
  const byId = readLabels();
  const judged: Judged[] = [];
  for (const output of readOutputs()) {
    const set = outputSets.find(({ name }) => name === output.set);
    const label = byId.get(output.id);
    if (set === undefined || label === undefined) throw new Error(`${output.id} has no set or no label`);
    if (!asEnded && output.finishReason !== "stop") continue;
    const input = await inputOf(output, set);
    const { prompt } = set.templates.revision(input);
    const text = { text: output.revision, finishReason: "stop" } as const;
    const { outcome } = outcomeOf(text, input, prompt, set.templates);
    judged.push({
      output,
      set,
      half: halfOf(output.id),
      label,
      isDropped: outcome === "meta-text" || outcome === "copy" || outcome === "empty",
    });
  }
  return judged;
}

/** Counts of a filter: what it dropped, what it should have dropped, and what both. */
export interface Counts {
  readonly n: number;
  readonly dropped: number;
  readonly wrong: number;
  readonly both: number;
}

/** Empty texts are no text to repeat anything, and are dropped without a filter: they are not counted. */
export function count(judged: readonly Judged[]): Counts {
  const told = judged.filter(({ label }) => label !== "empty");
  const of = (test: (item: Judged) => boolean): number => told.filter(test).length;
  return {
    n: told.length,
    dropped: of(({ isDropped }) => isDropped),
    wrong: of(({ label }) => label !== "answer"),
    both: of(({ isDropped, label }) => isDropped && label !== "answer"),
  };
}
