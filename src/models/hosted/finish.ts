import type { Generation } from "../../language-model.ts";

const finishes: Readonly<Record<string, Generation["finishReason"]>> = {
  ...{ stop: "stop", end_turn: "stop", stop_sequence: "stop", eos: "stop", eos_token: "stop", complete: "stop" },
  ...{ completed: "stop", tool_calls: "stop", function_call: "stop", tool_use: "stop", refusal: "stop" },
  ...{ length: "length", max_tokens: "length", max_output_tokens: "length", model_length: "length" },
  ...{ content_filter: "content-filter", safety: "content-filter", recitation: "content-filter" },
  ...{ blocklist: "content-filter", prohibited_content: "content-filter", spii: "content-filter" },
};

/**
 * Why an answer ended, in any provider's word. None is an end like any other: not every server says one.
 * @throws Error naming a word that is unknown, or that says that the answer broke off: what came is no whole answer.
 */
export function finishOf(reason: string | null | undefined): Generation["finishReason"] {
  if (reason === null || reason === undefined || reason === "") return "stop";
  const word = reason.toLowerCase().replaceAll("-", "_");
  if (Object.hasOwn(finishes, word)) return finishes[word] ?? "stop";
  throw new Error(
    `the provider ended its answer with the finish_reason "${reason.slice(0, 80)}", which is no end of an answer`,
  );
}
