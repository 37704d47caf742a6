import { z } from "zod";
import type { RolloutPrompt } from "../trainer.ts";
import { id, ownId, prompt } from "./fields.ts";
import { form, rowOf } from "./forms.ts";
import { readRows } from "./rows.ts";
import { toMessages, turns } from "./turns.ts";

export { readComparisons } from "./comparisons.ts";
export { readSftExamples } from "./demonstrations.ts";

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
