import { z } from "zod";
import type { Message, Prompt } from "../../language-model.ts";
import { editDistance } from "../../nearest.ts";
import { pairColumns, parseDialogue } from "../../records/index.ts";
import type { PreferenceExample } from "../trainer.ts";
import { refuseUnknownKeys } from "./columns.ts";
import { type Asked, addSystem, askedFields, id, ownId, prompt, promptOf, toAnswer } from "./fields.ts";
import { form, type Refuse, rowOf } from "./forms.ts";
import { readLabelsBeside } from "./labels-beside.ts";
import { readRows } from "./rows.ts";
import { spoken, type Turn, toMessages, turns } from "./turns.ts";

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
      ...askedFields,
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
      input: z
        .looseObject({ messages: turns })
        .superRefine((row, context) => refuseUnknownKeys(row, ["messages"], context)),
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

interface PairRow extends Asked {
  readonly chosen: string | readonly Turn[];
  readonly rejected: string | readonly Turn[];
}

/**
 * Prompt and both answers. Dialogues bring their prompt (hh-rlhf's, as text; ultrafeedback's, beside a prompt that repeats one
 * of their turns); other answers need one.
 */
function splitPair(row: PairRow, refuse: Refuse): Pick<Pair, "prompt" | "responses"> {
  const before = promptOf(row);
  const [chosen, rejected] = [dialogueOf(row.chosen, before), dialogueOf(row.rejected, before)];
  if (typeof chosen === "string" || typeof rejected === "string" || chosen.length === 1 || rejected.length === 1) {
    if (before === undefined)
      return refuse("prompt", "expected a prompt (only dialogues can be split into prompt and answer)");
    const responses = [
      toAnswer(row.chosen, "chosen", refuse).content,
      toAnswer(row.rejected, "rejected", refuse).content,
    ] as const;
    return { prompt: before, responses };
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
  const repeated = promptOf({ ...row, messages: undefined, conversations: undefined, system: undefined });
  if (repeated !== undefined && !isPartOf(repeated, shared))
    return refuse("prompt", "expected what both dialogues begin with, or one of their turns");
  return {
    prompt: shared[0]?.role === "system" ? shared : addSystem(shared, row.system),
    responses: [first.content, second.content],
  };
}

/** An answer as a dialogue where it is one: a list, or hh-rlhf's text, which needs no prompt. */
function dialogueOf(said: string | readonly Turn[], before: Prompt | undefined): string | readonly Turn[] {
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
