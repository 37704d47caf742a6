import { z } from "zod";

export const messageSchema = z.object({
  role: z.enum(["system", "user", "assistant"]),
  content: z.string(),
});

/**
 * One request of a run. "red-team": sampled to elicit what the constitution speaks about; "helpful": harmless, keeps the
 * model helpful. The kind is the prompt set's, never an oracle's verdict on the answer.
 */
export const promptItemSchema = z.object({
  id: z.string().min(1),
  messages: z.array(messageSchema).min(1),
  kind: z.enum(["red-team", "helpful"]),
});

export type PromptItem = z.infer<typeof promptItemSchema>;
export type PromptKind = PromptItem["kind"];
