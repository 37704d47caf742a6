import { z } from "zod";
import { PreceptError } from "../errors.ts";
import type { PaperTemplateOptions } from "./paper-templates.ts";

/** The texts of the paper's files; each is optional. */
export interface FewShotFiles {
  /** Dialogues with critiques and revisions. */
  readonly critique?: string | undefined;
  /** Comparisons with the better and the worse answer. */
  readonly comparison?: string | undefined;
  /** Comparisons with a chain of thought. */
  readonly thought?: string | undefined;
  /** Comparison requests, from which comparison few-shots draw. */
  readonly principles?: string | undefined;
}

const texts = z.array(z.string()).min(1);
const examples = z.union([texts, z.object({ examples: texts }).transform(({ examples: list }) => list)]);
const pairs = z.array(z.object({ prompt: z.string(), correct: z.string(), incorrect: z.string() })).min(1);
const comparisons = z.union([pairs, z.object({ examples: pairs }).transform(({ examples: list }) => list)]);
const requests = z.union([
  texts,
  z
    .object({ principles: z.array(z.object({ text: z.string() })).min(1) })
    .transform(({ principles }) => principles.map(({ text }) => text)),
]);

/**
 * The few-shots of the paper's repository, or of the data set made from it, word for word. Comparisons and chains of thought
 * are used only where there are principles for them to draw from. @throws PreceptError input-invalid.
 */
export function paperFewShots(files: FewShotFiles): PaperTemplateOptions {
  const critique = read(files.critique, examples, "critique few-shots");
  const principles = read(files.principles, requests, "comparison principles")?.map((text) =>
    text.replace(/^\n+/, "").replace(/ *Options:$/, ""),
  );
  const comparison = principles && read(files.comparison, comparisons, "comparison few-shots");
  const thought = principles && read(files.thought, examples, "chain-of-thought few-shots");
  return {
    critiqueFewShots: critique,
    comparisonFewShots: comparison,
    thoughtFewShots: thought,
    fewShotPrinciples: principles,
  };
}

function read<T>(text: string | undefined, schema: z.ZodType<T>, what: string): T | undefined {
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new PreceptError("input-invalid", { attempted: `Reading ${what}`, found: "text that is not JSON", cause });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new PreceptError("input-invalid", {
    attempted: `Reading ${what}`,
    found: z.prettifyError(result.error).split("\n")[0] ?? "another form",
    expected: "the form of the paper's repository (anthropics/ConstitutionalHarmlessnessPaper, prompts/)",
  });
}
