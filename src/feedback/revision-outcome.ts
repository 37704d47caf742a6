import type { Generation, Prompt } from "../language-model.ts";
import { findCopy } from "./copies.ts";
import { hasMetaText } from "./meta-text.ts";
import type { RevisionRecord } from "./records.ts";
import type { RevisionInput } from "./templates.ts";

/** What becomes of a revision: whether it answers, or repeats what the model was shown, or speaks about the method. */
export function outcomeOf(
  { text, finishReason }: Pick<Generation, "text" | "finishReason">,
  { messages, response, critique }: RevisionInput,
  prompt: Prompt,
  metaText: readonly RegExp[],
): Pick<RevisionRecord, "outcome" | "copyOf"> {
  const revision = text.trim();
  if (finishReason !== "stop") return { outcome: "incomplete" };
  if (revision === "") return { outcome: "empty" };
  const own = [...messages.map(({ content }) => content), response];
  if (hasMetaText(revision, metaText, own)) return { outcome: "meta-text" };
  if (revision === response) return { outcome: "unchanged" };
  const request = typeof prompt === "string" ? prompt : prompt.map(({ content }) => content).join("\n\n");
  const copy = findCopy(revision, { critique, request, own });
  return copy === undefined ? { outcome: "usable" } : { outcome: "copy", copyOf: copy.of };
}
