import type { LabelTask } from "../../../src/view/source-desk.ts";

/** "harmlessness" → "Pairs: harmlessness"; "principle:help" → "Answers: help". */
export function nameTask({ id, isPair }: Pick<LabelTask, "id" | "isPair">): string {
  return isPair ? `Pairs: ${id}` : `Answers: ${id.replace(/^principle:/u, "")}`;
}
