import type { Principle } from "../constitution/index.ts";
import type { Generation, Prompt } from "../language-model.ts";
import { isBareRefusal } from "../reading/index.ts";
import { findCopy } from "./copies.ts";
import { hasMetaText } from "./meta-text.ts";
import type { RevisionRecord } from "./records.ts";
import type { RevisionInput } from "./templates.ts";

/** What becomes of a revision that declines without saying why. "by-principle": rejected where the principle asks for a reason. */
export const bareRefusals = ["keep", "reject", "by-principle"] as const;
export type BareRefusals = (typeof bareRefusals)[number];

/** Words with which a principle, or its request for a revision, asks for a reason. */
const asksReason = /\b(?:says? why|saying why|reasons?|explain(?:s|ed|ing)?|because)\b/iu;

/** What becomes of a revision: whether it answers, or repeats what the model was shown, or speaks about the method. */
export function outcomeOf(
  { text, finishReason }: Pick<Generation, "text" | "finishReason">,
  { messages, response, critique, principle }: RevisionInput,
  prompt: Prompt,
  {
    metaText,
    bareRefusals: refusals = "keep",
  }: { readonly metaText: readonly RegExp[]; readonly bareRefusals?: BareRefusals | undefined },
): Pick<RevisionRecord, "outcome" | "copyOf"> {
  const revision = text.trim();
  if (finishReason !== "stop") return { outcome: "incomplete" };
  if (revision === "") return { outcome: "empty" };
  const own = [...messages.map(({ content }) => content), response];
  if (hasMetaText(revision, metaText, own)) return { outcome: "meta-text" };
  if (revision === response) return { outcome: "unchanged" };
  const request = typeof prompt === "string" ? prompt : prompt.map(({ content }) => content).join("\n\n");
  const copy = findCopy(revision, { critique, request, own });
  if (copy !== undefined) return { outcome: "copy", copyOf: copy.of };
  const wantsReason = refusals === "reject" || (refusals === "by-principle" && asksForReason(principle));
  return { outcome: wantsReason && isBareRefusal(revision) ? "bare-refusal" : "usable" };
}

function asksForReason({ text, revisionRequest = "" }: Principle): boolean {
  return asksReason.test(text) || asksReason.test(revisionRequest);
}
