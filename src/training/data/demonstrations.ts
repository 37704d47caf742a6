import { z } from "zod";
import type { Prompt } from "../../language-model.ts";
import type { SftExample } from "../trainer.ts";
import { addSystem, id, ownId, prompt, promptOf, text, toAnswer } from "./fields.ts";
import { type Form, form, type Refuse, rowOf } from "./forms.ts";
import { readRows } from "./rows.ts";
import { spoken, type Turn, toMessages, turns } from "./turns.ts";

const weight = z.number("expected a number").positive("expected a positive number").optional();
const system = text.optional();

type Demonstration = Omit<SftExample, "id"> & { readonly id?: string | undefined };

interface DialogueRow {
  readonly id?: string | undefined;
  readonly weight?: number | undefined;
  readonly prompt?: Prompt | undefined;
  readonly system?: string | undefined;
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
    const prior = addSystem(toMessages(list.slice(0, at)), row.system);
    return [
      { id: row.id, prompt: prior, completion: content, weight: own === 1 ? row.weight : own * (row.weight ?? 1) },
    ];
  });
  return learned.length > 0 ? learned : refuse(key, "every turn of the assistant has weight 0: nothing is learned");
}

const dialogueForm = (key: "messages" | "conversations"): Form<Demonstration[]> =>
  form(z.object({ id, weight, system, prompt: prompt.optional(), [key]: turns }), (row, refuse) =>
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
  instruction: form(
    z.object({ id, weight, system, instruction: text, input: text.optional(), output: text }),
    ({ id: own, weight: share, output, ...row }) => [
      { id: own, prompt: promptOf(row) ?? "", completion: output, weight: share },
    ],
  ),
  text: form(z.object({ id, weight, text }), (row) => [
    { id: row.id, prompt: "", completion: row.text, weight: row.weight },
  ]),
});

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
