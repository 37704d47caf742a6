import { existsSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { z } from "zod";
import type { Principle } from "../../constitution/index.ts";
import { PreceptError } from "../../errors.ts";
import {
  type ComparisonShot,
  type CritiqueShot,
  type FewShotFiles,
  type FewShots,
  type PaperTemplateOptions,
  paperFewShots,
} from "../../feedback/index.ts";
import { readRow } from "../../records/index.ts";
import { readText } from "../../storage/index.ts";
import type { LoadedConfig } from "../config/config.ts";
import { checkAgainst, shownPath } from "../config/faults.ts";
import { readYaml } from "../config/yaml-file.ts";

/** Names under which the few-shots of the paper are published, in its repository and as data sets. */
const names: Readonly<Record<keyof FewShotFiles, readonly string[]>> = {
  critique: ["sl_cai_fewshot.json", "CritiqueRevisionFewShotPrompts.json"],
  comparison: ["RLMadisonFewShotPrompts.json"],
  thought: ["rl_cai_cot_fewshot.json", "RLMadisonPrecogFewShotPrompts.json"],
  principles: ["rl_cai_principles.json", "RLMadisonInstructions.json"],
};

/** What stands before the questions of the method: the paper's own, for its format alone, or a person's. */
export type FewShotOptions = Omit<PaperTemplateOptions, "maxTokens">;

const text = z.string().trim().min(1);
const asked = {
  prompt: text.optional(),
  messages: z
    .array(z.strictObject({ role: z.enum(["system", "user", "assistant"]), content: z.string() }))
    .min(1)
    .optional(),
  principle: text,
};
/** A file of few-shots: YAML or JSON. */
const fileSchema = z.strictObject({
  critiques: z
    .array(
      z.strictObject({
        ...asked,
        critiqueRequest: text.optional(),
        revisionRequest: text.optional(),
        response: text,
        critique: text,
        revision: text,
      }),
    )
    .default([]),
  comparisons: z
    .array(
      z.strictObject({
        ...asked,
        comparisonRequest: text.optional(),
        responses: z.tuple([text, text]),
        thought: text.optional(),
        better: z.enum(["A", "B"]),
      }),
    )
    .default([]),
});
type Asked = { readonly prompt?: string | undefined; readonly messages?: readonly object[] | undefined };

/**
 * The few-shots that a configuration names: a file of one's own, or a folder with the paper's; none without.
 * @throws PreceptError usage when there are none; config-invalid, input-invalid for faulty ones.
 */
export async function readFewShots({ config, folder }: LoadedConfig): Promise<FewShotOptions> {
  if (config.fewShots === undefined) return {};
  const place = resolve(folder, config.fewShots);
  const attempted = `Reading few-shots from ${config.fewShots}`;
  if (!existsSync(place)) {
    throw new PreceptError("usage", { attempted, found: "no such file or folder", remedy: "check fewShots" });
  }
  if (!statSync(place).isDirectory()) return { fewShots: await ownFewShots(place, attempted) };
  if (config.format !== "paper") {
    throw new PreceptError("usage", {
      attempted,
      found: "a folder, which is where the paper's few-shots lie, for models that answer turns",
      expected: "a file of few-shots, which is rendered in either format",
      remedy: 'format: "paper", or a file: docs/real-models.md shows one',
    });
  }
  return paperFolder(place, attempted);
}

async function paperFolder(place: string, attempted: string): Promise<PaperTemplateOptions> {
  const read = async (files: readonly string[]): Promise<string | undefined> => {
    const path = files.map((name) => join(place, name)).find((candidate) => existsSync(candidate));
    return path === undefined ? undefined : readText(path);
  };
  const texts = {
    critique: await read(names.critique),
    comparison: await read(names.comparison),
    thought: await read(names.thought),
    principles: await read(names.principles),
  };
  if (Object.values(texts).every((content) => content === undefined)) {
    throw new PreceptError("usage", {
      attempted,
      found: "none of the paper's files",
      expected: Object.values(names).flat().join(", "),
    });
  }
  return paperFewShots(texts);
}

async function ownFewShots(place: string, attempted: string): Promise<FewShots> {
  const { value, lineOf } = await readYaml(place, attempted);
  const expected =
    "critiques: [{ prompt, response, principle, critique, revision }], comparisons: [{ prompt, responses, principle, better: A or B, thought? }]";
  const read = checkAgainst(fileSchema, value, { attempted, whole: basename(place), expected, lineOf });
  const fault = (path: readonly (string | number)[], found: string): PreceptError => {
    const line = lineOf(path);
    return new PreceptError("config-invalid", {
      attempted,
      found: `${line === undefined ? "" : `line ${line}, `}${shownPath(path) || basename(place)}: ${found}`,
      expected,
    });
  };
  const messagesOf = (shot: Asked, ...path: readonly (string | number)[]) => {
    if ((shot.prompt === undefined) === (shot.messages === undefined))
      throw fault(path, "one of prompt and messages, and not both, says what was asked");
    const row = readRow(shot.messages === undefined ? { prompt: shot.prompt } : { messages: shot.messages });
    if ("fault" in row) throw fault(path, row.fault);
    return row.messages;
  };
  const critiques = read.critiques.map((shot, i): CritiqueShot => {
    const { response, critique, revision } = shot;
    return { messages: messagesOf(shot, "critiques", i), principle: principleOf(shot), response, critique, revision };
  });
  const comparisons = read.comparisons.map((shot, i): ComparisonShot => {
    const { responses, thought, better } = shot;
    const messages = messagesOf(shot, "comparisons", i);
    return { messages, principle: principleOf(shot), responses, thought, better: better === "A" ? 0 : 1 };
  });
  if (critiques.length + comparisons.length === 0) throw fault([], "no few-shots");
  const [first, ...others] = comparisons;
  if (first !== undefined && others.length > 0 && others.every(({ better }) => better === first.better)) {
    throw fault(
      ["comparisons"],
      `the better response is (${first.better === 0 ? "A" : "B"}) in all of them, which teaches the letter: swap some`,
    );
  }
  return { critiques, comparisons };
}

interface Requests {
  readonly principle: string;
  readonly critiqueRequest?: string | undefined;
  readonly revisionRequest?: string | undefined;
  readonly comparisonRequest?: string | undefined;
}

function principleOf({ principle, critiqueRequest, revisionRequest, comparisonRequest }: Requests): Principle {
  return {
    id: "few-shot",
    text: principle,
    weight: 1,
    tags: [],
    critiqueRequest,
    revisionRequest,
    comparisonRequest,
  };
}
