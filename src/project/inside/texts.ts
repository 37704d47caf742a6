import { PreceptError } from "../../errors.ts";
import type { Attribute, PartedText } from "../../interpretability/index.ts";
import { readPromptFile } from "../../records/index.ts";
import { rng } from "../../rng.ts";
import { hashFile } from "../../storage/index.ts";
import { inspectedDialogue, inspectionText } from "../../worlds/harbor/index.ts";
import { governanceOfRun } from "../harbor/inputs.ts";
import type { OpenedPlace } from "./open-place.ts";

/** Texts to learn from. */
export interface InspectionTexts {
  readonly name: string;
  readonly textAt: (n: number) => readonly number[];
}

/** Tokens of one text at most. */
const LONGEST = 256;

/** Harbor's own texts, without end; of any other model the rows of a file, in an order of each pass. @throws PreceptError usage, input-invalid. */
export async function textsFor(place: OpenedPlace, file: string | undefined, seed: number): Promise<InspectionTexts> {
  const { tokenizer, config } = place.model;
  const limit = Math.min(LONGEST, config.contextLength);
  const encode = (text: string): number[] =>
    tokenizer.encode(text, { addSpecialTokens: !place.isHarbor }).slice(0, limit);
  if (file === undefined && place.isHarbor) {
    return { name: `harbor, seed ${seed}`, textAt: (n) => encode(inspectionText(seed, n)) };
  }
  if (file === undefined) {
    throw new PreceptError("usage", {
      attempted: `Learning features of ${place.name}`,
      found: "no texts",
      expected: "texts that the model reads while one looks into it",
      remedy: "--texts FILE, JSON lines with prompt, messages or text, or one text a line",
    });
  }
  const texts: number[][] = [];
  for await (const { prompt } of readPromptFile(file)) {
    const tokens = encode(typeof prompt === "string" ? prompt : prompt.map(({ content }) => content).join("\n\n"));
    if (tokens.length > 1) texts.push(tokens);
  }
  if (texts.length === 0)
    throw new PreceptError("input-invalid", { attempted: `Reading ${file}`, found: "no text of two tokens or more" });
  const orders = new Map<number, readonly number[]>();
  const orderOf = (pass: number): readonly number[] => {
    const order = orders.get(pass) ?? rng(seed, "texts", pass).shuffle([...texts.keys()]);
    orders.set(pass, order);
    return order;
  };
  return {
    name: `sha256:${await hashFile(file)}, seed ${seed}`,
    textAt: (n) => texts[orderOf(Math.floor(n / texts.length))[n % texts.length]!]!,
  };
}

/** Dialogues that no dictionary learned from, and what the oracle says of each. */
export interface LabelledTexts {
  readonly texts: readonly PartedText[];
  readonly attributes: readonly Attribute[];
}

/** Seeds of what is learned from and of what is measured on are apart. */
const MEASURED_SEED = 1_000_003;

/** Harbor's dialogues with their attributes, of those that hold of five texts or more and do not hold of as many. */
export function labelledTexts({ model, run }: OpenedPlace, count: number, seed: number): LabelledTexts {
  const governance = governanceOfRun(run);
  const dialogues = Array.from({ length: count }, (_, n) => inspectedDialogue(governance, seed + MEASURED_SEED, n));
  const keyOf = ({ group, name, side }: Pick<Attribute, "group" | "name" | "side">): string =>
    `${group}\u001f${name}\u001f${side}`;
  const known = new Map(dialogues.flatMap(({ attributes }) => attributes.map((one) => [keyOf(one), one] as const)));
  const held = dialogues.map(({ attributes }) => new Set(attributes.map(keyOf)));
  const attributes = [...known].map(([key, { group, name, side }]): Attribute => {
    return { group, name, side, holds: Uint8Array.from(held, (keys) => (keys.has(key) ? 1 : 0)) };
  });
  const isMeasurable = ({ holds }: Attribute): boolean => {
    const positives = holds.reduce((sum, one) => sum + one, 0);
    return positives >= 5 && holds.length - positives >= 5;
  };
  return {
    texts: dialogues.map(({ text, answerFrom }) => ({ tokens: model.tokenizer.encode(text), answerFrom })),
    attributes: attributes.filter(isMeasurable).sort((a, b) => keyOf(a).localeCompare(keyOf(b))),
  };
}
