import { readFileSync } from "node:fs";
import { loadConstitution } from "../../src/constitution/load.ts";
import { type ChainOptions, chatTemplates, type FeedbackTemplates, paperTemplates } from "../../src/feedback/index.ts";
import type { PromptItem } from "../../src/records/index.ts";
import { rng } from "../../src/rng.ts";
import { harborTemplates } from "../../src/worlds/harbor/index.ts";
import { shots } from "./few-shots.ts";

/** One way of asking one model for revisions. */
export interface OutputSet {
  readonly name: string;
  /** As in `fetchedModels`, or "harbor". */
  readonly model: string;
  readonly templates: FeedbackTemplates;
  readonly constitution: string;
  readonly prompts: number;
  /** Revisions drawn from each critique: more cost little, since the text before them is read once. */
  readonly samples: number;
  readonly chain: Pick<ChainOptions, "rounds" | "selection" | "critique">;
}

/** Where texts are cut: short, since CPUs are slow and what is measured is what ends by itself. */
const tokens = { response: 120, critique: 80 };
/** First answers may be cut: they are revised all the same. */
const ANSWER_TOKENS = 60;

function withShortAnswers(templates: FeedbackTemplates): FeedbackTemplates {
  return { ...templates, response: (messages) => ({ ...templates.response(messages), maxTokens: ANSWER_TOKENS }) };
}

const once = { rounds: 1, selection: "random", critique: true } as const;
const smol = "smollm2-135m-instruct";
const qwen = "qwen2.5-coder-1.5b-instruct";
const plain = withShortAnswers(chatTemplates({ maxTokens: tokens }));
const shown = withShortAnswers(chatTemplates({ maxTokens: tokens, fewShots: shots }));
const paper = withShortAnswers(paperTemplates({ maxTokens: tokens, fewShots: shots }));

/** What the filter is measured on: the shipped templates with and without few-shots. */
export const outputSets: readonly OutputSet[] = [
  { name: "smol-chat", model: smol, templates: plain, constitution: "cai-paper", prompts: 8, samples: 6, chain: once },
  {
    name: "smol-chat-shots",
    model: smol,
    templates: shown,
    constitution: "claude-2023",
    prompts: 8,
    samples: 6,
    chain: once,
  },
  {
    name: "smol-paper-shots",
    model: smol,
    templates: paper,
    constitution: "cai-paper",
    prompts: 8,
    samples: 6,
    chain: once,
  },
  {
    name: "qwen-chat",
    model: qwen,
    templates: plain,
    constitution: "claude-2023",
    prompts: 8,
    samples: 6,
    chain: once,
  },
  {
    name: "qwen-chat-direct",
    model: qwen,
    templates: plain,
    constitution: "cai-paper",
    prompts: 6,
    samples: 6,
    chain: { ...once, critique: false },
  },
  {
    name: "qwen-chat-shots",
    model: qwen,
    templates: shown,
    constitution: "cai-paper",
    prompts: 6,
    samples: 6,
    chain: once,
  },
  // Early trials: a cache of prefixes reused text at wrong places, so that the models saw only nearly what is recorded. Rules were
  // chosen on them, and the figure leaves them out.
  {
    name: "smol-chat-early",
    model: smol,
    templates: plain,
    constitution: "cai-paper",
    prompts: 0,
    samples: 0,
    chain: once,
  },
  {
    name: "qwen-chat-early",
    model: qwen,
    templates: plain,
    constitution: "claude-2023",
    prompts: 0,
    samples: 0,
    chain: once,
  },
  {
    name: "harbor",
    model: "harbor",
    templates: harborTemplates,
    constitution: "harbor",
    prompts: 120,
    samples: 1,
    chain: { rounds: 2, selection: "all", critique: true },
  },
];

/** Our own prompts, `count` of them drawn for a set by its name. */
export function ownPrompts(set: string, count: number): PromptItem[] {
  const lines = readFileSync(new URL("prompts.jsonl", import.meta.url), "utf8")
    .trim()
    .split("\n");
  const items = lines.map((line): PromptItem => {
    const { id, kind, prompt } = JSON.parse(line) as { id: string; kind: PromptItem["kind"]; prompt: string };
    return { id, kind, messages: [{ role: "user", content: prompt }] };
  });
  return rng(1, "filters", set).shuffle(items).slice(0, count);
}

const constitutions = new Map<string, ReturnType<typeof loadConstitution>>();

/** The constitution that a set is asked under, read once. */
export function constitutionOf({ constitution }: OutputSet): ReturnType<typeof loadConstitution> {
  const found = constitutions.get(constitution) ?? loadConstitution(constitution);
  constitutions.set(constitution, found);
  return found;
}
