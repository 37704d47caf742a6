import { z } from "zod";
import { idFromText, uniqueIds } from "../text.ts";
import { type Imported, importFailed, readJson } from "./imported.ts";

/** Hugging Face llm-swarm, `examples/constitutional-ai/constitution_*.json`. */
export const llmSwarmForm = z.object({
  constitutions: z.array(z.object({ critic: z.string(), revision: z.string() })).min(1),
  system_chat: z.array(z.array(z.object({ role: z.string(), content: z.string() }))).optional(),
});

/** Reads llm-swarm's pairs of critic and revision; its few-shot conversations come along as `chats`. @throws PreceptError "input-invalid". */
export function importLlmSwarm(text: string): Imported {
  const parsed = llmSwarmForm.safeParse(readJson("llm-swarm's JSON", text));
  if (!parsed.success) {
    return importFailed(
      "llm-swarm's JSON",
      "another JSON document",
      "{constitutions: [{critic, revision}], system_chat: [[{role, content}]]}",
    );
  }
  const { constitutions, system_chat: chats = [] } = parsed.data;
  const ids = uniqueIds(constitutions.map(({ critic }) => idFromText(critic)));
  const source = "huggingface/llm-swarm, examples/constitutional-ai (MIT)";
  return {
    source,
    principles: constitutions.map(({ critic, revision }, i) => ({
      id: ids[i] ?? "",
      text: critic,
      critiqueRequest: critic,
      revisionRequest: revision,
      source: `${source}, pair ${i + 1}`,
      tags: ["sl-cai"],
    })),
    chats,
    notes:
      chats.length === 0
        ? []
        : [
            {
              code: "few-shots",
              text: `${chats.length} few-shot conversations (system_chat) are no part of a constitution`,
            },
          ],
  };
}
