import { basename } from "node:path";
import { z } from "zod";
import type { Message, Prompt } from "../../language-model.ts";
import { editDistance } from "../../nearest.ts";
import { pairColumns, parseDialogue } from "../../records/index.ts";
import type { PreferenceExample, RolloutPrompt, SftExample } from "../trainer.ts";
import { type Form, form, type Refuse, rowOf } from "./forms.ts";
import { readLabelsBeside } from "./labels-beside.ts";
import { readRows } from "./rows.ts";
import { spoken, type Turn, toMessages, turns } from "./turns.ts";

const text = z.string("expected text");
const prompt = spoken.transform((said): Prompt => (typeof said === "string" ? said : toMessages(said)));
const id = z.union([z.string(), z.number()]).transform(String).optional();
const weight = z.number("expected a number").positive("expected a positive number").optional();

type Demonstration = Omit<SftExample, "id"> & { readonly id?: string | undefined };

/** The assistant's one message that an answer is. */
function toAnswer(said: string | readonly Turn[], key: string, refuse: Refuse): Turn {
  if (typeof said === "string") return { role: "assistant", content: said };
  const [only] = said;
  if (only?.role !== "assistant" || said.length > 1)
    return refuse(key, "expected text, or a list of one message of the assistant");
  return only;
}

interface DialogueRow {
  readonly id?: string | undefined;
  readonly weight?: number | undefined;
  readonly prompt?: Prompt | undefined;
}

/**
 * What a dialogue teaches: its last turn, all before it as the prompt; where its messages have weights, each of the assistant's
 * turns whose weight is not 0, with that weight.
 */
function demonstrationsOf(key: string, list: readonly Turn[], row: DialogueRow, refuse: Refuse): Demonstration[] {
  const hasWeights = list.some(({ role, weight: own }) => role === "assistant" && own !== undefined);
  if (!hasWeights && list.at(-1)?.role !== "assistant") return refuse(key, "expected the assistant's turn last");
  const isRepeated =
    row.prompt === undefined || list.some(({ content }) => content.trim() === String(row.prompt).trim());
  if (!isRepeated) return refuse("prompt", `expected one of the turns under ${key}, which the prompt stands beside`);
  const learned = list.flatMap(({ role, content, weight: own = 1 }, at): Demonstration[] => {
    const isLearned = role === "assistant" && own > 0 && (hasWeights || at === list.length - 1);
    if (!isLearned) return [];
    const prior = toMessages(list.slice(0, at));
    return [
      { id: row.id, prompt: prior, completion: content, weight: own === 1 ? row.weight : own * (row.weight ?? 1) },
    ];
  });
  return learned.length > 0 ? learned : refuse(key, "every turn of the assistant has weight 0: nothing is learned");
}

const dialogueForm = (key: "messages" | "conversations"): Form<Demonstration[]> =>
  form(z.object({ id, weight, prompt: prompt.optional(), [key]: turns }), (row, refuse) =>
    demonstrationsOf(key, z.array(z.custom<Turn>()).parse(row[key]), row, refuse),
  );

const sftRow = rowOf<Demonstration[]>({
  messages: dialogueForm("messages"),
  conversations: dialogueForm("conversations"),
  prompt: form(z.object({ id, weight, prompt, completion: spoken }), (row, refuse) => {
    const { content, weight: own } = toAnswer(row.completion, "completion", refuse);
    if (row.prompt.length + content.length === 0) return refuse("completion", "expected text: the prompt is empty too");
    if (own === 0) return refuse("completion", "its weight is 0: nothing is learned");
    return [
      {
        id: row.id,
        prompt: row.prompt,
        completion: content,
        weight: own === undefined ? row.weight : own * (row.weight ?? 1),
      },
    ];
  }),
  instruction: form(z.object({ id, weight, instruction: text, input: text.optional(), output: text }), (row) => {
    const asked = row.input === undefined || row.input === "" ? row.instruction : `${row.instruction}\n\n${row.input}`;
    return [{ id: row.id, prompt: asked, completion: row.output, weight: row.weight }];
  }),
  text: form(z.object({ id, weight, text }), (row) => [
    { id: row.id, prompt: "", completion: row.text, weight: row.weight },
  ]),
});

/** The id of a row that has none: its file and line. */
const ownId = (given: string | undefined, where: string): string => given ?? basename(where);

/**
 * Demonstrations: {"prompt", "completion"} and {"text"} as in TRL, {"messages"} as OpenAI has them (the assistant's last turn, or
 * those whose "weight" is not 0), {"conversations"} as ShareGPT's, {"instruction", "input", "output"} as Alpaca's; with "weight"
 * where it is not 1. @throws PreceptError input-invalid with file, line and field.
 */
export async function readSftExamples(path: string): Promise<SftExample[]> {
  const rows = await readRows(path, sftRow, (row, where) =>
    row.map((one, at) => ({ ...one, id: `${ownId(one.id, where)}${row.length === 1 ? "" : `#${at + 1}`}` })),
  );
  return rows.flat();
}

/** Which loss weight a pair has. Other data sets have sources of their own; a slip of these two names is a fault. */
const source = z
  .string()
  .default("helpfulness")
  .transform((name, context): PreferenceExample["source"] => {
    const known = pairColumns.source.safeParse(name);
    if (known.success) return known.data;
    const slip = pairColumns.source.options.find((option) => editDistance(option, name.toLowerCase()) <= 3);
    if (slip !== undefined) context.addIssue({ code: "custom", message: `did you mean ${slip}?` });
    return /^harmless/i.test(name) ? "harmlessness" : "helpfulness";
  });

type Pair = Omit<PreferenceExample, "id"> & { readonly id?: string | undefined; readonly isUnlabelled?: boolean };

const pairRow = rowOf<Pair>({
  chosen: form(
    z.object({
      id,
      source,
      chosen_probability: pairColumns.chosen_probability.optional(),
      label: pairColumns.chosen_probability.optional(),
      prompt: spoken.optional(),
      messages: turns.optional(),
      chosen: spoken,
      rejected: spoken,
    }),
    ({ chosen_probability, label = chosen_probability, ...row }, refuse): Pair => {
      if (chosen_probability !== undefined && label !== chosen_probability) {
        return refuse("label", `stands beside chosen_probability ${chosen_probability}, which is another number`);
      }
      const pair = splitPair(row, refuse);
      return { id: row.id, source: row.source, label: label ?? 1, ...pair };
    },
  ),
  responses: form(
    z.object({
      id,
      source,
      prompt,
      label: pairColumns.chosen_probability,
      responses: z.tuple([spoken, spoken], "expected two answers"),
    }),
    ({ responses: [first, second], ...row }, refuse): Pair => ({
      ...row,
      responses: [toAnswer(first, "responses", refuse).content, toAnswer(second, "responses", refuse).content],
    }),
  ),
  preferred_output: form(
    z.object({
      id,
      source,
      chosen_probability: pairColumns.chosen_probability.optional(),
      input: z.object({ messages: turns }),
      preferred_output: spoken,
      non_preferred_output: spoken,
    }),
    (row, refuse): Pair => ({
      id: row.id,
      source: row.source,
      prompt: toMessages(row.input.messages),
      responses: [
        toAnswer(row.preferred_output, "preferred_output", refuse).content,
        toAnswer(row.non_preferred_output, "non_preferred_output", refuse).content,
      ],
      label: row.chosen_probability ?? 1,
      isUnlabelled: row.chosen_probability === undefined,
    }),
  ),
});

interface PairRow {
  readonly prompt?: string | readonly Turn[] | undefined;
  readonly messages?: readonly Turn[] | undefined;
  readonly chosen: string | readonly Turn[];
  readonly rejected: string | readonly Turn[];
}

/**
 * Prompt and both answers. Dialogues bring their prompt (hh-rlhf's, as text; ultrafeedback's, beside a prompt that repeats one
 * of their turns); other answers need one.
 */
function splitPair(row: PairRow, refuse: Refuse): Pick<Pair, "prompt" | "responses"> {
  const [chosen, rejected] = [dialogueOf(row.chosen, row.prompt), dialogueOf(row.rejected, row.prompt)];
  if (typeof chosen === "string" || typeof rejected === "string" || chosen.length === 1 || rejected.length === 1) {
    const before = row.prompt ?? row.messages;
    if (before === undefined)
      return refuse("prompt", "expected a prompt (only dialogues can be split into prompt and answer)");
    const responses = [
      toAnswer(row.chosen, "chosen", refuse).content,
      toAnswer(row.rejected, "rejected", refuse).content,
    ] as const;
    return { prompt: typeof before === "string" ? before : toMessages(before), responses };
  }
  const shared = toMessages(chosen.slice(0, -1));
  const [first, second] = [chosen.at(-1), rejected.at(-1)];
  const isShared =
    shared.length === rejected.length - 1 && shared.every((message, at) => isSame(message, rejected[at]));
  if (!isShared || first?.role !== "assistant" || second?.role !== "assistant")
    return refuse(
      "rejected",
      "expected a dialogue that differs from the chosen one in the assistant's last turn alone",
    );
  if (row.prompt !== undefined && !isPartOf(row.prompt, shared))
    return refuse("prompt", "expected what both dialogues begin with, or one of their turns");
  return { prompt: shared, responses: [first.content, second.content] };
}

/** An answer as a dialogue where it is one: a list, or hh-rlhf's text, which needs no prompt. */
function dialogueOf(said: string | readonly Turn[], before: PairRow["prompt"]): string | readonly Turn[] {
  return typeof said === "string" && before === undefined ? (parseDialogue(said) ?? said) : said;
}

const isSame = (a: Message, b: Message | undefined): boolean =>
  a.role === b?.role && a.content.trim() === b.content.trim();

function isPartOf(before: string | readonly Message[], shared: readonly Message[]): boolean {
  if (typeof before === "string") return shared.some(({ content }) => content.trim() === before.trim());
  return before.length <= shared.length && before.every((message, at) => isSame(message, shared[at]));
}

/**
 * Comparisons: {"prompt", "chosen", "rejected"} as `precept export` and TRL write them (dialogues may carry the prompt
 * themselves) with an optional "chosen_probability" = P(chosen is better), default 1; {"prompt", "responses": [a, b], "label"},
 * label = P(a is better); or OpenAI's {"input", "preferred_output", "non_preferred_output"}, with the labels of an export from
 * the file beside. "source" picks the loss weight. @throws PreceptError input-invalid with file, line and field.
 */
export async function readComparisons(path: string): Promise<PreferenceExample[]> {
  const beside = await readLabelsBeside(path);
  return readRows(path, pairRow, ({ isUnlabelled = false, ...row }, where, index) => {
    const own = { ...row, id: ownId(row.id, where) };
    return isUnlabelled ? { ...own, ...beside[index] } : own;
  });
}

const promptRow = rowOf<Omit<RolloutPrompt, "id"> & { readonly id?: string | undefined }>({
  prompt: form(z.object({ id, prompt }), (row) => row),
  messages: form(z.object({ id, messages: turns }), ({ id: own, messages }) => ({
    id: own,
    prompt: toMessages(messages),
  })),
});

/** Prompts to answer: {"prompt"} or {"messages"}. @throws PreceptError input-invalid with file, line and field. */
export function readPrompts(path: string): Promise<RolloutPrompt[]> {
  return readRows(path, promptRow, (row, where) => ({ prompt: row.prompt, id: ownId(row.id, where) }));
}
